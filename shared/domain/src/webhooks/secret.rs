//! Signing secrets in the form of Standard Webhooks: `whsec_` and the key in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Beginning of every secret.
pub const SECRET_PREFIX: &str = "whsec_";
/// Bounds of a key's length, in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Returns the secret with a key of 256 bits: `one` and `other`, which must be random.
pub fn new_secret(one: u128, other: u128) -> String {
    let key = [one.to_be_bytes(), other.to_be_bytes()].concat();
    format!("{SECRET_PREFIX}{}", STANDARD.encode(key))
}

/// Returns the key of `secret`, or `None` unless it is `whsec_` and 24 to 64 bytes in base64.
pub fn key_of_secret(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()?;
    KEY_BYTES.contains(&key.len()).then_some(key)
}
