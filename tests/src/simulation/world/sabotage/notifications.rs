//! Injected bugs of notifications.

use super::{Sabotage, dropped};

/// All bugs of notifications that can be injected.
pub const NOTIFICATIONS: &[Sabotage] = &[
    dropped("nobody makes notifications of events", "SendMessageBatch", "/notification-events\"")
        .violates("was not told")
        .seen_by(2),
    dropped("mails are lost", "SendMessageBatch", "/mails\"").violates("has no outcome").seen_by(2),
];
