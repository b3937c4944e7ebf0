//! Cache of revoked access in a function instance. It is refreshed at most once a second, before a handler
//! runs. A ban thus takes effect within a second, at half a read unit for each busy instance and second.

use std::collections::HashMap;
use std::time::Duration;

use domain::accounts::{REVOCATION_SECONDS, Revocation};
use domain::ids::{SessionId, UserId};
use domain::live::LiveUser;
use domain::{Code, Error, Result, Timestamp};
use tokio::sync::Mutex;

use store::Store;

use crate::tokens::AccessClaims;

/// Maximum age of the cache before a refresh, in milliseconds.
const FRESH_MS: i64 = 1_000;
/// Time in milliseconds for which staff routes work while the list cannot be read.
const STAFF_GO_ON_MS: i64 = 5_000;
/// Overlap of successive reads, in seconds. A revocation with an earlier time may be written later, since a
/// request takes up to ten seconds and clocks differ. The overlap costs nothing while the list is empty.
const OVERLAP_SECONDS: i64 = 12;
/// Timeout of a read of the list, so that routes that work without it are not delayed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Revoked access known to this instance.
#[derive(Default)]
pub struct Revocations(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_user: HashMap<UserId, Revocation>,
    /// Sessions that their owners ended, with the times.
    sessions: HashMap<SessionId, Timestamp>,
    newest: Option<Timestamp>,
    /// Time of the last read, successful or not.
    asked_at: Option<Timestamp>,
    /// Time of the last successful read.
    read_at: Option<Timestamp>,
}

impl Revocations {
    /// Checks that the access of a token is not revoked.
    ///
    /// # Errors
    /// `UNAUTHORIZED` when it is revoked; `ACCESS_UNCONFIRMED` on staff routes when the list could not be
    /// read for five seconds.
    pub async fn check(
        &self,
        store: &Store,
        now: Timestamp,
        claims: &AccessClaims,
        is_for_staff: bool,
    ) -> Result<()> {
        let mut known = self.0.lock().await;
        known.refresh(store, now).await;
        if known.ends(&claims.sub, claims.sid.as_ref(), claims.epoch, claims.iat) {
            return Err(Error::unauthorized());
        }
        if is_for_staff && !known.is_current(now, STAFF_GO_ON_MS) {
            return Err(Error::refused(
                Code::AccessUnconfirmed,
                "Whether your access was revoked cannot be read at the moment; try again shortly.",
            )
            .retry_after(1));
        }
        Ok(())
    }

    /// Returns whether the rights of a connection's user are revoked by a list at most a second old.
    pub async fn has_ended(&self, store: &Store, now: Timestamp, user: &LiveUser) -> bool {
        let mut known = self.0.lock().await;
        known.refresh(store, now).await;
        known.ends(&user.user_id, user.session_id.as_ref(), user.epoch, user.since.as_seconds())
    }

    /// Adds a revocation that this instance has written, so that it takes effect here at once.
    pub async fn note(&self, revocation: Option<Revocation>) {
        if let Some(revocation) = revocation {
            self.0.lock().await.enter(revocation);
        }
    }

    /// Reads the list if the cache is more than a second old.
    pub async fn refresh(&self, store: &Store, now: Timestamp) {
        self.0.lock().await.refresh(store, now).await;
    }

    /// Returns whether a list at most a second old shows no revocation for `user` in the last 16 minutes.
    pub(crate) async fn is_untouched(&self, store: &Store, now: Timestamp, user: &UserId) -> bool {
        let mut known = self.0.lock().await;
        known.refresh(store, now).await;
        known.is_current(now, FRESH_MS) && !known.by_user.contains_key(user)
    }
}

impl Known {
    async fn refresh(&mut self, store: &Store, now: Timestamp) {
        // The absolute difference is used, so that a clock set back does not make every call read the list.
        if self.asked_at.is_some_and(|at| (now.as_millis() - at.as_millis()).abs() < FRESH_MS) {
            return;
        }
        let oldest = now.plus_seconds(-REVOCATION_SECONDS);
        let from = self.newest.map_or(oldest, |newest| newest.plus_seconds(-OVERLAP_SECONDS).max(oldest));
        let read = tokio::time::timeout(PATIENCE, store.get_revocations_eventual(from)).await;
        self.asked_at = Some(now);
        match read {
            Ok(Ok(found)) => {
                self.read_at = Some(now);
                self.by_user.retain(|_, known| known.at >= oldest);
                self.sessions.retain(|_, at| *at >= oldest);
                // Revocations noted by this instance do not change `newest`, the time from which the next
                // read starts.
                self.newest = self.newest.max(found.iter().map(|revocation| revocation.at).max());
                found.into_iter().for_each(|revocation| self.enter(revocation));
            }
            Ok(Err(error)) => tracing::warn!(%error, "the list of revoked access cannot be read"),
            Err(_) => tracing::warn!("the list of revoked access does not answer"),
        }
    }

    fn enter(&mut self, revocation: Revocation) {
        if let Some(session) = revocation.session_id {
            self.sessions.insert(session, revocation.at);
            return;
        }
        let known = self.by_user.entry(revocation.user_id.clone()).or_insert_with(|| revocation.clone());
        if known.epoch < revocation.epoch {
            *known = revocation;
        }
    }

    fn ends(&self, user: &UserId, session: Option<&SessionId>, epoch: Option<u32>, issued_s: i64) -> bool {
        session.is_some_and(|session| self.sessions.contains_key(session))
            || self.by_user.get(user).is_some_and(|revocation| revocation.ends(epoch, issued_s))
    }

    fn is_current(&self, now: Timestamp, within_ms: i64) -> bool {
        self.read_at.is_some_and(|at| now.as_millis() - at.as_millis() <= within_ms)
    }
}
