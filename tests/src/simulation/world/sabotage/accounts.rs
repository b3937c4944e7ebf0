//! Injected bugs of accounts.

use super::{Sabotage, always, dropped};

/// All bugs of accounts that can be injected.
pub const ACCOUNTS: &[Sabotage] = &[
    always("nobody hears of revoked access", "TransactWriteItems", "REVOKED#0", "REVOKED#0", "REVOKED#9")
        .seen_by(4),
    always(
        "a mailed token is not marked as used",
        "PutItem",
        "\"password_hash\"",
        "\"used_at\":",
        "\"was_used_at\":",
    )
    .violates("was accepted")
    .seen_by(13),
    dropped("sessions are not rotated", "PutItem", "SESSION#").seen_by(55),
    always("a ban is not written", "TransactWriteItems", "ACCOUNT#", "\"S\":\"banned\"", "\"S\":\"active\"")
        .seen_by(4),
    always(
        "a ban is not remembered with the e-mail",
        "TransactWriteItems",
        "\"banned\"",
        "\"banned\":{\"BOOL\":true}",
        "\"banned\":{\"BOOL\":false}",
    )
    .seen_by(4),
    always(
        "a closed account does not count for the next one of the person",
        "TransactWriteItems",
        "\"accounts\"",
        "\"accounts\":{\"L\":[{",
        "\"forgotten\":{\"L\":[{",
    )
    .seen_by(810),
    always(
        "who is no administrator any more still demotes",
        "TransactWriteItems",
        "epoch = :epoch",
        "epoch = :epoch AND",
        "(epoch = :epoch OR epoch <> :epoch) AND",
    )
    .seen_by(13),
    always(
        "the last administrator may leave",
        "TransactWriteItems",
        "\"ADMINISTRATORS\"",
        "version = :before",
        "(version = :before OR version <> :before)",
    )
    .seen_by(87),
];
