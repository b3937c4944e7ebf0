//! Injected bugs of claims, stock and points.

use super::{Sabotage, always, dropped};

/// All bugs of claims, stock and points that can be injected.
pub const REWARDS: &[Sabotage] = &[
    always(
        "a holder may take again what they hold",
        "UpdateItem",
        "\"BUCKET\"",
        "attribute_not_exists(#h) AND",
        "(attribute_not_exists(#h) OR attribute_exists(#h)) AND",
    )
    .seen_by(29),
    always(
        "an empty bucket still gives",
        "UpdateItem",
        "\"BUCKET\"",
        "(attribute_not_exists(#left) OR #left >= :one)",
        "(attribute_not_exists(#left) OR #left >= :one OR #left < :one)",
    )
    .seen_by(66),
    always(
        "a unit is given back whoever has it now, and however often",
        "UpdateItem",
        "REMOVE #h",
        "#h = :value AND",
        "attribute_not_exists(#h) OR attribute_exists(#h) OR #h = :value OR",
    )
    .seen_by(104),
    always(
        "a claim is overwritten whatever version is there",
        "PutItem",
        "CLAIM#",
        "version = :before",
        "(version = :before OR version <> :before)",
    )
    .seen_by(42),
    always(
        "a new claim overwrites another",
        "PutItem",
        "CLAIM#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    )
    .seen_by(66),
    always(
        "an entry of a ledger overwrites another",
        "PutItem",
        "POINT#",
        "attribute_not_exists(pk)",
        "(attribute_not_exists(pk) OR attribute_exists(pk))",
    )
    .seen_by(67),
    always(
        "an old hint overwrites a newer one",
        "UpdateItem",
        "HINT#",
        "#mark < :mark",
        "#mark < :mark OR #mark >= :mark",
    )
    .seen_by(39),
    always(
        "a claim forgets that the outside service may have acted",
        "PutItem",
        "\"CLAIM#",
        "\"attempt\":",
        "\"forgotten\":",
    )
    .seen_by(67),
    dropped("a grant is not written", "PutItem", "GRANT#").seen_by(61),
    dropped("units are not given back", "UpdateItem", "REMOVE #h").seen_by(29),
    dropped("nobody is told to grant", "SendMessageBatch", "/grants\"").seen_by(61),
    dropped("nobody looks after reservations", "SendMessageBatch", "/reservations\"").seen_by(29),
    dropped("the outbox is lost", "SendMessageBatch", "/outbox\"").seen_by(61),
    dropped("invitations are not recorded", "SendMessageBatch", "/activities\"").seen_by(61),
    always(
        "a decision that a newer one replaced is kept where nobody reads it",
        "TransactWriteItems",
        "DECISION#",
        "DECISION#",
        "DECIDED#",
    )
    .seen_by(53),
    always(
        "a decision is entered under the name of another operator",
        "PutItem",
        "\"CLAIM#",
        "\"by\":{\"S\":\"usr_01SIM000000000000000000900\"}",
        "\"by\":{\"S\":\"usr_01SIM000000000000000000901\"}",
    )
    .seen_by(53),
];
