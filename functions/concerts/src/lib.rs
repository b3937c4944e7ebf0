//! Concerts: dates, seats, and reservations that hold them.

use edge::Route;

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[];
