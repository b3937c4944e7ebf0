//! Injected bugs of webhooks.

use super::{Sabotage, always, dropped};

/// All bugs of webhooks that can be injected.
pub const WEBHOOKS: &[Sabotage] = &[
    always(
        "the first event of a webhook's subject is sorted behind the others",
        "PutItem",
        "EVENT#",
        "00000000000000000001",
        "00000000000000000009",
    )
    .violates("after a later event")
    .seen_by(7),
    always(
        "an event that failed counts as delivered",
        "PutItem",
        "\"next_try_at\":",
        "\"S\":\"pending\"",
        "\"S\":\"delivered\"",
    )
    .violates("did not reach")
    .seen_by(4),
    dropped("nobody wakes the lanes of webhooks", "SendMessageBatch", "/webhook-deliveries\"")
        .violates("did not reach")
        .seen_by(4),
    dropped("nobody tells webhooks of events", "SendMessageBatch", "/webhook-events\"")
        .violates("did not reach")
        .seen_by(4),
];
