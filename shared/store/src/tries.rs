//! First tries of requests whose repeat cannot be told from what they write: kept for a week under what
//! follows from caller, route and `Idempotency-Key`.

use domain::time::millis;
use domain::{Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::schema::{REWARDS, Table};
use crate::{Entity, Saved, Store};

const KEPT_FOR_SECONDS: i64 = 7 * 24 * 3600;

/// The first time that a request came, and what it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstTry {
    /// Follows from caller, route and key.
    pub id: String,
    /// Stands for the body.
    pub mark: String,
    /// When it came: what the request leaves to the clock stays the same in a repeat.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// The answer, once there is one.
    #[serde(default)]
    pub answer: Option<String>,
    /// 1, and 2 with the answer.
    pub version: u64,
}

impl Entity for FirstTry {
    const TABLE: &'static Table = &REWARDS;

    fn key(&self) -> Key {
        Key::new(format!("TRY#{}", self.id), "TRY")
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.at.as_seconds() + KEPT_FOR_SECONDS)
    }
}

impl Store {
    /// Writes down that a request came, or that it was answered. `Saved::Other` is what an earlier try wrote.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_try(&self, first: &FirstTry) -> Result<Saved<FirstTry>> {
        self.save(first).await
    }
}
