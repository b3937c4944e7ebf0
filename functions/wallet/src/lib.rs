//! Money: a prepaid balance, its ledger, and payments.

use edge::Route;

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[];
