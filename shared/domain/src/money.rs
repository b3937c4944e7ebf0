//! Amounts of money.

use std::iter::Sum;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Amount of money that is booked, in whole units of the currency. A type of its own, so that no number of units,
/// seats or entries is booked in its place.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Money(pub u64);

impl Money {
    /// Amount of zero, from which every balance begins.
    pub const ZERO: Self = Self(0);

    /// Returns the sum, or `None` when it is out of bounds.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Returns the difference, or `None` when `other` is greater.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

impl PartialEq<u64> for Money {
    fn eq(&self, amount: &u64) -> bool {
        self.0 == *amount
    }
}
