//! Access that was taken away: what ends access tokens before their time.

use serde::{Deserialize, Serialize};

use super::{Account, Status};
use crate::Timestamp;
use crate::ids::UserId;
use crate::time::millis;

/// Seconds for which a revocation has to be known: an access token lives for 15 minutes, and clocks are apart.
pub const REVOCATION_SECONDS: i64 = 16 * 60;

/// Access tokens of an earlier epoch of this account are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Account whose tokens end.
    pub user_id: UserId,
    /// First epoch whose tokens are good.
    pub epoch: u32,
    /// Time of the change.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

impl Revocation {
    /// Returns what the change from `before` to `after` revokes: nothing unless the epoch was raised, and nothing
    /// when the account became active, since it had no good tokens.
    pub fn between(before: &Account, after: &Account, at: Timestamp) -> Option<Self> {
        let raised = after.epoch > before.epoch;
        let let_in = before.status != Status::Active && after.status == Status::Active;
        (raised && !let_in).then(|| Self { user_id: after.id.clone(), epoch: after.epoch, at })
    }

    /// Tells whether this ends a token of `epoch` that was issued at `issued_s`, in seconds since 1970. A token of
    /// the version before has no epoch: it ends when it is older than the revocation.
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
        let revocation = Revocation { user_id: UserId::new("a"), epoch: 3, at };
        assert!(revocation.ends(Some(2), 11));
        assert!(!revocation.ends(Some(3), 9));
        assert!(revocation.ends(None, 10));
        assert!(!revocation.ends(None, 11));
    }
}
