//! Revocations, which end access tokens before their expiry.

use serde::{Deserialize, Serialize};

use super::{Account, AccountStatus, Session};
use crate::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::time::millis;

/// Retention of a revocation, in seconds: the 15 minutes of an access token plus a minute of clock skew.
pub const REVOCATION_SECONDS: i64 = 16 * 60;

/// Revocation of access tokens of one account: all of them with a lower epoch, or those of one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Account whose tokens are revoked.
    pub user_id: UserId,
    /// Lowest epoch that is still valid; for a session its own epoch, so that a version of dibs which does not know
    /// `session_id` ends nothing.
    pub epoch: u32,
    /// Session that was ended; `None` when all tokens of a lower epoch are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// Time of the change that caused the revocation.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

impl Revocation {
    /// Returns the revocation that the change from `before` to `after` requires. `None` if the epoch stays
    /// the same, or if the account becomes active, since an inactive account has no valid tokens.
    pub fn between(before: &Account, after: &Account, at: Timestamp) -> Option<Self> {
        let raised = after.epoch > before.epoch;
        let readmitted = before.status != AccountStatus::Active && after.status == AccountStatus::Active;
        (raised && !readmitted).then(|| Self {
            user_id: after.id.clone(),
            epoch: after.epoch,
            session_id: None,
            at,
        })
    }

    /// Returns the revocation of the access tokens of `session`, which its owner ends at `at`.
    pub fn of_session(session: &Session, at: Timestamp) -> Self {
        let (user_id, session_id) = (session.user_id.clone(), Some(session.id.clone()));
        Self { user_id, epoch: session.epoch, session_id, at }
    }

    /// Returns `true` if this revocation ends an access token with `epoch`, issued at `issued_s` (seconds
    /// since 1970). A token of an earlier version of dibs has no epoch and ends if it was not issued after
    /// the revocation.
    pub fn ends(&self, epoch: Option<u32>, issued_s: i64) -> bool {
        match epoch {
            Some(epoch) => epoch < self.epoch,
            None => issued_s <= self.at.as_seconds(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_of_an_earlier_epoch_or_without_one_ends() {
        let at = Timestamp::from_millis(10_000);
        let revocation = Revocation { user_id: UserId::new("a"), epoch: 3, session_id: None, at };
        assert!(revocation.ends(Some(2), 11));
        assert!(!revocation.ends(Some(3), 9));
        assert!(revocation.ends(None, 10));
        assert!(!revocation.ends(None, 11));
    }
}
