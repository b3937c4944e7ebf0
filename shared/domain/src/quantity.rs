//! Numbers of units and of points.

use std::fmt;
use std::iter::Sum;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Number of units of a stock, an order or a reward. A type of its own, so that no number of a bucket, of a
/// line item or of buckets is counted in its place.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Quantity(pub u32);

impl Quantity {
    /// Quantity of nothing, such as the units left of a stock that is sold out.
    pub const ZERO: Self = Self(0);
    /// Quantity of a single unit, which requests that name none ask for.
    pub const ONE: Self = Self(1);

    /// Returns the difference, or `None` when `other` is greater.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Returns the difference, or 0 when `other` is greater.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Returns the sum, at most `u32::MAX`.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the number of units in `quantity` payloads of so many units each.
    pub fn times(self, quantity: Self) -> u64 {
        u64::from(self.0) * u64::from(quantity.0)
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(quantities: I) -> Self {
        quantities.fold(Self::ZERO, Self::saturating_add)
    }
}

impl PartialEq<u32> for Quantity {
    fn eq(&self, quantity: &u32) -> bool {
        self.0 == *quantity
    }
}

impl From<Quantity> for u64 {
    fn from(quantity: Quantity) -> Self {
        quantity.0.into()
    }
}

impl From<Quantity> for i64 {
    fn from(quantity: Quantity) -> Self {
        quantity.0.into()
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of points: of a reward, of a ledger entry, or a balance. A type of its own, so that no number of an
/// entry, no version and no quantity is added to a balance in its place.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Points(pub u64);

impl Points {
    /// Balance from which every ledger of points begins.
    pub const ZERO: Self = Self(0);

    /// Returns the sum, or `None` when it is out of bounds.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Returns `quantity` times the points, at most `u64::MAX`, which the limits of both never reach.
    #[must_use]
    pub fn times(self, quantity: Quantity) -> Self {
        Self(self.0.saturating_mul(quantity.into()))
    }
}

impl PartialEq<u64> for Points {
    fn eq(&self, points: &u64) -> bool {
        self.0 == *points
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
