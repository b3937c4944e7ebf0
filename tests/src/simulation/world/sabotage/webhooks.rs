//! Injected bugs of webhooks.

use super::{Sabotage, always, dropped};

/// All bugs of webhooks that can be injected.
pub const WEBHOOKS: &[Sabotage] = &[
    always(
        "the newest event of a webhook's subject is sent first",
        "Query",
        "LANE#",
        "\"ScanIndexForward\":true",
        "\"ScanIndexForward\":false",
    )
    .violates("after a later event"),
    dropped("nobody wakes the lanes of webhooks", "SendMessageBatch", "/webhook-deliveries\"")
        .violates("reach"),
    dropped("nobody tells webhooks of events", "SendMessageBatch", "/webhook-events\"").violates("reach"),
];
