//! Injected bugs: a condition that always holds, or a write or message that is dropped. They are applied
//! between the SDK and the database, so that the shipped code stays unchanged. The checkers must detect each
//! of them.

use local::engine::connector::Call;

/// Bug that is injected into the product.
#[derive(Debug, PartialEq, Eq)]
pub struct Sabotage {
    /// Name of the bug.
    pub name: &'static str,
    /// Operation that it changes. `SendMessageBatch` for a queue.
    operation: &'static str,
    /// Text that the request must contain.
    about: &'static str,
    /// Text to replace in the request, and its replacement. If the first is empty, the request is dropped.
    change: (&'static str, &'static str),
    /// Seed that detects the bug, to try first.
    pub seed: Option<u64>,
}

const fn always(
    name: &'static str,
    operation: &'static str,
    about: &'static str,
    condition: &'static str,
    tautology: &'static str,
) -> Sabotage {
    Sabotage { name, operation, about, change: (condition, tautology), seed: None }
}

const fn swallowed(name: &'static str, operation: &'static str, about: &'static str) -> Sabotage {
    Sabotage { name, operation, about, change: ("", ""), seed: None }
}

/// Bugs of claims, stock and points.
pub const REWARDS: &[Sabotage] = &[
    always(
        "a holder may take again what they hold",
        "UpdateItem",
        "\"BUCKET\"",
        "attribute_not_exists(#h) AND",
        "(attribute_not_exists(#h) OR attribute_exists(#h)) AND",
    )
    .seen_by(0),
    always(
        "an empty bucket still gives",
        "UpdateItem",
        "\"BUCKET\"",
        "(attribute_not_exists(#left) OR #left >= :one)",
        "(attribute_not_exists(#left) OR #left >= :one OR #left < :one)",
    ),
    always(
        "a unit is given back whoever has it now, and however often",
        "UpdateItem",
        "REMOVE #h",
        "#h = :value AND",
        "attribute_not_exists(#h) OR attribute_exists(#h) OR #h = :value OR",
    )
    .seen_by(18),
    always(
        "a claim is overwritten whatever version is there",
        "PutItem",
        "CLAIM#",
        "version = :before",
        "(version = :before OR version <> :before)",
    ),
    always(
        "a new claim overwrites another",
        "PutItem",
        "CLAIM#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    ),
    always(
        "an entry of a ledger overwrites another",
        "PutItem",
        "POINT#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    )
    .seen_by(24),
    always(
        "an old hint overwrites a newer one",
        "UpdateItem",
        "HINT#",
        "#mark < :mark",
        "#mark < :mark OR #mark >= :mark",
    ),
    always(
        "a claim forgets that the outside service may have acted",
        "PutItem",
        "\"CLAIM#",
        "\"attempt\":",
        "\"forgotten\":",
    )
    .seen_by(7),
    swallowed("a grant is not written", "PutItem", "GRANT#"),
    swallowed("units are not given back", "UpdateItem", "REMOVE #h").seen_by(0),
    swallowed("nobody is told to grant", "SendMessageBatch", "/grants\""),
    swallowed("nobody looks after reservations", "SendMessageBatch", "/reservations\"").seen_by(0),
    swallowed("the outbox is lost", "SendMessageBatch", "/outbox\""),
    swallowed("invitations are not recorded", "SendMessageBatch", "/activities\""),
];

/// Bugs of waiting rooms, seats and money.
pub const CONCERTS: &[Sabotage] = &[
    always("a seat is held whoever has it", "UpdateItem", "BLOCK", " < :free", " <> :free"),
    always(
        "seats of two blocks are held whoever has them",
        "TransactWriteItems",
        "BLOCK",
        " < :free",
        " <> :free",
    ),
    always(
        "seats are sold to who does not hold them",
        "TransactWriteItems",
        "BLOCK",
        "\"ConditionExpression\":\"#s",
        "\"ConditionExpression\":\"attribute_exists(pk) OR #s",
    )
    .seen_by(9),
    always(
        "a hold is cleared whoever has it now",
        "UpdateItem",
        "REMOVE #s",
        "\"ConditionExpression\":\"#s",
        "\"ConditionExpression\":\"attribute_exists(pk) OR #s",
    )
    .seen_by(2),
    always(
        "an entry of money overwrites another",
        "PutItem",
        "ENTRY#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    ),
    always(
        "a payment overwrites an entry",
        "TransactWriteItems",
        "ENTRY#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    )
    .seen_by(17),
    always(
        "a place is not done by what is paid for it",
        "TransactWriteItems",
        "GATE",
        "attribute_exists(#t) AND attribute_not_exists(#e)",
        "attribute_not_exists(#t) AND attribute_not_exists(#e)",
    ),
    always(
        "a frozen page takes people in",
        "UpdateItem",
        "PAGE#",
        "attribute_not_exists(#j) AND attribute_not_exists(frozen)",
        "attribute_not_exists(#j)",
    )
    .seen_by(3),
    always(
        "who leaves a frozen page is taken off it",
        "UpdateItem",
        "PAGE#",
        "\"ConditionExpression\":\"attribute_not_exists(frozen)\"",
        "\"ConditionExpression\":\"attribute_exists(pk)\"",
    )
    .seen_by(135),
    always(
        "a room is overwritten whatever version is there",
        "PutItem",
        "\"ROOM\"",
        "version = :before",
        "(version = :before OR version <> :before)",
    ),
    always(
        "who joins twice is in line twice",
        "PutItem",
        "JOINING",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    ),
    always(
        "more are let in than may be",
        "PutItem",
        "\"ROOM\"",
        "\"capacity\":{\"N\":\"1\"}",
        "\"capacity\":{\"N\":\"9\"}",
    )
    .seen_by(3),
    always(
        "a room forgets what those were told who are let in",
        "PutItem",
        "\"ROOM\"",
        "\"terms\":",
        "\"forgotten\":",
    )
    .seen_by(3),
    swallowed("the gates do not say who was let in", "UpdateItem", "\"#a").seen_by(3),
    swallowed("positions are not written", "UpdateItem", "SET places"),
    swallowed("nobody runs the waiting rooms", "SendMessageBatch", "/rooms\""),
];

/// Bugs of deals, their units and orders.
pub const DEALS: &[Sabotage] = &[
    always(
        "a bucket gives more than it has",
        "UpdateItem",
        "#left >= :quantity",
        "#left >= :quantity",
        "#left >= :quantity OR #left < :quantity",
    ),
    always(
        "an order takes again what it has",
        "UpdateItem",
        "#left >= :quantity",
        "attribute_not_exists(#h) AND",
        "(attribute_not_exists(#h) OR attribute_exists(#h)) AND",
    ),
    always(
        "units are given back however often",
        "UpdateItem",
        "REMOVE #h",
        "begins_with(#h, :held) AND",
        "(begins_with(#h, :held) OR attribute_not_exists(#h)) AND",
    ),
    always(
        "an order is overwritten whatever version is there",
        "PutItem",
        "\"ORDER#",
        "version = :before",
        "(version = :before OR version <> :before)",
    ),
    always(
        "a new order overwrites another",
        "PutItem",
        "\"ORDER#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    ),
    always(
        "an order is paid whatever has become of it",
        "TransactWriteItems",
        "\"ORDER#",
        "version = :before",
        "(version = :before OR version <> :before)",
    ),
    always(
        "a deal is overwritten whatever version is there",
        "PutItem",
        "\"DEAL\"",
        "version = :before",
        "(version = :before OR version <> :before)",
    ),
    swallowed("units are not given back", "UpdateItem", "REMOVE #h"),
    swallowed("nobody stands in for an order that never came", "PutItem", "\"abandoned\""),
    swallowed("nobody closes orders", "SendMessageBatch", "/orders\""),
    swallowed("the outbox is lost", "SendMessageBatch", "/outbox\""),
];

/// Bugs of accounts.
pub const ACCOUNTS: &[Sabotage] = &[
    always("nobody hears of revoked access", "TransactWriteItems", "REVOKED#0", "REVOKED#0", "REVOKED#9")
        .seen_by(1),
    swallowed("sessions are not rotated", "PutItem", "SESSION#").seen_by(33),
];

/// Returns all bugs.
pub fn all() -> impl Iterator<Item = &'static Sabotage> {
    [REWARDS, CONCERTS, DEALS, ACCOUNTS].into_iter().flatten()
}

/// Effect of a bug on a request.
pub enum Spoiled {
    /// The request is executed, changed or not.
    Goes(Call),
    /// The request gets a success, and is not executed.
    Swallowed,
}

impl Sabotage {
    /// Returns the bug with a seed that detects it.
    const fn seen_by(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Returns the effect of the bug on `call`.
    pub fn spoil(&self, call: &Call) -> Spoiled {
        let text = String::from_utf8_lossy(&call.body);
        if !call.target.ends_with(self.operation) || !text.contains(self.about) {
            return Spoiled::Goes(call.clone());
        }
        let (from, to) = self.change;
        if from.is_empty() {
            return Spoiled::Swallowed;
        }
        Spoiled::Goes(Call { target: call.target.clone(), body: text.replace(from, to).into() })
    }
}
