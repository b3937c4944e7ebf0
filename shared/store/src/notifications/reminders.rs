//! Storage of reminders: users who asked to be told the start of a deal, or their admission to a queue.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::{DealId, QueueId, UserId};
use domain::stock::bucket_of;
use domain::waiting_room::{ENTRIES_KEPT_SECONDS, QueuePosition};
use domain::{Result, Timestamp};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::failure::failed;
use crate::item::{PartitionRange, entity};
use crate::keys::Key;
use crate::schema::{NOTIFICATIONS, Table};
use crate::{Entity, Saved, Store};

/// Number of partitions over which the reminders of one deal or queue are spread: 4,000 users a second can ask.
pub const REMINDER_SHARDS: u32 = 4;

/// Reminder of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Reminder {
    pk: String,
    sk: String,
    user_id: UserId,
    until: i64,
}

impl Entity for Reminder {
    const TABLE: &'static Table = &NOTIFICATIONS;

    fn key(&self) -> Key {
        Key::new(&*self.pk, &*self.sk)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.until)
    }
}

fn partition(topic: &str, shard: u32) -> String {
    format!("REMINDERS#{topic}#{shard}")
}

fn shard_of(user: &UserId) -> u32 {
    bucket_of(user.as_str(), REMINDER_SHARDS)
}

fn by_position(position: QueuePosition) -> String {
    format!("{:016}", position.0)
}

impl Store {
    /// Stores that `user` asked to be told the start of a deal, until `until`. A repeat changes nothing.
    pub async fn remind_of_deal(&self, deal: &DealId, user: &UserId, until: Timestamp) -> Result<()> {
        self.remind(deal.as_str(), user.to_string(), user, until).await
    }

    /// Stores that `user`, who has `position` in a queue, asked to be told the admission. A repeat changes
    /// nothing.
    pub async fn remind_of_admission(
        &self,
        queue: &QueueId,
        position: QueuePosition,
        user: &UserId,
        now: Timestamp,
    ) -> Result<()> {
        let sk = format!("{}#{user}", by_position(position));
        self.remind(queue.as_str(), sk, user, now.plus_seconds(ENTRIES_KEPT_SECONDS)).await
    }

    async fn remind(&self, topic: &str, sk: String, user: &UserId, until: Timestamp) -> Result<()> {
        let pk = partition(topic, shard_of(user));
        let reminder = Reminder { pk, sk, user_id: user.clone(), until: until.as_seconds() };
        match self.create(&reminder).await? {
            Saved::Done | Saved::Conflict(_) => Ok(()),
        }
    }

    /// Returns up to `limit` users of one shard who asked to be told the start of a deal, in the order of their
    /// ids, those after `after`, eventually consistent.
    pub async fn list_reminded_of_deal_eventual(
        &self,
        deal: &DealId,
        shard: u32,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>> {
        let pk = partition(deal.as_str(), shard);
        let after = after.map(UserId::as_str);
        let range = PartitionRange { after, limit, ..PartitionRange::of(&pk, "") };
        Ok(self.query::<Reminder>(range).await?.into_iter().map(|reminder| reminder.user_id).collect())
    }

    async fn reminders_between(&self, pk: String, low: String, high: String) -> Result<Vec<Reminder>> {
        let call = self
            .dynamo
            .query()
            .table_name(self.names.table(&NOTIFICATIONS)?)
            .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":low", AttributeValue::S(low))
            .expression_attribute_values(":high", AttributeValue::S(high))
            .consistent_read(true);
        let (mut found, mut start) = (Vec::new(), None);
        loop {
            let page = call.clone().set_exclusive_start_key(start).send().await.map_err(failed)?;
            let items = page.items.unwrap_or_default().into_iter().map(entity);
            found.extend(items.collect::<Result<Vec<Reminder>>>()?);
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// Returns the users who asked to be told their admission to a queue and have a position from `first` to
    /// `last`, with their positions, strongly consistent.
    pub async fn list_reminded_of_admission(
        &self,
        queue: &QueueId,
        first: QueuePosition,
        last: QueuePosition,
    ) -> Result<Vec<(QueuePosition, UserId)>> {
        let shards = (0..REMINDER_SHARDS).map(async |shard| {
            let pk = partition(queue.as_str(), shard);
            let (low, high) = (by_position(first), format!("{}~", by_position(last)));
            self.reminders_between(pk, low, high).await
        });
        let found = try_join_all(shards).await?.into_iter().flatten();
        let placed = found.filter_map(|reminder| {
            let position = reminder.sk.split_once('#')?.0.parse().ok()?;
            Some((QueuePosition(position), reminder.user_id))
        });
        Ok(placed.collect())
    }
}
