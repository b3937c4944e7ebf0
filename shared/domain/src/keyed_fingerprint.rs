//! Recognition of repeated requests for entities whose id is not derived from the `Idempotency-Key`.

use serde::{Deserialize, Serialize};

use crate::ids::fingerprint;
use crate::{Error, Result};

/// Fingerprint of a request with an `Idempotency-Key`, as an entity stores it whose id is not derived from the
/// `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyedFingerprint {
    /// Fingerprint of the `Idempotency-Key` and the scope in which it is compared.
    pub key: String,
    /// Fingerprint of the request body.
    pub body: String,
}

impl KeyedFingerprint {
    /// Creates the fingerprint of a request with this `Idempotency-Key`, which is compared within `scope` only.
    /// `body` is the fingerprint of its body.
    pub fn new(scope: &[&str], key: &str, body: &str) -> Self {
        Self { key: fingerprint(&[scope, &[key]].concat()), body: body.to_owned() }
    }

    /// Returns `true` if `request` is the same request.
    ///
    /// # Errors
    /// `IDEMPOTENCY_KEY_REUSED` if it has the same `Idempotency-Key` but another body.
    pub fn is_same(&self, request: &Self) -> Result<bool> {
        match self.key == request.key {
            true if self.body != request.body => Err(Error::key_reused()),
            same_key => Ok(same_key),
        }
    }
}
