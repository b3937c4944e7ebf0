//! Injected bugs of the counting of figures.

use super::{Sabotage, always, dropped};

/// All bugs of the counting of figures that can be injected.
pub const ANALYTICS: &[Sabotage] = &[
    always(
        "figures of a batch that comes again are counted again",
        "UpdateItem",
        "FIGURES#",
        "upto < :first",
        "upto < :first OR upto >= :first",
    )
    .violates("figure ("),
    dropped("nobody counts figures", "UpdateItem", "FIGURES#").violates("figure ("),
];
