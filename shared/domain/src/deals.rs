//! Time deals: a limited number of units of a product at a reduced price for a limited time.
//!
//! The effective status follows from the clock and the remaining units. The stored status only serves lists:
//! it determines whether a deal is among the current or the past ones, and whether it is listed as sold out.
//! A scheduled worker updates it. The exception is `Canceled`: a deal that is stored as canceled is canceled.

mod register;
mod unit_counts;

pub use unit_counts::{CountBase, Sequence, ShardCount, UnitCounts, UnitsMoved};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::FieldError;
use crate::ids::{DealId, QueueId, UserId};
use crate::patch::apply;
use crate::products::ProductSnapshot;
use crate::stock::{Stock, StockKind, StockLayout, UNITS_MAX};
use crate::time::millis;
use crate::trail::Trail;
use crate::{Code, Error, Patch, Quantity, Result, Timestamp};

/// Default duration of an order's hold on its units, in seconds.
pub const HOLD_SECONDS_DEFAULT: u32 = 300;

/// Maximum price of a unit, regular or reduced, in whole units of the currency.
pub const PRICE_MAX: u64 = 100_000_000;

/// Status of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DealStatus {
    /// Scheduled: the start is in the future.
    Scheduled,
    /// Started, and open for orders.
    Active,
    /// Ended, since its time is over.
    Ended,
    /// Started, but no units are left. Becomes active again if an unpaid order expires.
    Soldout,
    /// Canceled by an operator.
    Canceled,
}

/// Time deal of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// Id of the deal.
    pub id: DealId,
    /// Copy of the product from the creation or the last change of the deal, so that reading a deal needs one
    /// partition only.
    pub product: ProductSnapshot,
    /// Regular price per unit in whole units of the currency, 1 to [`PRICE_MAX`].
    pub original_price: u64,
    /// Deal price per unit, at least 1 and below `original_price`.
    pub deal_price: u64,
    /// Number of units, 1 to [`UNITS_MAX`]. It never changes, since the division of the stock into buckets
    /// follows from it.
    pub stock_quantity: Quantity,
    /// Start of the deal, inclusive.
    #[serde(with = "millis")]
    pub starts_at: Timestamp,
    /// End of the deal, exclusive.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
    /// Stored status. [`Deal::status_at`] returns the effective one.
    pub status: DealStatus,
    /// Time at which the scheduled worker found no units left; `None` if there are some, and if an older
    /// version of dibs stored the status.
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    pub sold_out_at: Option<Timestamp>,
    /// Duration of an order's hold on its units until payment, in seconds.
    pub hold_seconds: u32,
    /// Waiting room that a user must pass before ordering. `None` if there is none.
    #[serde(default)]
    pub queue_id: Option<QueueId>,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Time of the last change by an operator or by the scheduled worker; `None` before the first.
    #[serde(default, with = "millis::option")]
    pub updated_at: Option<Timestamp>,
    /// Operator who created the deal.
    pub created_by: UserId,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<String>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Terms of a deal: prices, number of units and period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DealTerms {
    /// Regular price per unit in whole units of the currency, 1 to [`PRICE_MAX`].
    pub original_price: u64,
    /// Deal price per unit, at least 1 and below `original_price`.
    pub deal_price: u64,
    /// Number of units in the deal, 1 to [`UNITS_MAX`].
    pub stock_quantity: Quantity,
    /// Start of the deal, inclusive.
    pub starts_at: Timestamp,
    /// End of the deal, exclusive.
    pub ends_at: Timestamp,
}

/// Sort key of a deal in lists: active deals first, then scheduled ones, then all others; within each group
/// by start and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DealSortKey(u8, Timestamp, DealId);

impl DealSortKey {
    /// Creates the sort key of the deal `id` with the effective status `status`.
    pub const fn new(status: DealStatus, starts_at: Timestamp, id: DealId) -> Self {
        let group = match status {
            DealStatus::Active => 0,
            DealStatus::Scheduled => 1,
            DealStatus::Ended | DealStatus::Soldout | DealStatus::Canceled => 2,
        };
        Self(group, starts_at, id)
    }

