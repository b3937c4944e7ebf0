//! Domains that a run covers.

/// Domains of a run: rewards, concerts, deals, or several of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Campaigns and rewards.
    pub rewards: bool,
    /// Waiting rooms, seats and money.
    pub concerts: bool,
    /// Time deals, orders and money.
    pub deals: bool,
    /// Accounts that register, sign in, are banned and closed, beside one of the other domains.
    pub accounts: bool,
}

impl Theme {
    /// Returns the domains of the run of `seed`.
    pub const fn of(seed: u64) -> Self {
        let about = seed % 6;
        Self {
            // Concerts and deals share money and waiting rooms. Some runs have all domains.
            rewards: matches!(about, 0 | 1) || seed % 24 == 23,
            concerts: matches!(about, 2 | 3 | 5),
            deals: matches!(about, 4 | 5),
            accounts: seed % 8 == 1,
        }
    }
}
