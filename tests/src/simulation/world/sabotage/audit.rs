//! Injected bugs of the audit.

use super::{Sabotage, always, dropped};

/// All bugs of the audit that can be injected.
pub const AUDIT: &[Sabotage] = &[
    dropped("audit entries are not recorded", "PutItem", "\"AUDIT#2")
        .violates("is not in the audit")
        .seen_by(2),
    always(
        "an entry says something else than its writer stored",
        "PutItem",
        "\"trail\"",
        "\"w\":{\"S\":\"requested\"}",
        "\"w\":{\"S\":\"refused\"}",
    )
    .violates("is not in the audit")
    .seen_by(2),
];