    /// Returns the id of the deal.
    pub fn into_id(self) -> DealId {
        self.2
    }
}

/// Requested changes of a deal. A field that is `Patch(None)` leaves its value unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DealChanges {
    /// Current copy of the product. A canceled deal keeps its old copy.
    pub product: Patch<ProductSnapshot>,
    /// New regular price per unit, in whole units of the currency.
    pub original_price: Patch<u64>,
    /// New deal price per unit, in whole units of the currency.
    pub deal_price: Patch<u64>,
    /// New start of the deal, inclusive.
    pub starts_at: Patch<Timestamp>,
    /// New end of the deal, exclusive.
    pub ends_at: Patch<Timestamp>,
    /// New duration of an order's hold, in seconds.
    pub hold_seconds: Patch<u32>,
    /// New waiting room. `Some(None)` removes it.
    pub queue_id: Patch<Option<QueueId>>,
    /// Whether to cancel the deal.
    pub cancel: bool,
}

impl DealTerms {
    /// Validates prices, period and number of units.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with all invalid fields.
    pub fn check(&self) -> Result<()> {
        let mut fields = Vec::new();
        for (name, price) in [("original_price", self.original_price), ("deal_price", self.deal_price)] {
            if !(1..=PRICE_MAX).contains(&price) {
                fields.push(FieldError::new(name, format!("must be from 1 to {PRICE_MAX}")));
            }
        }
        if self.deal_price >= self.original_price {
            fields.push(FieldError::new("deal_price", "must be below original_price"));
        }
        if self.ends_at <= self.starts_at {
            fields.push(FieldError::new("end_at", "must be after start_at"));
        }
        if !(1..=UNITS_MAX).contains(&self.stock_quantity.0) {
            fields.push(FieldError::new("stock_quantity", format!("must be from 1 to {UNITS_MAX}")));
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
    }

    /// Checks that the end of a new deal is in the future.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for the field `end_at` if it is not.
    pub fn check_ahead(&self, now: Timestamp) -> Result<()> {
        if now < self.ends_at { Ok(()) } else { Err(Error::invalid_field("end_at", "must be in the future")) }
    }
}

impl Deal {
    /// Returns the terms of the deal.
    pub const fn terms(&self) -> DealTerms {
        DealTerms {
            original_price: self.original_price,
            deal_price: self.deal_price,
            stock_quantity: self.stock_quantity,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
    }

    /// Returns the effective status at `now`, given that `available` units are neither reserved nor sold.
    pub fn status_at(&self, now: Timestamp, available: Quantity) -> DealStatus {
        match self.phase(now) {
            DealStatus::Active if available == Quantity::ZERO => DealStatus::Soldout,
            phase => phase,
        }
    }

    /// Returns the status at `now` without regard to the remaining units, so never `Soldout`.
    fn phase(&self, now: Timestamp) -> DealStatus {
        if self.status == DealStatus::Canceled {
            DealStatus::Canceled
        } else if now < self.starts_at {
            DealStatus::Scheduled
        } else if now < self.ends_at {
            DealStatus::Active
        } else {
            DealStatus::Ended
        }
    }

    /// Returns `true` if the deal is neither canceled nor ended at `now`; it may not have started.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.status != DealStatus::Canceled && now < self.ends_at
    }

    /// Returns `true` if the stored status is `Ended` or `Canceled`.
    pub const fn is_past(&self) -> bool {
        matches!(self.status, DealStatus::Ended | DealStatus::Canceled)
    }

    /// Returns the discount in percent, rounded half up, but at least 1 and at most 99 if the deal price is
    /// above 0 and below the original price. Returns 0 if it is not below.
    pub fn discount_rate(&self) -> u32 {
        let (original, saved) = (
            u128::from(self.original_price),
            u128::from(self.original_price.saturating_sub(self.deal_price)),
        );
        let rounded = (saved * 200 + original).checked_div(original * 2);
        let rounded = rounded.and_then(|percent| u32::try_from(percent).ok()).unwrap_or(0);
        match self.deal_price {
            0 => rounded,
            price if price < self.original_price => rounded.clamp(1, 99),
            _ => 0,
        }
    }

