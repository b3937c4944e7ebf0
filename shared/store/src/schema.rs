//! The one definition of tables and queues. The local stack creates them from here, and the checks of the
//! infrastructure compare Terraform's and SAM's with it.

/// A DynamoDB table: string keys `pk` and `sk`, on demand.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Short name; the deployed name is `<prefix>-<name>`.
    pub name: &'static str,
    /// The stream shows new and old images when `true`.
    pub stream: bool,
    /// The global secondary index [`LIST_INDEX`] exists when `true`.
    pub list_index: bool,
}

/// An SQS standard queue with a dead-letter queue `<name>-dlq`.
#[derive(Debug, PartialEq, Eq)]
pub struct Queue {
    /// Short name; the deployed name is `<prefix>-<name>`.
    pub name: &'static str,
    /// How long a received message stays hidden; Lambda's timeout is a sixth of it, as AWS advises.
    pub visibility_s: u32,
    /// After so many receives a message goes to the dead-letter queue.
    pub receives_max: u32,
}

/// Sparse index over `list_pk` and `list_sk`, keys only. Its partition keys are spread over
/// [`crate::list::SHARDS`] shards, so that no list is a hot key.
pub const LIST_INDEX: &str = "list";

/// The attribute that DynamoDB's time to live reads, in seconds since 1970, on every table.
pub const TTL_ATTRIBUTE: &str = "expires";

/// People: accounts, e-mails, invite codes, sessions, failed sign-ins.
pub const ACCOUNTS: Table = Table { name: "accounts", stream: true, list_index: true };

/// Campaigns, rewards, stock, activities, claims, grants and ledgers of points.
pub const REWARDS: Table = Table { name: "rewards", stream: true, list_index: true };

/// Waiting rooms: rooms, tickets, pages of joiners, gates.
pub const QUEUE: Table = Table { name: "queue", stream: true, list_index: true };

/// Concerts, dates, seats, reservations.
pub const CONCERTS: Table = Table { name: "concerts", stream: true, list_index: true };

/// Ledgers of money.
pub const WALLET: Table = Table { name: "wallet", stream: true, list_index: false };

/// Products, deals, their stock, orders.
pub const DEALS: Table = Table { name: "deals", stream: true, list_index: true };

/// Access that was revoked within the last minutes: ids and numbers, nothing personal, so that every function may
/// read it. Nobody reads its stream.
pub const REVOKED: Table = Table { name: "revoked", stream: true, list_index: false };

/// Every table.
pub const TABLES: &[&Table] = &[&ACCOUNTS, &REWARDS, &QUEUE, &CONCERTS, &WALLET, &DEALS, &REVOKED];

/// Claims with lines to grant.
pub const GRANTS: Queue = Queue { name: "grants", visibility_s: 60, receives_max: 5 };

/// Sign-ins and invitations that become activities.
pub const ACTIVITIES: Queue = Queue { name: "activities", visibility_s: 60, receives_max: 10 };

/// Reservations of stock to look at again: does the claim that took the unit exist?
pub const RESERVATIONS: Queue = Queue { name: "reservations", visibility_s: 60, receives_max: 10 };

/// Waiting rooms in which there is something to do: joiners to be placed, people to be let in.
pub const ROOMS: Queue = Queue { name: "rooms", visibility_s: 60, receives_max: 10 };

/// Holds of seats that are due, now or later.
pub const HOLDS: Queue = Queue { name: "holds", visibility_s: 60, receives_max: 10 };

/// Orders to look at: units taken for one, its time to pay, its units to settle or give back.
pub const ORDERS: Queue = Queue { name: "orders", visibility_s: 60, receives_max: 10 };

/// Domain events on their way to the data platform.
pub const OUTBOX: Queue = Queue { name: "outbox", visibility_s: 60, receives_max: 10 };

/// Every queue.
pub const QUEUES: &[&Queue] = &[&GRANTS, &ACTIVITIES, &RESERVATIONS, &ROOMS, &HOLDS, &ORDERS, &OUTBOX];

impl Table {
    /// The environment variable that names the deployed table: `TABLE_REWARDS`.
    pub fn variable(&self) -> String {
        format!("TABLE_{}", self.name.to_uppercase())
    }
}

impl Queue {
    /// The environment variable that holds the deployed queue's URL: `QUEUE_GRANTS_URL`.
    pub fn variable(&self) -> String {
        format!("QUEUE_{}_URL", self.name.to_uppercase())
    }
}
