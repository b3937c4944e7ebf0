//! Definition of all tables and queues. The local stack creates them from here. `dibs schema` exports them as
//! `terraform/schema.json`, from which Terraform and `template.yaml` create them.

use serde::Serialize;

/// A DynamoDB table with string keys `pk` and `sk`, billed per request.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Short name; the deployed name is `<prefix>-<name>`.
    pub name: &'static str,
    /// Whether the table has a stream, with records of [`STREAM_VIEW`].
    pub stream: bool,
    /// Whether the table has the global secondary index [`LIST_INDEX`].
    pub list_index: bool,
}

/// An SQS standard queue with the dead-letter queue `<name>-dlq`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Short name; the deployed name is `<prefix>-<name>`.
    #[serde(skip)]
    pub name: &'static str,
    /// Visibility timeout in seconds: six times the timeout of the Lambda function, as AWS advises.
    pub visibility_s: u32,
    /// Number of receives after which a message moves to the dead-letter queue.
    pub receives_max: u32,
}

/// Names of the two string attributes that make up the key of a table or an index.
#[derive(Debug, Serialize)]
pub struct KeyNames {
    /// Attribute with the partition key.
    pub partition_key: &'static str,
    /// Attribute with the sort key.
    pub sort_key: &'static str,
}

/// Key of every table.
pub const TABLE_KEY: KeyNames = KeyNames { partition_key: "pk", sort_key: "sk" };

/// Name of the sparse index over [`LIST_KEY`]. Its partition keys are spread over [`crate::list::SHARDS`]
/// shards, so that no list is a hot key.
pub const LIST_INDEX: &str = "list";

/// Key of the index [`LIST_INDEX`].
pub const LIST_KEY: KeyNames = KeyNames { partition_key: "list_pk", sort_key: "list_sk" };

/// Attributes that the index [`LIST_INDEX`] contains, as DynamoDB names them: only keys.
pub const LIST_PROJECTION: &str = "KEYS_ONLY";

/// Contents of a stream's records, as DynamoDB names them: the item before and after the write.
pub const STREAM_VIEW: &str = "NEW_AND_OLD_IMAGES";

/// Name of the time-to-live attribute on every table, in seconds since 1970.
pub const TTL_ATTRIBUTE: &str = "expires";

/// Table of accounts, e-mail addresses, invite codes, sessions and failed sign-ins.
pub const ACCOUNTS: Table = Table { name: "accounts", stream: true, list_index: true };

/// Table of events (`Campaign`), rewards, stock, activities, claims, grants and point ledgers.
pub const REWARDS: Table = Table { name: "rewards", stream: true, list_index: true };

/// Table of waiting rooms, their queue entries, arrival buckets and admission blocks.
pub const QUEUE: Table = Table { name: "queue", stream: true, list_index: true };

/// Table of concerts, dates, seats and reservations.
pub const CONCERTS: Table = Table { name: "concerts", stream: true, list_index: true };

/// Table of the users' money ledgers.
pub const WALLET: Table = Table { name: "wallet", stream: true, list_index: false };

/// Table of products, deals, their stock and orders.
pub const DEALS: Table = Table { name: "deals", stream: true, list_index: true };

/// Table of revocations of the last 20 minutes. It holds ids and numbers but no personal data, so every
/// function may read it. Its stream has no consumer.
pub const REVOKED: Table = Table { name: "revoked", stream: true, list_index: false };

/// Table of records of mails, notification rules, the users' preferences and reminders, and waiting notifications.
pub const NOTIFICATIONS: Table = Table { name: "notifications", stream: false, list_index: true };

/// Table of webhooks, their lanes, events and replays.
pub const WEBHOOKS: Table = Table { name: "webhooks", stream: false, list_index: true };

/// Table of figures, counted by topic and time slot. Its list contains the counter items that are to be merged
/// into those of their day.
pub const ANALYTICS: Table = Table { name: "analytics", stream: false, list_index: true };

/// Table of audit entries and their hourly roots.
pub const AUDIT: Table = Table { name: "audit", stream: false, list_index: false };

/// Table of live updates: tickets, connections, subscriptions and the states of topics. It has no stream.
pub const LIVE: Table = Table { name: "live", stream: false, list_index: false };