    /// Returns the seconds until the start of a scheduled deal or until the end of an active one, rounded up.
    /// Returns 0 if the deal has ended, is sold out or is canceled.
    pub fn remaining_seconds(&self, now: Timestamp, available: Quantity) -> u64 {
        let until = match self.status_at(now, available) {
            DealStatus::Scheduled => self.starts_at,
            DealStatus::Active => self.ends_at,
            DealStatus::Ended | DealStatus::Soldout | DealStatus::Canceled => now,
        };
        u64::try_from(until.as_millis() - now.as_millis()).unwrap_or(0).div_ceil(1000)
    }

    /// Checks that the deal has started, has not ended and is not canceled at `now`.
    ///
    /// # Errors
    /// `DEAL_NOT_ACTIVE` if the deal has not started, has ended or is canceled. A deal without remaining
    /// units passes.
    pub fn check_active(&self, now: Timestamp) -> Result<()> {
        let phase = self.phase(now);
        if phase == DealStatus::Active {
            return Ok(());
        }
        Err(Error::refused(
            Code::DealNotActive,
            "This deal cannot be ordered now; GET /timedeals/{deal_id} shows its status and period.",
        )
        .with_details(json!({"status": phase, "start_at": self.starts_at, "end_at": self.ends_at})))
    }

    /// Builds the error `INSUFFICIENT_STOCK`, with the numbers of `available` and `requested` units in its
    /// details.
    pub fn too_few(available: Quantity, requested: Quantity) -> Error {
        Error::refused(
            Code::InsufficientStock,
            "This deal has only details.available units left; order fewer.",
        )
        .with_details(json!({"available": available, "requested": requested}))
    }

    /// Returns the stock of the deal's units.
    pub fn stock(&self) -> Stock {
        let layout = StockLayout::Units(vec![self.stock_quantity]);
        Stock { kind: StockKind::Deals, id: self.id.to_string(), layout }
    }

    /// Returns the next version with `changes`, or the same version if nothing changes.
    ///
    /// # Errors
    /// `CONFLICT` if the deal is canceled, or if it has started and start or prices would change;
    /// `VALIDATION_ERROR` if the result is invalid.
    pub fn change(&self, changes: &DealChanges, now: Timestamp) -> Result<Self> {
        let mut next = self.clone();
        if self.status != DealStatus::Canceled {
            apply!(changes => next; product);
        }
        apply!(changes => next; original_price deal_price starts_at ends_at hold_seconds queue_id);
        if changes.cancel {
            next.status = DealStatus::Canceled;
        } else if next.status == DealStatus::Ended {
            // A deal that ended and is prolonged must appear in the list of current deals at once.
            next.status = next.phase(now);
        }
        if next == *self {
            return Ok(next);
        }
        if self.status == DealStatus::Canceled {
            return Err(Error::refused(
                Code::Conflict,
                "This deal is canceled and cannot be changed; create a new one.",
            ));
        }
        let fixed = |deal: &Self| (deal.starts_at, deal.original_price, deal.deal_price);
        if self.starts_at <= now && fixed(&next) != fixed(self) {
            return Err(Error::refused(
                Code::Conflict,
                "This deal has begun and keeps its start and prices; change its end, or create a new one.",
            ));
        }
        next.terms().check()?;
        next.updated_at = Some(now);
        next.version += 1;
        Ok(next)
    }

    /// Returns the next version with the effective status at `now` as its stored status, or the same version
    /// if that is already stored.
    #[must_use]
    pub fn advance(&self, now: Timestamp, available: Quantity) -> Self {
        let status = self.status_at(now, available);
        if status == self.status {
            return self.clone();
        }
        let sold_out_at = match status {
            DealStatus::Soldout => Some(now),
            DealStatus::Scheduled | DealStatus::Active => None,
            DealStatus::Ended | DealStatus::Canceled => self.sold_out_at,
        };
        Self { status, sold_out_at, updated_at: Some(now), version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
