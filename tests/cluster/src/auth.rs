//! Passwords and tokens.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::store::state::{Account, Caller, ClusterIdentity};
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

/// Hashes `password` with argon2id, on a thread that may block.
pub async fn hash_password(password: String) -> Result<String, AuthError> {
    tokio::task::spawn_blocking(move || {
        let salt = SaltString::generate(&mut OsRng);
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(AuthError::Hash)?;
        Ok(hash.to_string())
    })
    .await?
}

/// Whether `password` belongs to `account`. An unknown account takes as long as a wrong password.
pub async fn check_password(account: Option<&Account>, password: String) -> Result<bool, AuthError> {
    let hash = match account {
        Some(account) => account.password_hash.clone(),
        None => hash_password(password.clone()).await.map(|_| String::new())?,
    };
    let matches = move || {
        let parsed = PasswordHash::new(&hash);
        parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    };
    Ok(tokio::task::spawn_blocking(matches).await?)
}

/// A token for `caller`, valid for `ttl_secs` on every node of the cluster.
pub fn issue_token(identity: &ClusterIdentity, caller: &Caller, ttl_secs: u64) -> Result<String, AuthError> {
    let now = clock::now_ms() / 1_000;
    let claims = Claims { sub: caller.id.clone(), role: caller.role, iat: now, exp: now + ttl_secs };
    let key = EncodingKey::from_secret(identity.signing_key.as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}

/// Who holds `token`.
pub fn read_token(identity: &ClusterIdentity, token: &str) -> Result<Caller, AuthError> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = 0;
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
