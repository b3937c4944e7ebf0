//! Storage of the quotas of external condition checks, one item for each user who recently caused checks.

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
    /// Reads the quota of `user`, eventually consistent. Returns an unused quota when nothing is stored.
    pub async fn get_check_quota_eventual(&self, user: &UserId) -> Result<CheckQuota> {
        Ok(self.get_eventual(&quota_key(user)).await?.unwrap_or_else(|| CheckQuota::unused(user.clone())))
    }

    /// Writes the next version of a quota. Returns `Saved::Conflict` with the stored one when another write
    /// came first.
    pub async fn save_check_quota(&self, quota: &CheckQuota) -> Result<Saved<CheckQuota>> {
        self.save(quota).await
    }
}
