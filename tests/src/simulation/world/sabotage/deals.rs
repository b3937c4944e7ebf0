//! Injected bugs of deals, their units and orders.

use super::{Sabotage, always, dropped};

/// Conditions of the next version of an item that has a chain of audit entries: its version, and the head of its chain.
/// Each of them alone refuses a write that read an older version, so a bug must break both.
const NEXT_VERSION: &str = "version = :before AND trail.h = :head";
/// Condition that holds whatever version and head are stored.
const ANY_VERSION: &str =
    "(version = :before OR version <> :before) AND (trail.h = :head OR trail.h <> :head)";

/// All bugs of deals, their units and their orders that can be injected.
pub const DEALS: &[Sabotage] = &[
    always(
        "a bucket gives more than it has",
        "UpdateItem",
        "#left >= :quantity",
        "#left >= :quantity",
        "#left >= :quantity OR #left < :quantity",
    )
    .seen_by(36),
    always(
        "an order takes again what it has",
        "UpdateItem",
        "#left >= :quantity",
        "attribute_not_exists(#h) AND",
        "(attribute_not_exists(#h) OR attribute_exists(#h)) AND",
    )
    .seen_by(64),
    always(
        "units are given back however often",
        "UpdateItem",
        "REMOVE #h",
        "begins_with(#h, :held) AND",
        "(begins_with(#h, :held) OR attribute_not_exists(#h)) AND",
    )
    .seen_by(16),
    always(
        "an order is overwritten whatever version is there",
        "PutItem",
        "\"ORDER#",
        NEXT_VERSION,
        ANY_VERSION,
    ),
    always(
        "a new order overwrites another",
        "PutItem",
        "\"ORDER#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    )
    .seen_by(6),
    always(
        "an order is paid whatever has become of it",
        "TransactWriteItems",
        "\"ORDER#",
        NEXT_VERSION,
        ANY_VERSION,
    )
    .seen_by(13),
    always(
        "a deal is overwritten whatever version is there",
        "PutItem",
        "\"DEAL\"",
        NEXT_VERSION,
        ANY_VERSION,
    ),
    dropped("units are not given back", "UpdateItem", "REMOVE #h"),
    dropped("nobody stands in for an order that never came", "PutItem", "\"abandoned\"").seen_by(36),
    dropped("nobody closes orders", "SendMessageBatch", "/orders\""),
    dropped("the outbox is lost", "SendMessageBatch", "/outbox\""),
    always(
        "several buckets give more than they have",
        "TransactWriteItems",
        "#left >= :quantity",
        "#left >= :quantity",
        "#left >= :quantity OR #left < :quantity",
    )
    .seen_by(13),
    always(
        "units out of several buckets are there as before",
        "TransactWriteItems",
        "#left >= :quantity",
        "if_not_exists(#left, :units) - :quantity",
        "if_not_exists(#left, :units)",
    )
    .seen_by(6),
    always(
        "a batch that comes again is counted again",
        "UpdateItem",
        "SUMMARY#",
        "upto < :first",
        "upto < :first OR upto >= :first",
    ),
    dropped("nobody counts", "UpdateItem", "SUMMARY#"),
    dropped("subscribers are not told", "SendMessageBatch", "/live-updates\"").violates("subscriber"),
    dropped("relays do not learn of subscribers", "PutItem", "\"LISTED\"").violates("subscriber"),
    always("the log of an order forgets who acted", "PutItem", "\"ORDER#", "\"actor\":", "\"forgotten\":")
        .violates("outcome: Refused")
        .seen_by(46),
];
