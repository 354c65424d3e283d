//! The secret that the nodes of a cluster share, and how a message proves it without telling it.

use std::fmt;
use std::path::Path;

use axum::http::{HeaderValue, StatusCode};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::auth::hex;
use crate::store::NodeId;

/// A shorter secret could be guessed.
const LENGTH_AT_LEAST: usize = 16;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret of the cluster cannot be read from {0}: {1}")]
    Read(String, std::io::Error),
    #[error("the secret of the cluster must have at least {LENGTH_AT_LEAST} characters; `vcube-node secret` makes one")]
    TooShort,
}

/// Known to the nodes of one cluster, and never sent.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// The parts of a request that its proof covers.
pub struct Request<'a> {
    pub to: NodeId,
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Chosen by the sender at random, so that an answer to another request proves nothing.
    pub nonce: &'a str,
    pub body: &'a [u8],
}

impl Secret {
    /// # Errors
    /// When `text`, without the space around it, is too short.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.len() < LENGTH_AT_LEAST {
            return Err(SecretError::TooShort);
        }
        Hmac::new_from_slice(text.as_bytes()).map(Self).map_err(|_| SecretError::TooShort)
    }

    /// # Errors
    /// When the file cannot be read, or what it says is too short.
    pub fn read(file: &Path) -> Result<Self, SecretError> {
        let failed = |error| SecretError::Read(file.display().to_string(), error);
        Self::new(&std::fs::read_to_string(file).map_err(failed)?)
    }

    /// What a request carries.
    pub fn of_request(&self, request: &Request<'_>) -> String {
        hex(&self.over_request(request).finalize().into_bytes())
    }

    /// Whether whoever made `proof` for this request knows the secret.
    pub fn proves_request(&self, proof: &HeaderValue, request: &Request<'_>) -> bool {
        matches(self.over_request(request), proof)
    }

    /// What the answer to a request with `request_proof` carries.
    pub fn of_answer(&self, request_proof: &str, status: StatusCode, body: &[u8]) -> String {
        hex(&self.over_answer(request_proof, status, body).finalize().into_bytes())
    }

    /// Whether whoever made `proof` for this answer knows the secret.
    pub fn proves_answer(&self, proof: &HeaderValue, request_proof: &str, status: StatusCode, body: &[u8]) -> bool {
        matches(self.over_answer(request_proof, status, body), proof)
    }

    fn over_request(&self, request: &Request<'_>) -> Hmac<Sha256> {
        let to = request.to.to_string();
        let parts = [&to, request.method, request.path, request.nonce].map(str::as_bytes);
        self.over(b"request", &[&parts[..], &[request.body]].concat())
    }

    fn over_answer(&self, request_proof: &str, status: StatusCode, body: &[u8]) -> Hmac<Sha256> {
        self.over(b"answer", &[request_proof.as_bytes(), status.as_str().as_bytes(), body])
    }

    /// Each part with its length, so that no two messages are the same bytes.
    fn over(&self, kind: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(kind);
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

/// Takes as long for a proof that is nearly right as for any other.
fn matches(mac: Hmac<Sha256>, proof: &HeaderValue) -> bool {
    let Ok(text) = proof.to_str() else { return false };
    let digit = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(digit).collect();
    bytes.is_some_and(|bytes| mac.verify_slice(&bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text).unwrap()
    }

    fn request<'a>(to: NodeId, path: &'a str, body: &'a [u8]) -> Request<'a> {
        Request { to, method: "POST", path, nonce: "n", body }
    }

    #[test]
    fn a_proof_is_good_for_one_request_to_one_node_under_one_secret() {
        let ours = secret("a secret of sixteen");
        let sent = request(1, "/raft/vote", b"body");
        let proof = HeaderValue::from_str(&ours.of_request(&sent)).unwrap();
        assert!(ours.proves_request(&proof, &sent));
        for other in
            [request(2, "/raft/vote", b"body"), request(1, "/raft/votebody", b""), request(1, "/raft/vote", b"")]
        {
            assert!(!ours.proves_request(&proof, &other));
        }
        assert!(!secret("another of sixteen").proves_request(&proof, &sent));
        for wrong in ["", "0", "zz", "00", "é"] {
            assert!(!ours.proves_request(&HeaderValue::from_bytes(wrong.as_bytes()).unwrap(), &sent), "{wrong}");
        }
    }

    #[test]
    fn an_answer_is_good_for_its_own_request_alone() {
        let ours = secret("a secret of sixteen");
        let proof = HeaderValue::from_str(&ours.of_answer("asked", StatusCode::OK, b"yes")).unwrap();
        assert!(ours.proves_answer(&proof, "asked", StatusCode::OK, b"yes"));
        assert!(!ours.proves_answer(&proof, "asked before", StatusCode::OK, b"yes"));
        assert!(!ours.proves_answer(&proof, "asked", StatusCode::ACCEPTED, b"yes"));
        assert!(!ours.proves_answer(&proof, "asked", StatusCode::OK, b"no"));
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_refused() {
        assert!(matches!(Secret::new("  short  \n"), Err(SecretError::TooShort)));
        assert!(matches!(Secret::read(Path::new("/nowhere/secret")), Err(SecretError::Read(..))));
    }
}
