//! Seeds that have found something. Each stays.

/// A seed, and what it found.
pub const REGRESSIONS: &[(u64, &str)] = &[];