/// All tables of a deployment.
pub const TABLES: &[&Table] = &[
    &ACCOUNTS,
    &REWARDS,
    &QUEUE,
    &CONCERTS,
    &WALLET,
    &DEALS,
    &REVOKED,
    &NOTIFICATIONS,
    &WEBHOOKS,
    &ANALYTICS,
    &AUDIT,
    &LIVE,
];

/// Queue of claims with line items to grant.
pub const GRANTS: Queue = Queue { name: "grants", visibility_s: 60, receives_max: 5 };

/// Queue of sign-ins and invitations to record as activities.
pub const ACTIVITIES: Queue = Queue { name: "activities", visibility_s: 60, receives_max: 10 };

/// Queue of stock units to check: a unit that no line item of its claim has is returned.
pub const RESERVATIONS: Queue = Queue { name: "reservations", visibility_s: 60, receives_max: 10 };

/// Queue of waiting rooms in which entries need positions, positions expire or users can be admitted.
pub const ROOMS: Queue = Queue { name: "rooms", visibility_s: 60, receives_max: 10 };

/// Queue of seat reservations whose hold expires now or later, and of closed accounts whose holds are
/// released.
pub const HOLDS: Queue = Queue { name: "holds", visibility_s: 60, receives_max: 10 };

/// Queue of orders to check: units taken, payment overdue, units to settle or return.
pub const ORDERS: Queue = Queue { name: "orders", visibility_s: 60, receives_max: 10 };

/// Queue of domain events for the data platform.
pub const OUTBOX: Queue = Queue { name: "outbox", visibility_s: 60, receives_max: 10 };

/// Queue of domain events that may cause notifications, and of the work that follows from them.
pub const NOTIFICATION_EVENTS: Queue =
    Queue { name: "notification-events", visibility_s: 60, receives_max: 10 };

/// Queue of mails to send. The mail service may throttle for minutes, so a message has more receives than
/// others.
pub const MAILS: Queue = Queue { name: "mails", visibility_s: 60, receives_max: 30 };

/// Queue of domain events for webhooks.
pub const WEBHOOK_EVENTS: Queue = Queue { name: "webhook-events", visibility_s: 60, receives_max: 10 };

/// Queue of lanes to send and replays to continue. A worker may wait for slow receivers, so it has 30 seconds.
pub const WEBHOOK_DELIVERIES: Queue =
    Queue { name: "webhook-deliveries", visibility_s: 180, receives_max: 10 };

/// Queue of topics whose subscribers are to be told of a change.
pub const LIVE_UPDATES: Queue = Queue { name: "live-updates", visibility_s: 60, receives_max: 10 };

/// All queues of a deployment.
pub const QUEUES: &[&Queue] = &[
    &GRANTS,
    &ACTIVITIES,
    &RESERVATIONS,
    &ROOMS,
    &HOLDS,
    &ORDERS,
    &OUTBOX,
    &MAILS,
    &NOTIFICATION_EVENTS,
    &WEBHOOK_EVENTS,
    &WEBHOOK_DELIVERIES,
    &LIVE_UPDATES,
];

impl Table {
    /// Returns the environment variable that names the deployed table, for example `TABLE_REWARDS`.
    pub fn variable(&self) -> String {
        format!("TABLE_{}", in_variable(self.name))
    }
}

impl Queue {
    /// Returns the environment variable that holds the deployed queue's URL, for example `QUEUE_GRANTS_URL`.
    pub fn variable(&self) -> String {
        format!("QUEUE_{}_URL", in_variable(self.name))
    }
}

/// Returns `name` in the form that Lambda allows in the name of an environment variable: `webhook-events` as
/// `WEBHOOK_EVENTS`.
fn in_variable(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn name_with_a_hyphen_is_a_variable_with_an_underscore() {
        let table = Table { name: "waiting-room", stream: false, list_index: false };
        let queue = Queue { name: "webhook-events", visibility_s: 60, receives_max: 10 };
        assert_each_eq!(
            (table.variable(), "TABLE_WAITING_ROOM"),
            (queue.variable(), "QUEUE_WEBHOOK_EVENTS_URL")
        );
    }
}
