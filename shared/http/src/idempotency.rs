//! Idempotent creation by `Idempotency-Key`: the same key, caller and body refer to the same entity. This
//! costs no additional write.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::ids::{UserId, derived, fresh};
use domain::{BusyReason, Code, Error, KeyedFingerprint, Result, Timestamp};
use store::Saved;

use crate::Failure;
use crate::route::{Describe, Operation, Route};
use runtime::App;

const KEY_LENGTH_MAX: usize = 255;

/// Value of `Idempotency-Key`; `None` when the header is missing.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// Returns the id, without its prefix, of the entity that this request creates. With an `Idempotency-Key`
    /// it is a hash of `scope` (caller and route) and key, and otherwise random.
    pub fn id(&self, app: &App, scope: &[&str]) -> String {
        match &self.0 {
            Some(key) => derived(&[scope, &[key.as_str()]].concat()),
            None => fresh(app.now(), app.entropy()),
        }
    }

    /// Returns `fingerprint` if there is an `Idempotency-Key`, to be stored with the entity and compared on a
    /// repeat.
    pub fn request_fingerprint(&self, fingerprint: &str) -> Option<String> {
        self.0.as_ref().map(|_| fingerprint.to_owned())
    }

    /// Returns the fingerprint of the request, to be stored with an entity whose id is not derived from the
    /// `Idempotency-Key`: of the latter within `scope`, and of the body, given as `fingerprint`. `None` without
    /// an `Idempotency-Key`.
    pub fn keyed_fingerprint(&self, scope: &[&str], fingerprint: &str) -> Option<KeyedFingerprint> {
        self.0.as_ref().map(|key| KeyedFingerprint::new(scope, key, fingerprint))
    }

    /// Returns id, creator, request fingerprint and creation time of a new entity. `to_id` adds the prefix
    /// to the id, `by` is the caller, and `fingerprint` is that of the request body.
    pub fn creation<Id>(
        &self,
        app: &App,
        to_id: impl FnOnce(String) -> Id,
        by: UserId,
        route: &Route,
        fingerprint: &str,
    ) -> Creation<Id> {
        let id = to_id(self.id(app, &[by.as_str(), route.name]));
        Creation { id, by, request_fingerprint: self.request_fingerprint(fingerprint), at: app.now() }
    }
}

/// Values that a new entity takes from the request that creates it.
#[derive(Clone, Debug)]
pub struct Creation<Id> {
    /// Id of the new entity: derived from the `Idempotency-Key`, or random without one.
    pub id: Id,
    /// Account of the caller, who creates the entity.
    pub by: UserId,
    /// Fingerprint of the request, which is stored with the entity; `None` without an `Idempotency-Key`.
    pub request_fingerprint: Option<String>,
    /// Time of the request, which becomes the creation time.
    pub at: Timestamp,
}

/// Runs `create`, which validates `new` and writes it, and returns the created entity. If `create` fails,
/// or an entity with this id is stored already, it returns the entity that an earlier try of the same
/// request created, in its present state. `earlier` reads the stored entity with the id of `new`.
///
/// # Errors
/// The error of `create` when there is no earlier entity, no `Idempotency-Key`, or the error is `BUSY` or
/// `INTERNAL_ERROR`; `IDEMPOTENCY_KEY_REUSED` when a different request with this `Idempotency-Key` created
/// the stored entity.
pub async fn create_idempotent<T: domain::Fingerprinted>(
    new: T,
    create: impl AsyncFnOnce(&T) -> Result<Saved<T>>,
    earlier: impl AsyncFnOnce(&T) -> Result<Option<T>>,
) -> Result<T> {
    match create(&new).await {
        Ok(saved) => resolve_create(saved, new),
        Err(error) if matches!(error.code, Code::Busy | Code::InternalError) => Err(error),
        Err(error) => find_created(new.request_fingerprint(), earlier(&new)).await?.ok_or(error),
    }
}

