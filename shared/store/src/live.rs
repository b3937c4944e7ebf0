//! Storage of live updates: tickets, connections, subscriptions, the states of topics, and the list of channels
//! that have subscribers.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, Select};
use domain::ids::Nonce;
use domain::live::{
    Connection, LiveChannel, LiveTicket, LiveTopic, Subscription, TICKET_SECONDS, TopicState,
};
use domain::{Result, Timestamp};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::failure::{accept_failed_condition, failed};
use crate::item::{PartitionRange, Updated, entity};
use crate::keys::{Key, n};
use crate::schema::{LIVE, Table};
use crate::update::ConditionalUpdate;
use crate::{Entity, Saved, Store};

/// Maximum age, in milliseconds, of what an instance knows about live updates without a read: the channels with
/// subscribers, the states of topics, and the numbers of subscribers.
const FRESH_FOR_MS: i64 = 1000;
/// Time in seconds for which an item is kept after the end of its ticket or connection.
const KEPT_FOR_SECONDS: i64 = 3600;
/// Time in seconds for which the state of a topic is kept after its last change.
const STATE_SECONDS: i64 = 24 * 3600;
/// Partition key of the list of channels. It has at most 64 entries for topics with one owner, and one for each
/// other topic with subscribers.
const LISTED: &str = "LISTED";

/// Channel that has subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedChannel {
    /// Channel with subscribers.
    pub channel: LiveChannel,
    /// End of the latest connection that was known when the channel was listed, in milliseconds since 1970.
    pub until_ms: i64,
    /// Random number of the write, by which a removal recognizes that the channel was listed anew.
    pub nonce: Nonce,
}

impl Entity for ListedChannel {
    const TABLE: &'static Table = &LIVE;

    fn key(&self) -> Key {
        Key::new(LISTED, self.channel.0.clone())
    }

    fn expires(&self) -> Option<i64> {
        Some(self.until_ms / 1000 + KEPT_FOR_SECONDS)
    }
}

impl Entity for LiveTicket {
    const TABLE: &'static Table = &LIVE;

    fn key(&self) -> Key {
        ticket_key(&self.hash)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.user.since.as_seconds() + TICKET_SECONDS + KEPT_FOR_SECONDS)
    }
}

impl Entity for Connection {
    const TABLE: &'static Table = &LIVE;

    fn key(&self) -> Key {
        connection_key(&self.id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.ends_at().as_seconds() + KEPT_FOR_SECONDS)
    }
}

impl Entity for Subscription {
    const TABLE: &'static Table = &LIVE;

    fn key(&self) -> Key {
        subscription_key(&self.topic, &self.connection_id)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.ends_at.as_seconds() + KEPT_FOR_SECONDS)
    }
}

impl Entity for TopicState {
    const TABLE: &'static Table = &LIVE;

    fn key(&self) -> Key {
        state_key(&self.topic)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.at.as_seconds() + STATE_SECONDS)
    }
}

fn ticket_key(hash: &str) -> Key {
    Key::new(format!("TICKET#{hash}"), "TICKET")
}

fn connection_key(id: &str) -> Key {
    Key::new(format!("CONNECTION#{id}"), "CONNECTION")
}

fn state_key(topic: &LiveTopic) -> Key {
    Key::new(format!("STATE#{topic}"), "STATE")
}

/// Returns the partition key of a part of the subscribers in `channel`.
fn subscribers(channel: &LiveChannel, partition: u32) -> String {
    format!("SUBSCRIBERS#{}#{partition}", channel.0)
}

fn subscription_key(topic: &LiveTopic, connection_id: &str) -> Key {
    let partition = topic.partition_of(connection_id);
    Key::new(subscribers(&topic.channel(), partition), format!("{topic}#{connection_id}"))
}

