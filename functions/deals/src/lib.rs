//! Time deals: a shop in which there is little of everything.

use edge::Route;

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[];
