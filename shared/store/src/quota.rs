//! Quotas of condition checks, one item in the partition of each user who caused some in the last minutes.

use domain::Result;
use domain::ids::UserId;
use domain::quota::CheckQuota;

use crate::keys::Key;
use crate::points::user_partition;
use crate::schema::{REWARDS, Table};
use crate::{Entity, Saved, Store};

impl Entity for CheckQuota {
    const TABLE: &'static Table = &REWARDS;

    fn key(&self) -> Key {
        quota_key(&self.user_id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.expires_s())
    }
}

fn quota_key(user: &UserId) -> Key {
    Key::new(user_partition(user), "CHECKS")
}

impl Store {
    /// Returns the quota of `user` as it was within the last second, unused when there is none.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn peek_check_quota(&self, user: &UserId) -> Result<CheckQuota> {
        Ok(self.peek(&quota_key(user)).await?.unwrap_or_else(|| CheckQuota::unused(user.clone())))
    }

    /// Writes the next version of a quota. `Saved::Other` is what is there instead.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_check_quota(&self, quota: &CheckQuota) -> Result<Saved<CheckQuota>> {
        self.save(quota).await
    }
}
