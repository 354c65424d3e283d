//! Passwords and tokens.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::store::state::{Caller, ClusterIdentity};
use crate::wire::Role;

/// Why somebody could not be identified.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error("the password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    #[error("the thread that hashes passwords ended: {0}")]
    Thread(#[from] tokio::task::JoinError),
    #[error("the token is not valid: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    role: Role,
    /// Seconds since 1970.
    iat: u64,
    /// Seconds since 1970.
    exp: u64,
}

/// Hashes `password` with argon2id. This takes some 20 ms of a processor: see [`crate::passwords`].
///
/// # Errors
/// When the system gives no random salt.
pub fn hash_password(password: &str) -> Result<String, AuthError> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(AuthError::Hash)?;
    Ok(hash.to_string())
}

/// Whether `password` belongs to `hash`. Without one it takes as long as with a wrong password.
///
/// # Errors
/// As [`hash_password`].
pub fn check_password(hash: Option<&str>, password: &str) -> Result<bool, AuthError> {
    let Some(hash) = hash else { return hash_password(password).map(|_| false) };
    let parsed = PasswordHash::new(hash);
    Ok(parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()))
}

/// A token for `caller`, valid for `ttl_secs` on every node of the cluster.
pub fn issue_token(identity: &ClusterIdentity, caller: &Caller, ttl_secs: u64) -> Result<String, AuthError> {
    let now = clock::now_ms() / 1_000;
    let claims = Claims { sub: caller.id.clone(), role: caller.role, iat: now, exp: now + ttl_secs };
    let key = EncodingKey::from_secret(identity.signing_key.as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}

/// Who holds `token`, whose time may be over by `leeway_secs`: the clock of the node that gave it may be ahead.
pub fn read_token(identity: &ClusterIdentity, token: &str, leeway_secs: u64) -> Result<Caller, AuthError> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = leeway_secs;
    let key = DecodingKey::from_secret(identity.signing_key.as_bytes());
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)?.claims;
    Ok(Caller { id: claims.sub, role: claims.role })
}

/// Tells two requests under one key apart. Keyed with the cluster's secret: bodies may hold a password.
pub fn fingerprint(identity: Option<&ClusterIdentity>, parts: [&[u8]; 4]) -> String {
    let mut hash = Sha256::new();
    hash.update(identity.map_or("", |identity| identity.signing_key.as_str()));
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..16])
}

/// A random id: `prefix` and 96 bits in hexadecimal.
pub fn random_id(prefix: &str) -> String {
    format!("{prefix}{}", hex(&rand::random::<[u8; 12]>()))
}

/// 256 random bits in hexadecimal.
pub fn random_secret() -> String {
    hex(&rand::random::<[u8; 32]>())
}

/// In hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_for_as_long_as_clocks_may_differ_and_no_longer() {
        let identity = ClusterIdentity { cluster_id: "c".into(), signing_key: random_secret() };
        let caller = Caller { id: "u".into(), role: Role::User };
        let ended_secs_ago = |ago: u64| {
            let now = clock::now_ms() / 1_000 - ago;
            let claims = Claims { sub: "u".into(), role: Role::User, iat: now, exp: now };
            let key = EncodingKey::from_secret(identity.signing_key.as_bytes());
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
        };
        assert_eq!(read_token(&identity, &ended_secs_ago(10), 30).unwrap(), caller);
        assert!(read_token(&identity, &ended_secs_ago(40), 30).is_err());
        assert!(read_token(&identity, &ended_secs_ago(10), 0).is_err());
    }
}
