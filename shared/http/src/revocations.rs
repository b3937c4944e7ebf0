//! What an instance knows of revoked access. It asks at most once a second, before a handler runs, so that a ban counts
//! within a second at half a read unit for each busy instance and second, whatever it is called for.

use std::collections::HashMap;
use std::time::Duration;

use domain::accounts::{REVOCATION_SECONDS, Revocation};
use domain::ids::UserId;
use domain::{Code, Error, Result, Timestamp};
use tokio::sync::Mutex;

use crate::{AccessClaims, App};

/// For how long what was read is fresh.
const FRESH_MS: i64 = 1_000;
/// For how long staff go on while the list cannot be read.
const STAFF_GO_ON_MS: i64 = 5_000;
/// How far before the newest revocation it is read again. What was stamped earlier may be written later: a route has
/// ten seconds, and clocks are apart. While nobody is revoked it costs nothing.
const OVERLAP_SECONDS: i64 = 12;
/// A list that does not answer must not hold up those who go on without it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Revoked access, as far as this instance knows.
#[derive(Default)]
pub struct Revocations(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_user: HashMap<UserId, Revocation>,
    newest: Option<Timestamp>,
    /// When the list was asked for last, with or without success.
    asked_at: Option<Timestamp>,
    /// When it answered last.
    read_at: Option<Timestamp>,
}

impl Revocations {
    /// Checks that the access of a token was not revoked.
    ///
    /// # Errors
    /// `UNAUTHORIZED` when it was; `ACCESS_UNCONFIRMED` on routes for staff when the list could not be read for five
    /// seconds.
    pub async fn check(&self, app: &App, claims: &AccessClaims, is_for_staff: bool) -> Result<()> {
        let mut known = self.0.lock().await;
        known.refresh(app).await;
        let revoked = known.by_user.get(&claims.sub);
        if revoked.is_some_and(|revocation| revocation.ends(claims.epoch, claims.iat)) {
            return Err(Error::unauthorized());
        }
        if is_for_staff && !known.is_current(app.now(), STAFF_GO_ON_MS) {
            return Err(Error::refused(
                Code::AccessUnconfirmed,
                "Whether your access was revoked cannot be read at the moment; try again shortly.",
            )
            .retry_after(1));
        }
        Ok(())
    }

    /// Enters what this instance has revoked itself, so that it counts here at once.
    pub async fn note(&self, revocation: Option<Revocation>) {
        if let Some(revocation) = revocation {
            self.0.lock().await.enter(revocation);
        }
    }

    /// Reads the list if what is known is more than a second old, as the next call would.
    pub async fn refresh(&self, app: &App) {
        self.0.lock().await.refresh(app).await;
    }

    /// Tells whether nothing of `user` was revoked within the last quarter of an hour, for sure.
    async fn is_untouched(&self, app: &App, user: &UserId) -> bool {
        let mut known = self.0.lock().await;
        known.refresh(app).await;
        known.is_current(app.now(), FRESH_MS) && !known.by_user.contains_key(user)
    }
}

impl Known {
    async fn refresh(&mut self, app: &App) {
        let now = app.now();
        // The distance, whichever way: a clock that is set back must not let every call ask.
        if self.asked_at.is_some_and(|at| (now.as_millis() - at.as_millis()).abs() < FRESH_MS) {
            return;
        }
        let oldest = now.plus_seconds(-REVOCATION_SECONDS);
        let from = self.newest.map_or(oldest, |newest| newest.plus_seconds(-OVERLAP_SECONDS).max(oldest));
        let read = tokio::time::timeout(PATIENCE, app.store().get_revocations_eventual(from)).await;
        self.asked_at = Some(now);
        match read {
            Ok(Ok(found)) => {
                self.read_at = Some(now);
                self.by_user.retain(|_, known| known.at >= oldest);
                // What this instance notes itself is no mark of what it has read.
                self.newest = self.newest.max(found.iter().map(|revocation| revocation.at).max());
                found.into_iter().for_each(|revocation| self.enter(revocation));
            }
            Ok(Err(error)) => tracing::warn!(%error, "the list of revoked access cannot be read"),
            Err(_) => tracing::warn!("the list of revoked access does not answer"),
        }
    }

    fn enter(&mut self, revocation: Revocation) {
        let known = self.by_user.entry(revocation.user_id.clone()).or_insert_with(|| revocation.clone());
        if known.epoch < revocation.epoch {
            *known = revocation;
        }
    }

    fn is_current(&self, now: Timestamp, within_ms: i64) -> bool {
        self.read_at.is_some_and(|at| now.as_millis() - at.as_millis() <= within_ms)
    }
}

/// Checks that `user` may be given what they asked for at `asked_at`: the account is active. The list of revoked access
/// tells it of recent requests; for an older one the account is read, within the last second or so. Whom dibs has no
/// account of is given what they asked for.
///
/// # Errors
/// `FORBIDDEN` when the account is inactive, banned or closed: the message says which.
pub async fn check_recipient(app: &App, user: &UserId, asked_at: Timestamp) -> Result<()> {
    let is_recent = asked_at > app.now().plus_seconds(-crate::ACCESS_TOKEN_SECONDS);
    if is_recent && app.revocations().is_untouched(app, user).await {
        return Ok(());
    }
    match app.store().get_account_eventual(user).await? {
        Some(account) => account.check_active(),
        None => Ok(()),
    }
}
