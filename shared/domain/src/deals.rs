//! Time deals: a product at a lower price, so many of it, for so long.
//!
//! Where a deal stands follows from the clock and from what is left. What is stored as its status only says
//! in which list it is, until the next look brings it into line; that it was cancelled is the one thing that
//! is so because it is stored.

mod counting;

pub use counting::{CountBase, Sequence, ShardCount, Summary, UnitsMoved};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::FieldError;
use crate::ids::{DealId, QueueId, UserId};
use crate::products::Snapshot;
use crate::stock::{Home, Shelf, Stock, UNITS_MAX};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// For how long the units of an order are held when the deal says nothing else.
pub const HOLD_SECONDS_DEFAULT: u32 = 300;

/// The highest price, with and without a deal.
pub const PRICE_MAX: u64 = 100_000_000;

/// Where a deal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// Has not begun.
    Scheduled,
    /// Can be ordered.
    Active,
    /// Is over.
    Ended,
    /// Has begun, and nothing is left. An order that is not paid in time brings it back.
    Soldout,
    /// Was cancelled.
    Canceled,
}

/// A deal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    /// Its id.
    pub id: DealId,
    /// What is sold, as it was when the deal was made or last changed: to read a deal is to read one
    /// partition.
    pub product: Snapshot,
    /// What a unit costs without it.
    pub original_price: u64,
    /// What a unit costs.
    pub deal_price: u64,
    /// How many units there are. It never changes: the buckets are cut by it.
    pub stock_quantity: u32,
    /// Can be ordered from here on.
    #[serde(with = "millis")]
    pub starts_at: Timestamp,
    /// Can be ordered before this.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
    /// Where it stood when it was last written; [`Deal::status_at`] knows better.
    pub status: Status,
    /// For how long the units of an order are held until it is paid.
    pub hold_seconds: u32,
    /// The waiting room in front of it.
    #[serde(default)]
    pub queue_id: Option<QueueId>,
    /// When it was made.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// When it was last changed, by an operator or by the clock.
    #[serde(default, with = "millis::option")]
    pub updated_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: UserId,
    /// Stands for the body of the request that made it, when that had an `Idempotency-Key`.
    #[serde(default)]
    pub mark: Option<String>,
    /// One more with every write.
    pub version: u64,
}

/// What a deal offers, for how much and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What a unit costs without it.
    pub original_price: u64,
    /// What a unit costs.
    pub deal_price: u64,
    /// How many units there are.
    pub stock_quantity: u32,
    /// Can be ordered from here on.
    pub starts_at: Timestamp,
    /// Can be ordered before this.
    pub ends_at: Timestamp,
}

/// Where a deal stands in the list: first the active ones, then the scheduled ones, then the rest, and among
/// themselves by when they begin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position(u8, Timestamp, DealId);

impl Position {
    /// Of the deal `id` in this status.
    pub const fn new(status: Status, starts_at: Timestamp, id: DealId) -> Self {
        let group = match status {
            Status::Active => 0,
            Status::Scheduled => 1,
            Status::Ended | Status::Soldout | Status::Canceled => 2,
        };
        Self(group, starts_at, id)
    }
}

/// What is changed of a deal; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The product as it is now; what was cancelled shows it as it was.
    pub product: Option<Snapshot>,
    /// What a unit costs without it.
    pub original_price: Option<u64>,
    /// What a unit costs.
    pub deal_price: Option<u64>,
    /// Can be ordered from here on.
    pub starts_at: Option<Timestamp>,
    /// Can be ordered before this.
    pub ends_at: Option<Timestamp>,
    /// For how long units are held.
    pub hold_seconds: Option<u32>,
    /// The waiting room in front of it, or none.
    pub queue_id: Option<Option<QueueId>>,
    /// Whether it is cancelled.
    pub cancel: bool,
}

impl Terms {
    /// That a deal can be made on them.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with everything that is wrong with them.
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
        if !(1..=UNITS_MAX).contains(&self.stock_quantity) {
            fields.push(FieldError::new("stock_quantity", format!("must be from 1 to {UNITS_MAX}")));
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
    }

    /// Checks that a new deal is not over before it is made.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for `end_at`.
    pub fn check_ahead(&self, now: Timestamp) -> Result<()> {
        if now < self.ends_at { Ok(()) } else { Err(Error::invalid_field("end_at", "must be in the future")) }
    }
}

