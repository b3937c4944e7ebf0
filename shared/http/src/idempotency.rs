//! `Idempotency-Key`: the same key, caller and body name the same thing, at the cost of no write.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::ids::{derived, fresh};
use domain::{Code, Error, Result};
use store::Saved;

use crate::route::{Describe, Operation};
use crate::{App, Failure};

const KEY_LENGTH_MAX: usize = 255;

/// The client's key for this request, when it sent one.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// The text behind the prefix of the id of what this request creates: it follows from `scope` (caller and
    /// route) and the key, or is new without a key.
    pub fn id(&self, app: &App, scope: &[&str]) -> String {
        match &self.0 {
            Some(key) => derived(&[scope, &[key.as_str()]].concat()),
            None => fresh(app.now(), app.chance()),
        }
    }

    /// `fingerprint` when there is a key to compare it under.
    pub fn mark(&self, fingerprint: &str) -> Option<String> {
        self.0.as_ref().map(|_| fingerprint.to_owned())
    }
}

/// What a request has created: `new` if it was written, or what the same request created before, when an
/// entity with the id that follows from its key is there already. `mark` is where an entity keeps
/// [`IdempotencyKey::mark`].
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when another request created what is there.
pub fn first<T>(saved: Saved<T>, new: T, mark: impl Fn(&T) -> Option<&str>) -> Result<T> {
    match saved {
        Saved::Done => Ok(new),
        Saved::Other(Some(there)) if mark(&there).is_some() && mark(&there) == mark(&new) => Ok(*there),
        Saved::Other(_) => Err(Error::refused(
            Code::IdempotencyKeyReused,
            "This Idempotency-Key was used for another request; take a new one.",
        )),
    }
}

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> std::result::Result<Self, Failure> {
        Ok(Self(parts.headers.get("idempotency-key").map(|value| checked(value.as_bytes())).transpose()?))
    }
}

fn checked(value: &[u8]) -> Result<String> {
    let visible = value.iter().all(|byte| (0x20..0x7f).contains(byte));
    match std::str::from_utf8(value) {
        Ok(text) if visible && (1..=KEY_LENGTH_MAX).contains(&text.len()) => Ok(text.to_owned()),
        _ => Err(Error::invalid_field("Idempotency-Key", "must be 1 to 255 printable ASCII characters")),
    }
}

impl Describe for IdempotencyKey {
    fn describe(operation: &mut Operation) {
        operation.idempotent = true;
    }
}
