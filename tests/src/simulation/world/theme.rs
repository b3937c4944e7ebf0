//! Domains that take part in a run.

use super::prng::Prng;

/// Number that makes the draws of themes independent of all other draws of a seed.
const STREAM: u64 = 0x74_6865_6d65;

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
    pub fn of(seed: u64) -> Self {
        let prng = Prng::new(seed ^ STREAM);
        let about = prng.below(24);
        Self {
            // Concerts and deals share money and waiting rooms, so some runs have both. Every 24th run has
            // rewards, too.
            rewards: matches!(about, 0..8 | 23),
            concerts: matches!(about, 8..16 | 20..24),
            deals: matches!(about, 16..24),
            accounts: prng.below(8) == 0,
        }
    }
}