impl Deal {
    /// What it offers, for how much and for how long.
    pub const fn terms(&self) -> Terms {
        Terms {
            original_price: self.original_price,
            deal_price: self.deal_price,
            stock_quantity: self.stock_quantity,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
    }

    /// Where it stands at `now`, when so many units are `available`.
    pub fn status_at(&self, now: Timestamp, available: u32) -> Status {
        match self.phase(now) {
            Status::Active if available == 0 => Status::Soldout,
            phase => phase,
        }
    }

    /// Where it stands at `now` by the clock alone.
    fn phase(&self, now: Timestamp) -> Status {
        if self.status == Status::Canceled {
            Status::Canceled
        } else if now < self.starts_at {
            Status::Scheduled
        } else if now < self.ends_at {
            Status::Active
        } else {
            Status::Ended
        }
    }

    /// Whether it can be ordered at `now` or later.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.status != Status::Canceled && now < self.ends_at
    }

    /// Whether it is past: over, or cancelled.
    pub const fn is_past(&self) -> bool {
        matches!(self.status, Status::Ended | Status::Canceled)
    }

    /// How much cheaper it is, in percent, rounded half up, and at least 1 and at most 99 where it is cheaper and
    /// costs anything.
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

    /// The seconds until it begins, or, once it has, until it ends; 0 after that, when nothing is `available`, and
    /// when it was cancelled. A second that has begun counts.
    pub fn remaining_seconds(&self, now: Timestamp, available: u32) -> u64 {
        let until = match self.status_at(now, available) {
            Status::Scheduled => self.starts_at,
            Status::Active => self.ends_at,
            Status::Ended | Status::Soldout | Status::Canceled => now,
        };
        u64::try_from(until.as_millis() - now.as_millis()).unwrap_or(0).div_ceil(1000)
    }

    /// That it can be ordered at `now`, as far as the clock says.
    ///
    /// # Errors
    /// `DEAL_NOT_ACTIVE`.
    pub fn check_active(&self, now: Timestamp) -> Result<()> {
        let phase = self.phase(now);
        if phase == Status::Active {
            return Ok(());
        }
        Err(Error::refused(Code::DealNotActive, "This deal cannot be ordered at the moment.")
            .with_details(json!({"status": phase, "start_at": self.starts_at, "end_at": self.ends_at})))
    }

    /// That so many units are `available` and not as many as were `requested`.
    pub fn too_few(available: u32, requested: u32) -> Error {
        Error::refused(Code::InsufficientStock, "This deal has not so many units left.")
            .with_details(json!({"available": available, "requested": requested}))
    }

    /// Its units.
    pub fn stock(&self) -> Stock {
        let shelf = Shelf::Units(vec![self.stock_quantity]);
        Stock { home: Home::Deals, id: self.id.to_string(), shelf }
    }

    /// The next version with these changes, or the same when they change nothing.
    ///
    /// # Errors
    /// `CONFLICT` when it was cancelled, or when it has begun and would begin anew or cost something else;
    /// `VALIDATION_ERROR`.
    pub fn change(&self, changes: &Changes, now: Timestamp) -> Result<Self> {
        let changes = changes.clone();
        let mut next = self.clone();
        if self.status != Status::Canceled {
            next.product = changes.product.unwrap_or(next.product);
        }
        next.original_price = changes.original_price.unwrap_or(next.original_price);
        next.deal_price = changes.deal_price.unwrap_or(next.deal_price);
        next.starts_at = changes.starts_at.unwrap_or(next.starts_at);
        next.ends_at = changes.ends_at.unwrap_or(next.ends_at);
        next.hold_seconds = changes.hold_seconds.unwrap_or(next.hold_seconds);
        next.queue_id = changes.queue_id.unwrap_or(next.queue_id);
        if changes.cancel {
            next.status = Status::Canceled;
        } else if next.status == Status::Ended {
            // Prolonged, it is listed among the present ones at once.
            next.status = next.phase(now);
        }
        if next == *self {
            return Ok(next);
        }
        if self.status == Status::Canceled {
            return Err(Error::refused(Code::Conflict, "This deal was canceled."));
        }
        let fixed = |deal: &Self| (deal.starts_at, deal.original_price, deal.deal_price);
        if self.starts_at <= now && fixed(&next) != fixed(self) {
            return Err(Error::refused(Code::Conflict, "What has begun keeps its start and its prices."));
        }
        next.terms().check()?;
        next.updated_at = Some(now);
        next.version += 1;
        Ok(next)
    }

    /// The next version, whose status is brought into line, or the same when it is.
    #[must_use]
    pub fn advance(&self, now: Timestamp, available: u32) -> Self {
        let status = self.status_at(now, available);
        if status == self.status {
            return self.clone();
        }
        Self { status, updated_at: Some(now), version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
