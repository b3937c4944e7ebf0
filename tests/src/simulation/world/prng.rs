//! Pseudo-random numbers from a seed: SplitMix64, implemented here so that a seed gives the same run with
//! every version of every crate.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Sequence of pseudo-random numbers that its seed determines.
pub struct Prng(Mutex<u64>);

impl Prng {
    /// Creates the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        // The seed is mixed first. Otherwise neighboring seeds would have the same numbers, shifted by one.
        Self(Mutex::new(mix(seed ^ 0x5851_f42d_4c95_7f2d)))
    }

    /// Returns the next 64-bit number.
    pub fn roll(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(*state)
    }

    /// Returns a number from 0 to `end` - 1. An `end` of 0 counts as 1.
    pub fn below(&self, end: u64) -> u64 {
        self.roll() % end.max(1)
    }

    /// Returns a number from `low` to `high`, inclusive.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Returns `true` with a probability of `often` in a thousand.
    pub fn permille(&self, often: u64) -> bool {
        self.below(1000) < often
    }

    /// Returns one of `choices`, which must not be empty.
    pub fn pick<'a, T>(&self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// Returns a duration from `low` to `high` milliseconds, inclusive.
    pub fn millis(&self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.between(low, high))
    }

    /// Returns a number of 128 bits.
    pub fn wide(&self) -> u128 {
        u128::from(self.roll()) << 64 | u128::from(self.roll())
    }
}

/// Returns a number in which every bit depends on every bit of `word`.
pub fn mix(word: u64) -> u64 {
    let mut word = word;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
