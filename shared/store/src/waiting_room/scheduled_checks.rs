//! Storage of scheduled checks. A scheduled check (`ScheduledCheck`) names a range of positions to inspect at
//! a given time; the checks of one waiting room share a partition.

use domain::ids::QueueId;
use domain::waiting_room::{QueuePosition, ScheduledCheck, WaitingRoom};
use domain::{Result, Timestamp};
use futures::future::try_join_all;

use super::number;
use crate::Store;
use crate::item::PartitionRange;
use crate::keys::{Attributes, Key, n};
use crate::schema::{QUEUE, TTL_ATTRIBUTE};
use crate::update::ConditionalUpdate;

/// Retention of a scheduled check after the time at which it is due, in seconds.
const CHECKS_KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;

fn partition(queue: &QueueId) -> String {
    format!("QUEUE#{queue}#DUE")
}

fn scheduled_check(item: &Attributes) -> Option<ScheduledCheck> {
    let at = Timestamp::from_millis(number(item, "at")?);
    let position = |name| number(item, name).map(QueuePosition);
    Some(ScheduledCheck { at, after: position("after")?, upto: position("upto")? })
}

impl Store {
    /// Writes scheduled checks. The last one of `checks` is written after all others are stored, so its
    /// presence ([`Self::is_check_scheduled`]) proves that all of them are. A repeat changes nothing.
    pub async fn schedule_checks(&self, queue: &QueueId, checks: &[ScheduledCheck]) -> Result<()> {
        let Some((last, others)) = checks.split_last() else { return Ok(()) };
        try_join_all(others.iter().map(|check| self.schedule_check(queue, check))).await?;
        self.schedule_check(queue, last).await
    }

    async fn schedule_check(&self, queue: &QueueId, check: &ScheduledCheck) -> Result<()> {
        let change = ConditionalUpdate::new(
            format!("SET #at = :at, #after = :after, upto = :upto, {TTL_ATTRIBUTE} = :expires"),
            "attribute_not_exists(pk)",
        )
        .name("#at", "at")
        .name("#after", "after")
        .value(":at", n(check.at.as_millis()))
        .value(":after", n(check.after))
        .value(":upto", n(check.upto))
        .value(":expires", n(check.at.as_seconds() + CHECKS_KEPT_SECONDS));
        self.update(&QUEUE, &Key::new(partition(queue), check.sort_key()), change).await.map(drop)
    }

    /// Returns whether a scheduled check is stored, strongly consistent.
    pub async fn is_check_scheduled(&self, queue: &QueueId, check: &ScheduledCheck) -> Result<bool> {
        Ok(!self.get_all(&QUEUE, &[Key::new(partition(queue), check.sort_key())]).await?.is_empty())
    }

    /// Lists up to `limit` scheduled checks that follow the last handled one (`WaitingRoom::handled_check`),
    /// in order of time, due or not, strongly consistent.
    pub async fn get_scheduled_checks(
        &self,
        room: &WaitingRoom,
        limit: usize,
    ) -> Result<Vec<ScheduledCheck>> {
        let pk = partition(&room.id);
        let range = PartitionRange {
            after: room.handled_check.as_deref(),
            limit,
            consistent: true,
            ..PartitionRange::of(&pk, "")
        };
        Ok(self.query_attributes(&QUEUE, &range).await?.iter().filter_map(scheduled_check).collect())
    }
}
