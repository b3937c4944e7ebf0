//! Injected bugs of waiting rooms, seats and money.

use super::{Sabotage, always, dropped};

/// All bugs of waiting rooms, seats and money that can be injected.
pub const CONCERTS: &[Sabotage] = &[
    always("a seat is held whoever has it", "UpdateItem", "BLOCK", " < :free", " <> :free").seen_by(10),
    always(
        "seats of two blocks are held whoever has them",
        "TransactWriteItems",
        "BLOCK",
        " < :free",
        " <> :free",
    )
    .seen_by(44),
    always(
        "seats are sold to who does not hold them",
        "TransactWriteItems",
        "BLOCK",
        "\"ConditionExpression\":\"#s",
        "\"ConditionExpression\":\"attribute_exists(pk) OR #s",
    )
    .seen_by(38),
    always(
        "a hold is cleared whoever has it now",
        "UpdateItem",
        "REMOVE #s",
        "\"ConditionExpression\":\"#s",
        "\"ConditionExpression\":\"attribute_exists(pk) OR #s",
    )
    .seen_by(1),
    always(
        "an entry of money overwrites another",
        "PutItem",
        "ENTRY#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    )
    .seen_by(26),
    always(
        "a payment overwrites an entry",
        "TransactWriteItems",
        "ENTRY#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    )
    .seen_by(47),
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
    .seen_by(33),
    always(
        "who leaves a frozen page is taken off it",
        "UpdateItem",
        "PAGE#",
        "\"ConditionExpression\":\"attribute_not_exists(frozen)\"",
        "\"ConditionExpression\":\"attribute_exists(pk)\"",
    ),
    always(
        "a room is overwritten whatever version is there",
        "PutItem",
        "\"ROOM\"",
        "version = :before",
        "(version = :before OR version <> :before)",
    )
    .seen_by(26),
    always(
        "who joins twice is in line twice",
        "PutItem",
        "JOINING",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    )
    .seen_by(38),
    always(
        "more are let in than may be",
        "PutItem",
        "\"ROOM\"",
        "\"capacity\":{\"N\":\"1\"}",
        "\"capacity\":{\"N\":\"9\"}",
    )
    .seen_by(26),
    always(
        "a room forgets what those were told who are let in",
        "PutItem",
        "\"ROOM\"",
        "\"terms\":",
        "\"forgotten\":",
    )
    .seen_by(8),
    dropped("the gates do not say who was let in", "UpdateItem", "\"#a").seen_by(26),
    dropped("positions are not written", "UpdateItem", "SET places").seen_by(26),
    dropped("nobody runs the waiting rooms", "SendMessageBatch", "/rooms\"").seen_by(26),
    always(
        "what the rate has given is not remembered",
        "PutItem",
        "\"ROOM\"",
        "\"credit_since\":{\"N\":\"179521",
        "\"credit_since\":{\"N\":\"179421",
    )
    .seen_by(52),
];
