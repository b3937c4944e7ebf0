//! Storage of the events of webhooks. Those of one lane share a partition, in the order of their places. The list
//! index has each webhook's events by time; events of one lane are in one shard of it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Result;
use domain::ids::WebhookId;
use domain::webhooks::{Delivery, DeliveryStatus, EVENTS_KEPT_SECONDS, EventOrder, Lane, LaneName, Replay};

use super::lanes::partition;
use crate::failure::failed;
use crate::item::PartitionRange;
use crate::keys::{Key, ListKey, n};
use crate::list::{List, ListPosition, ListRange, position};
use crate::schema::{LIST_INDEX, Table, WEBHOOKS};
use crate::update::ConditionalUpdate;
use crate::{Entity, Saved, Store};

/// Beginning of the sort keys of events in the partition of their lane.
const PREFIX: &str = "EVENT#";
/// Maximum number of events that one read of a lane returns.
const AT_ONCE: usize = 20;

impl Entity for Delivery {
    const TABLE: &'static Table = &WEBHOOKS;

    fn key(&self) -> Key {
        event_key(&self.webhook_id, &self.lane, &self.order)
    }

    fn list_key(&self) -> Option<ListKey> {
        let list = events_of(&self.webhook_id);
        let shard = domain::stock::bucket_of(&self.lane.0, list.shards);
        let place = position(self.accepted_at, &format!("{}#{}", self.lane, self.order.0));
        Some(ListKey { pk: list.shard(shard), sk: place })
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.accepted_at.as_seconds() + EVENTS_KEPT_SECONDS)
    }
}

fn event_key(webhook: &WebhookId, lane: &LaneName, order: &EventOrder) -> Key {
    Key::new(partition(webhook, lane), format!("{PREFIX}{}", order.0))
}

/// Returns the list of the events of a webhook.
fn events_of(webhook: &WebhookId) -> List {
    List::sharded(format!("WEBHOOK#{webhook}#EVENTS"))
}

impl Store {
    /// Writes an event of a webhook: a new one as version 1, or the next version. Returns `Saved::Conflict` with
    /// the stored one when another write came first.
    pub async fn save_delivery(&self, delivery: &Delivery) -> Result<Saved<Delivery>> {
        self.save(delivery).await
    }

    /// Reads the first event of the lane that waits behind `lane.cursor`, strongly consistent.
    pub async fn get_first_pending(&self, lane: &Lane) -> Result<Option<Delivery>> {
        let pk = partition(&lane.webhook_id, &lane.name);
        let mut after = format!("{PREFIX}{}", lane.cursor.0);
        loop {
            let range = PartitionRange {
                after: Some(&after),
                limit: AT_ONCE,
                consistent: true,
                ..PartitionRange::of(&pk, PREFIX)
            };
            let found: Vec<Delivery> = self.query(range).await?;
            let next = found.last().filter(|_| found.len() == AT_ONCE).map(|last| last.key().sk);
            if let Some(first) = found.into_iter().find(|one| one.status == DeliveryStatus::Pending) {
                return Ok(Some(first));
            }
            match next {
                Some(last) => after = last,
                None => return Ok(None),
            }
        }
    }

    /// Lists events of a webhook, newest first.
    pub async fn list_deliveries(
        &self,
        webhook: &WebhookId,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, Delivery)>> {
        self.list(&events_of(webhook), part, limit).await
    }

    /// Lists up to `limit` events that `replay` includes of one shard, oldest first, after the position `after`.
    /// Events that TTL has deleted are left out, so the last position is returned beside them; `None` at the end
    /// of the shard.
    pub async fn list_deliveries_of_replay(
        &self,
        replay: &Replay,
        shard: u32,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Delivery>, Option<String>)> {
        let low = after.map_or_else(|| position(replay.from, ""), |after| format!("{after}\u{1}"));
        let high = position(replay.to, "");
        if high <= low {
            return Ok((Vec::new(), None));
        }
        let output = self
            .dynamo
            .query()
            .table_name(self.names.table(&WEBHOOKS)?)
            .index_name(LIST_INDEX)
            .key_condition_expression("list_pk = :pk AND list_sk BETWEEN :low AND :high")
            .expression_attribute_values(":pk", AttributeValue::S(events_of(&replay.webhook_id).shard(shard)))
            .expression_attribute_values(":low", AttributeValue::S(low))
            .expression_attribute_values(":high", AttributeValue::S(high))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(failed)?;
        let entries: Vec<(String, Key)> = output
            .items
            .unwrap_or_default()
            .iter()
            .filter_map(|item| Some((item.get("list_sk")?.as_s().ok()?.clone(), Key::of(item)?)))
            .collect();
        let last = entries.last().filter(|_| entries.len() >= limit).map(|(place, _)| place.clone());
        let found: Vec<(String, Delivery)> = self.entries_at(entries).await?;
        Ok((found.into_iter().map(|(_, delivery)| delivery).collect(), last))
    }

    /// Makes an event wait again for `replay`. Does nothing when this replay, or a later one, has done so, and
    /// when the event is gone.
    pub async fn replay_delivery(&self, delivery: &Delivery, replay: &Replay) -> Result<()> {
        let change = ConditionalUpdate::new(
            "SET #status = :pending, attempts = :none, replay = :replay, version = version + :one \
             REMOVE delivered_at, next_try_at",
            "attribute_exists(pk) AND (attribute_not_exists(replay) OR replay < :replay)",
        )
        .name("#status", "status")
        .value(":pending", AttributeValue::S(DeliveryStatus::Pending.as_ref().to_owned()))
        .value(":none", n(0))
        .value(":one", n(1))
        .value(":replay", n(replay.number));
        self.update(&WEBHOOKS, &delivery.key(), change.without_item()).await.map(drop)
    }
}
