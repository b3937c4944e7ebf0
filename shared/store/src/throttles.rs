//! Storage of failed sign-ins (`Throttle`, by subject), and of the quotas that networks have used.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::accounts::{Quota, QuotaDecision, QuotaUsage, Throttle, ThrottleSubject};
use domain::{BusyReason, Result, Timestamp};

use crate::item::{Updated, entity};
use crate::keys::Key;
use crate::keys::n;
use crate::schema::{ACCOUNTS, TTL_ATTRIBUTE, Table};
use crate::update::ConditionalUpdate;
use crate::{Entity, Saved, Store, TryResult, retry_up_to};

/// Maximum number of tries of one write. A try fails only because a concurrent request was counted, so about
/// as many tries suffice as the limit allows requests.
const TRIES_MAX: usize = 128;

/// Retention of a decoy, in seconds.
const DECOY_SECONDS: i64 = 60;

impl Entity for Throttle {
    const TABLE: &'static Table = &ACCOUNTS;

    fn key(&self) -> Key {
        throttle_key(&self.subject)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.expires_s())
    }
}

fn throttle_key(name: &str) -> Key {
    Key::new(format!("THROTTLE#{name}"), "THROTTLE")
}

fn quota_key(name: &str) -> Key {
    Key::new(format!("THROTTLE#{name}"), "QUOTA")
}

fn decoy_key(name: &str) -> Key {
    Key::new(format!("THROTTLE#{name}"), "DECOY")
}

impl Store {
    /// Reads the recent failures of `subject`, strongly consistent. Returns an empty record when there is
    /// none.
    pub async fn get_throttle(&self, subject: &ThrottleSubject) -> Result<Throttle> {
        let found: Option<Throttle> = self.get(&throttle_key(&subject.name)).await?;
        Ok(found.unwrap_or_else(|| Throttle::none(subject)))
    }

    /// Records that a sign-in of `subject` failed at `now`, in the request `request_id`. The first try
    /// assumes that `seen`, the record that the caller read, is still stored.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS`, with nothing recorded, when concurrent failures used up the limit: the response
    /// must then not differ from that of a correct password. `BUSY` when a concurrent failure was recorded
    /// first in each try.
    pub async fn record_failure(
        &self,
        subject: &ThrottleSubject,
        seen: Throttle,
        now: Timestamp,
        request_id: &str,
    ) -> Result<()> {
        let attempt = async |throttle: Throttle| {
            throttle.check(subject, now)?;
            Ok(match self.save(&throttle.failed(subject, now, request_id)).await? {
                Saved::Done => TryResult::Done(()),
                Saved::Conflict(found) => {
                    TryResult::Conflict(found.map_or_else(|| Throttle::none(subject), |found| *found))
                }
            })
        };
        retry_up_to(TRIES_MAX, BusyReason::SignIns, seen, attempt).await
    }

    /// Writes an item that nobody reads, in place of the account that has not the address of `subject`. A request for
    /// a mail thus takes as long for an unknown address as for a known one.
    pub async fn write_decoy(&self, subject: &ThrottleSubject, now: Timestamp) -> Result<()> {
        let change = ConditionalUpdate::new(
            "SET written_at = :now, #ttl = :ttl",
            "attribute_not_exists(pk) OR written_at <= :now",
        )
        .name("#ttl", TTL_ATTRIBUTE)
        .value(":now", n(now.as_millis()))
        .value(":ttl", n(now.as_seconds() + DECOY_SECONDS));
        self.update(&ACCOUNTS, &decoy_key(&subject.name), change.without_item()).await.map(drop)
    }

    /// Reads the entries that count against `quota`, strongly consistent. Returns an empty usage when nothing
    /// is stored.
    pub async fn get_used(&self, quota: &Quota) -> Result<QuotaUsage> {
        let call = self.dynamo.get_item().table_name(self.names.table(&ACCOUNTS)?);
        let call = call.set_key(Some(quota_key(&quota.name).attributes())).consistent_read(true);
        let item = call.send().await.map_err(crate::failure::failed)?.item;
        Ok(item.map(entity).transpose()?.unwrap_or_default())
    }

    /// Counts the entry of `quota` at `now`. The first try assumes that `seen`, the usage that the caller
    /// read, is still stored. Entries form a set, so a repeat changes nothing.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS`, with nothing counted, when the quota is used up. `BUSY` when a concurrent request
    /// changed the usage first in each try.
    pub async fn use_quota(&self, quota: &Quota, seen: QuotaUsage, now: Timestamp) -> Result<()> {
        let attempt = async |used: QuotaUsage| {
            let change = match quota.check(&used, now)? {
                QuotaDecision::Counted => return Ok(TryResult::Done(())),
                QuotaDecision::Free => ConditionalUpdate::new(
                    "ADD entries :entry",
                    "window_s = :window AND size(entries) < :max",
                )
                .value(":window", n(used.window_s))
                .value(":max", n(quota.entries_max)),
                QuotaDecision::NewWindow(window_s) => ConditionalUpdate::new(
                    "SET entries = :entry, window_s = :window, #ttl = :ttl",
                    "attribute_not_exists(pk) OR window_s < :window",
                )
                .name("#ttl", TTL_ATTRIBUTE)
                .value(":window", n(window_s))
                .value(":ttl", n(quota.expires_s(window_s))),
            };
            let change = change.value(":entry", AttributeValue::Ss(vec![quota.entry.clone()]));
            Ok(match self.update(&ACCOUNTS, &quota_key(&quota.name), change).await? {
                Updated::Done(_) => TryResult::Done(()),
                Updated::ConditionFailed(found) => {
                    TryResult::Conflict(found.map(entity).transpose()?.unwrap_or_default())
                }
            })
        };
        retry_up_to(TRIES_MAX, BusyReason::Network, seen, attempt).await
    }
}
