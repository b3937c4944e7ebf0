//! Idempotent creation by `Idempotency-Key`: the same key, caller and body refer to the same entity. This
//! costs no additional write.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::ids::{derived, fresh};
use domain::{BusyReason, Code, Error, Result};
use store::Saved;

use crate::Failure;
use crate::route::{Describe, Operation};
use runtime::App;

const KEY_LENGTH_MAX: usize = 255;

/// Value of `Idempotency-Key`; `None` when the header is missing.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// Returns the id, without its prefix, of the entity that this request creates. With a key it is a hash
    /// of `scope` (caller and route) and key, and otherwise random.
    pub fn id(&self, app: &App, scope: &[&str]) -> String {
        match &self.0 {
            Some(key) => derived(&[scope, &[key.as_str()]].concat()),
            None => fresh(app.now(), app.entropy()),
        }
    }

    /// Returns `fingerprint` if there is a key, to be stored with the entity and compared on a repeat.
    pub fn mark(&self, fingerprint: &str) -> Option<String> {
        self.0.as_ref().map(|_| fingerprint.to_owned())
    }
}

/// Returns the created entity: `new` if it was written, or else the stored one with this id in its present
/// state. `mark` returns the request fingerprint of an entity, see [`IdempotencyKey::mark`].
///
/// Without a key the id is random. A stored entity with this id was then created by this very request: the
/// response of its write was lost, and a worker changed the entity before the retry.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when a different request with this key created the stored entity.
pub fn resolve_create<T>(saved: Saved<T>, new: T, mark: impl Fn(&T) -> Option<&str>) -> Result<T> {
    match saved {
        Saved::Done => Ok(new),
        Saved::Conflict(Some(there)) if mark(&new).is_none() || mark(&there) == mark(&new) => Ok(*there),
        Saved::Conflict(Some(_)) => Err(reused()),
        Saved::Conflict(None) => Err(Error::busy(BusyReason::Created)),
    }
}

/// Resolves `error` of a create request that may be a repeat: returns the entity that the first request
/// created, whatever has changed since. `new` is the entity to be created, `there` reads the stored one with
/// its id, and `mark` returns the request fingerprint of either.
///
/// # Errors
/// `error` when there is no key or no stored entity, or when it is `BUSY` or `INTERNAL_ERROR`;
/// `IDEMPOTENCY_KEY_REUSED` when a different request created the stored entity.
pub async fn repeated<T>(
    error: Error,
    new: &T,
    there: impl Future<Output = Result<Option<T>>>,
    mark: impl Fn(&T) -> Option<&str>,
) -> Result<T> {
    if mark(new).is_none() || matches!(error.code, Code::Busy | Code::InternalError) {
        return Err(error);
    }
    match there.await? {
        None => Err(error),
        Some(there) if mark(&there) == mark(new) => Ok(there),
        Some(_) => Err(reused()),
    }
}

/// Builds the error for a key that a different request has used.
pub fn reused() -> Error {
    let message = "This Idempotency-Key was used for another request; take a new one.";
    Error::refused(Code::IdempotencyKeyReused, message)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Thing {
        mark: Option<&'static str>,
        version: u64,
    }

    fn created(new: Option<&'static str>, there: Option<&'static str>) -> Result<Thing> {
        let saved = Saved::Conflict(Some(Box::new(Thing { mark: there, version: 2 })));
        resolve_create(saved, Thing { mark: new, version: 1 }, |thing| thing.mark)
    }

    #[test]
    fn create_without_a_key_recognizes_what_it_made_and_a_worker_changed() {
        assert_eq!(created(None, None).unwrap(), Thing { mark: None, version: 2 });
    }

    #[test]
    fn create_with_a_key_gives_what_the_same_request_made_and_refuses_any_other() {
        assert_eq!(created(Some("a"), Some("a")).unwrap().version, 2);
        for there in [Some("b"), None] {
            assert_eq!(created(Some("a"), there).unwrap_err().code, Code::IdempotencyKeyReused);
        }
    }
}
