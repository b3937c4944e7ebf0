//! Waiting rooms: who is let in, in the order in which they came.

use edge::Route;

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[];
