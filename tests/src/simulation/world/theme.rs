//! Domains that take part in a run.

/// Domains that take part in a run: rewards, concerts, deals, or several of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether users claim the rewards of campaigns.
    pub rewards: bool,
    /// Whether users wait, hold seats and pay for them.
    pub concerts: bool,
    /// Whether users order units of time deals and pay for them.
    pub deals: bool,
    /// Whether members register, sign in, are banned and close their accounts, beside one of the other
    /// domains.
    pub accounts: bool,
}

impl Theme {
    /// Returns the domains of the run with this seed.
    pub const fn of(seed: u64) -> Self {
        let about = seed % 6;
        Self {
            // Concerts and deals share money and waiting rooms, so some runs have both. Every 24th run has
            // rewards, too.
            rewards: matches!(about, 0 | 1) || seed % 24 == 23,
            concerts: matches!(about, 2 | 3 | 5),
            deals: matches!(about, 4 | 5),
            accounts: seed % 8 == 1,
        }
    }
}