/// Returns the created entity: `new` if it was written, or else the stored one with this id, in its
/// present state.
///
/// Without an `Idempotency-Key` the id is random. A stored entity with this id was then created by this very
/// request: the response of its write was lost, and a worker changed the entity before the retry.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when a different request with this `Idempotency-Key` created the stored entity.
pub fn resolve_create<T: domain::Fingerprinted>(saved: Saved<T>, new: T) -> Result<T> {
    match saved {
        Saved::Done => Ok(new),
        Saved::Conflict(Some(there)) if new.request_fingerprint().is_none() => Ok(*there),
        Saved::Conflict(Some(there)) => same_request(*there, new.request_fingerprint()),
        Saved::Conflict(None) => Err(Error::busy(BusyReason::Created)),
    }
}

/// Returns the entity that an earlier try of this request created, in its present state. `stored` reads the
/// entity with the id that follows from the `Idempotency-Key`. Returns `None` without one, and when no such
/// entity is stored.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when a different request with this `Idempotency-Key` created the stored entity.
pub async fn find_created<T: domain::Fingerprinted>(
    fingerprint: Option<&str>,
    stored: impl Future<Output = Result<Option<T>>>,
) -> Result<Option<T>> {
    if fingerprint.is_none() {
        return Ok(None);
    }
    stored.await?.map(|there| same_request(there, fingerprint)).transpose()
}

fn same_request<T: domain::Fingerprinted>(there: T, fingerprint: Option<&str>) -> Result<T> {
    if there.request_fingerprint() == fingerprint { Ok(there) } else { Err(Error::key_reused()) }
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

    #[derive(Clone, Debug, PartialEq)]
    struct Thing {
        request_fingerprint: Option<&'static str>,
        version: u64,
    }

    impl domain::Fingerprinted for Thing {
        fn request_fingerprint(&self) -> Option<&str> {
            self.request_fingerprint
        }
    }

    fn created(new: Option<&'static str>, there: Option<&'static str>) -> Result<Thing> {
        let saved = Saved::Conflict(Some(Box::new(Thing { request_fingerprint: there, version: 2 })));
        resolve_create(saved, Thing { request_fingerprint: new, version: 1 })
    }

    #[test]
    fn create_without_a_key_recognizes_what_it_made_and_a_worker_changed() {
        assert_eq!(created(None, None).unwrap(), Thing { request_fingerprint: None, version: 2 });
    }

    #[test]
    fn create_with_a_key_gives_what_the_same_request_made_and_refuses_any_other() {
        assert_eq!(created(Some("a"), Some("a")).unwrap().version, 2);
        for there in [Some("b"), None] {
            assert_eq!(created(Some("a"), there).unwrap_err().code, Code::IdempotencyKeyReused);
        }
    }

    #[tokio::test]
    async fn repeat_gets_what_was_created_though_a_check_fails_by_now() {
        let repeat = async |key, code, there: Option<Option<&'static str>>| {
            let refuse = async |_: &Thing| Err(Error::refused(code, "no"));
            let stored = async |_: &Thing| {
                Ok(there.map(|request_fingerprint| Thing { request_fingerprint, version: 2 }))
            };
            let created =
                create_idempotent(Thing { request_fingerprint: key, version: 1 }, refuse, stored).await;
            created.map(|thing| thing.version).map_err(|error| error.code)
        };
        assert_eq!(repeat(Some("a"), Code::Conflict, Some(Some("a"))).await, Ok(2));
        assert_eq!(repeat(Some("a"), Code::Conflict, None).await, Err(Code::Conflict));
        assert_eq!(repeat(None, Code::Conflict, Some(None)).await, Err(Code::Conflict));
        assert_eq!(repeat(Some("a"), Code::Busy, Some(Some("a"))).await, Err(Code::Busy));
        assert_eq!(repeat(Some("a"), Code::Conflict, Some(Some("b"))).await, Err(Code::IdempotencyKeyReused));
    }
}