fn s(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

impl Store {
    /// Writes a new ticket.
    pub async fn create_ticket(&self, ticket: &LiveTicket) -> Result<Saved<LiveTicket>> {
        self.create(ticket).await
    }

    /// Marks the ticket with this hash as used by `connection_id`, unless another connection used it, and returns
    /// it as it is afterwards. `None` if there is no such ticket.
    pub async fn use_ticket(&self, hash: &str, connection_id: &str) -> Result<Option<LiveTicket>> {
        let change = ConditionalUpdate::new(
            "SET used_by = :connection",
            "attribute_exists(pk) AND (attribute_not_exists(used_by) OR used_by = :connection)",
        );
        let change = change.value(":connection", s(connection_id));
        let found = match self.update(&LIVE, &ticket_key(hash), change).await? {
            Updated::Done(item) => Some(item),
            Updated::ConditionFailed(item) => item,
        };
        found.map(entity).transpose()
    }

    /// Reads a connection, strongly consistent. `None` if it never sent a message that was stored.
    pub async fn get_connection_if_exists(&self, id: &str) -> Result<Option<Connection>> {
        self.get(&connection_key(id)).await
    }

    /// Writes a connection: version 1, or the next version. Returns `Saved::Conflict` with the stored one when
    /// another write came first.
    pub async fn save_connection(&self, connection: &Connection) -> Result<Saved<Connection>> {
        self.save(connection).await
    }

    /// Writes a subscription, in place of an earlier one of the same connection to the same topic. A repeat of an
    /// older write may come last, and then leaves a subscription with earlier rights, which end earlier.
    pub async fn put_subscription(&self, subscription: &Subscription) -> Result<()> {
        let item = crate::item::attributes(subscription)?;
        let call = self.dynamo.put_item().table_name(self.names.table(&LIVE)?).set_item(Some(item));
        call.send().await.map_err(failed)?;
        Ok(())
    }

    /// Removes the subscription of `connection_id` to `topic`, if there is one.
    pub async fn delete_subscription(&self, topic: &LiveTopic, connection_id: &str) -> Result<()> {
        let key = subscription_key(topic, connection_id).attributes();
        let call = self.dynamo.delete_item().table_name(self.names.table(&LIVE)?).set_key(Some(key));
        call.send().await.map_err(failed)?;
        Ok(())
    }

    /// Lists the subscriptions to `topic`, strongly consistent.
    pub async fn list_subscriptions(&self, topic: &LiveTopic) -> Result<Vec<Subscription>> {
        let parts = (0..topic.partitions()).map(async |partition| {
            let (pk, prefix) = (subscribers(&topic.channel(), partition), format!("{topic}#"));
            let range = PartitionRange { consistent: true, ..PartitionRange::of(&pk, &prefix) };
            self.query::<Subscription>(range).await
        });
        Ok(try_join_all(parts).await?.concat())
    }

    /// Returns whether a channel has no subscriber to any of its topics, strongly consistent.
    pub async fn is_channel_empty(&self, topic: &LiveTopic) -> Result<bool> {
        let parts = (0..topic.partitions()).map(async |partition| {
            let pk = subscribers(&topic.channel(), partition);
            let range = PartitionRange { consistent: true, limit: 1, ..PartitionRange::of(&pk, "") };
            self.query_attributes(&LIVE, &range).await
        });
        Ok(try_join_all(parts).await?.concat().is_empty())
    }

    /// Returns the number of subscribers to `topic`, from the cache, at most a second old. Subscribers of this
    /// instance are counted at once, those of others with that delay.
    pub async fn count_subscribers_cached(&self, topic: &LiveTopic, now: Timestamp) -> Result<usize> {
        let key = topic.to_string();
        if let Some(Some(count)) = self.cache.subscribers.get(&key, now, FRESH_FOR_MS) {
            return Ok(count);
        }
        let table = self.names.table(&LIVE)?;
        let parts = (0..topic.partitions()).map(async |partition| {
            let call = self.dynamo.query().table_name(table).select(Select::Count);
            let call = call.key_condition_expression("pk = :pk AND begins_with(sk, :topic)");
            let call = call.expression_attribute_values(":pk", s(subscribers(&topic.channel(), partition)));
            let call = call.expression_attribute_values(":topic", s(format!("{topic}#")));
            call.send().await.map(|page| page.count).map_err(failed)
        });
        let count: i32 = try_join_all(parts).await?.into_iter().sum();
        let count = usize::try_from(count).unwrap_or(0);
        self.cache.subscribers.put(key, now, Some(count));
        Ok(count)
    }

    /// Adds a subscriber to the cached number of those of `topic`, after this instance has written it.
    pub fn note_subscriber(&self, topic: &LiveTopic) {
        self.cache.subscribers.change(&topic.to_string(), |count| *count += 1);
    }

    /// Reads the state of a topic, strongly consistent.
    pub async fn get_topic_state_if_exists(&self, topic: &LiveTopic) -> Result<Option<TopicState>> {
        self.get(&state_key(topic)).await
    }

    /// Returns the state of a topic from the cache, at most a second old. `read` gets it otherwise.
    pub async fn get_topic_state_cached<Fut>(
        &self,
        topic: &LiveTopic,
        now: Timestamp,
        read: impl FnOnce() -> Fut,
    ) -> Result<Option<Arc<TopicState>>>
    where
        Fut: Future<Output = Result<Option<TopicState>>>,
    {
        self.cache.topic_states.get_or_read(topic, now, FRESH_FOR_MS, read).await
    }

    /// Writes the state of a topic that follows `before`. Returns `Saved::Conflict` with the stored one when
    /// another write came first.
    pub async fn save_topic_state(
        &self,
        before: Option<&TopicState>,
        next: &TopicState,
    ) -> Result<Saved<TopicState>> {
        self.put(next, before.map(|before| ("version", before.version))).await
    }

    /// Returns the channels that have subscribers, from the cache, at most a second old and eventually consistent.
    pub async fn list_channels_cached(&self, now: Timestamp) -> Result<Arc<BTreeSet<LiveChannel>>> {
        let read = async || {
            let listed: Vec<ListedChannel> = self.query(PartitionRange::of(LISTED, "")).await?;
            let listed = listed.into_iter().filter(|one| one.until_ms > now.as_millis());
            Ok(Some(listed.map(|one| one.channel).collect()))
        };
        let channels = self.cache.channels.get_or_read(&(), now, FRESH_FOR_MS, read).await?;
        Ok(channels.unwrap_or_default())
    }

    /// Lists the channel of a topic until `until`, unless it is listed until then or longer.
    pub async fn list_channel(&self, topic: &LiveTopic, until: Timestamp, nonce: Nonce) -> Result<()> {
        let listed = ListedChannel { channel: topic.channel(), until_ms: until.as_millis(), nonce };
        let call = self.dynamo.put_item().table_name(self.names.table(&LIVE)?);
        let call = call.set_item(Some(crate::item::attributes(&listed)?));
        let call = call.condition_expression("attribute_not_exists(pk) OR until_ms < :until");
        let call = call.expression_attribute_values(":until", n(listed.until_ms));
        accept_failed_condition(call.send().await)?;
        self.cache.channels.forget(&());
        Ok(())
    }

    /// Reads the entry of a topic's channel in the list, strongly consistent.
    pub async fn get_listed_channel_if_exists(&self, topic: &LiveTopic) -> Result<Option<ListedChannel>> {
        self.get(&Key::new(LISTED, topic.channel().0)).await
    }

    /// Removes a channel from the list, unless it was listed anew since `seen` was read.
    pub async fn unlist_channel(&self, seen: &ListedChannel) -> Result<()> {
        let call = self.dynamo.delete_item().table_name(self.names.table(&LIVE)?);
        let call = call.set_key(Some(seen.key().attributes())).condition_expression("nonce = :nonce");
        let call = call.expression_attribute_values(":nonce", n(seen.nonce.0));
        let call = call.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None);
        accept_failed_condition(call.send().await)?;
        self.cache.channels.forget(&());
        Ok(())
    }
}
