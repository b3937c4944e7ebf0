//! Idempotency records: stored responses for requests that create nothing by which a repeat could be
//! recognized. A record is kept for a week under a hash of caller, route and `Idempotency-Key`.

use domain::time::millis;
use domain::{Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::schema::{REWARDS, Table};
use crate::{Entity, Saved, Store};

const KEPT_FOR_SECONDS: i64 = 7 * 24 * 3600;

/// Idempotency record: the first try of a request and its response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    /// Hash of caller, route and `Idempotency-Key`.
    pub id: String,
    /// Fingerprint of the request body.
    #[serde(rename = "mark")]
    pub request_fingerprint: String,
    /// Time of the first try. A repeat uses it in place of the clock.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Response body; `None` until the request has completed.
    #[serde(default)]
    pub answer: Option<String>,
    /// Version: 1 when created, 2 with the response.
    pub version: u64,
}

impl Entity for IdempotencyRecord {
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
    /// Writes a record: a new one as version 1, or version 2 with the response. Returns `Saved::Conflict`
    /// with the stored record when another request wrote this version first.
    pub async fn save_idempotency_record(
        &self,
        first: &IdempotencyRecord,
    ) -> Result<Saved<IdempotencyRecord>> {
        self.save(first).await
    }
}
