//! Orders: units of a deal that are held for a user until payment or expiry.
//!
//! Units are taken from the stock before the order is written. From then on the order decides about them, and
//! the stock buckets follow. Each function returns the next version with the new log entries, and replaying
//! the log from the beginning yields the stored status.

mod log;
mod paying;
mod report;

pub use log::{Kind, OrderEvent, replay, shown};
pub use paying::{Outcome, PAYMENTS_ASKED_MAX, PaymentReport};
pub use report::KeptReport;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, json};

use crate::deals::Deal;
use crate::ids::{DealId, OrderId, PaymentId, ProductId, UserId};
use crate::queue::Place;
use crate::stock::Part;
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// Maximum number of units per order.
pub const QUANTITY_MAX: u32 = 10;

/// Status of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// Created without units. Never stored, since both happen in one write.
    Pending,
    /// Units are held and can be paid.
    Reserved,
    /// Order is paid, and its units are sold.
    Confirmed,
    /// Order was canceled, or was not paid in time.
    Canceled,
    /// Order was never completed: the request died after it took units, and they were returned.
    Failed,
}

/// Reason for the end of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Reason {
    /// Canceled by its owner.
    Requested,
    /// Not paid in time.
    Expired,
    /// Canceled with its deal.
    DealCanceled,
    /// Never completed, since the creating request died.
    Abandoned,
}

/// Copy of the product at the time of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// Id of the product.
    pub id: ProductId,
    /// Name of the product.
    pub name: String,
    /// URL of a small image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
}

/// Order of one to ten units of a deal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Id of the order, which contains its owner.
    pub id: OrderId,
    /// Deal of the order.
    pub deal_id: DealId,
    /// Product at the time of the order.
    pub product: Bought,
    /// Number of ordered units, 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
    /// Deal price per unit in whole units of the currency.
    pub unit_price: u64,
    /// Stored status. [`Order::status_at`] also takes the expiry into account.
    pub status: Status,
    /// Reason for the end of the order, if it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Buckets that the units come from.
    pub parts: Vec<Part>,
    /// Event log, oldest first.
    pub log: Vec<OrderEvent>,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Expiry of the hold: the order can be paid before this time.
    #[serde(with = "millis")]
    pub expires_at: Timestamp,
    /// Position in the waiting room with which the user was admitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Payment that paid for the order. `None` while it is unpaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
}

/// Inputs of an order beside its units.
#[derive(Clone, Debug)]
pub struct Buyer {
    /// Id that the new order receives.
    pub id: OrderId,
    /// Position in the waiting room with which the user was admitted.
    pub place: Option<Place>,
    /// Request fingerprint, for idempotency checks; `None` without an `Idempotency-Key`.
    pub mark: Option<String>,
}

/// Action due for the units that a bucket holds for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Keep the hold unchanged.
    Keep,
    /// Mark the units as sold.
    Settle,
    /// Return the units to the stock.
    GiveBack,
}

/// Parses the number of units in a request: a whole number from 1 to [`QUANTITY_MAX`].
///
/// # Errors
/// `INVALID_QUANTITY` for any other number.
pub fn quantity(asked: &Number) -> Result<u32> {
    let whole = asked.as_u64().and_then(|asked| u32::try_from(asked).ok());
    whole.filter(|asked| (1..=QUANTITY_MAX).contains(asked)).ok_or_else(|| {
        Error::refused(Code::InvalidQuantity, "An order is of 1 to 10 units.")
            .with_details(json!({"quantity": asked, "min": 1, "max": QUANTITY_MAX}))
    })
}

impl Order {
    /// Creates an order of `deal` whose units are held in `parts` until `expires_at`.
    pub fn reserve(
        buyer: Buyer,
        deal: &Deal,
        parts: Vec<Part>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        let actor = Some(buyer.id.owner().clone());
        let log = vec![
            OrderEvent::new(Kind::Created, actor.clone(), now),
            OrderEvent::new(Kind::StockReserved, actor, now),
        ];
        let quantity = parts.iter().map(|part| part.quantity).sum();
        let place = buyer.place;
        Self { place, mark: buyer.mark, expires_at, ..Self::new(buyer.id, deal, quantity, parts, log, now) }
    }

    /// Creates the tombstone of an order that took `part` but was never written. It prevents the original
    /// request from writing the order late.
    pub fn abandoned(id: OrderId, deal: &Deal, part: Part, now: Timestamp) -> Self {
        let actor = Some(id.owner().clone());
        let log =
            vec![OrderEvent::new(Kind::Created, actor, now), OrderEvent::new(Kind::StockReleased, None, now)];
        let reason = Some(Reason::Abandoned);
        Self { reason, ..Self::new(id, deal, part.quantity, Vec::new(), log, now) }
    }

    fn new(
        id: OrderId,
        deal: &Deal,
        quantity: u32,
        parts: Vec<Part>,
        log: Vec<OrderEvent>,
        now: Timestamp,
    ) -> Self {
        let product = &deal.product;
        Self {
            id,
            deal_id: deal.id.clone(),
            product: Bought {
                id: product.id.clone(),
                name: product.name.clone(),
                thumbnail_url: product.thumbnail_url.clone(),
            },
            quantity,
            unit_price: deal.deal_price,
            status: replay(&log),
            reason: None,
            parts,
            log,
            created_at: now,
            expires_at: now,
            place: None,
            payment: None,
            mark: None,
            version: 1,
        }
    }

    /// Returns the total price: unit price times quantity.
    pub const fn total_price(&self) -> u64 {
        self.unit_price.saturating_mul(self.quantity as u64)
    }

    /// Returns the status at `now`. A reserved order counts as `Canceled` once its hold is over, even if that
    /// is not recorded.
    pub fn status_at(&self, now: Timestamp) -> Status {
        if self.is_overdue(now) { Status::Canceled } else { self.status }
    }

    /// Returns the reason for the end of the order, if it has ended at `now`.
    pub fn reason_at(&self, now: Timestamp) -> Option<Reason> {
        if self.is_overdue(now) { Some(Reason::Expired) } else { self.reason }
    }

    /// Returns the time of the last change.
    pub fn updated_at(&self) -> Timestamp {
        self.log.last().map_or(self.created_at, |event| event.at)
    }

    /// Returns the time of the last log entry of this kind.
    pub fn when(&self, kind: Kind) -> Option<Timestamp> {
        self.log.iter().rev().find(|event| event.kind == kind).map(|event| event.at)
    }

    /// Returns the action due for the units that `bucket` holds for the order.
    pub fn due(&self, bucket: u32) -> Due {
        let is_mine = self.parts.iter().any(|part| part.bucket == bucket);
        match self.status {
            // A slower attempt of the same request took these units.
            _ if !is_mine => Due::GiveBack,
            Status::Pending | Status::Reserved => Due::Keep,
            Status::Confirmed => Due::Settle,
            Status::Canceled | Status::Failed => Due::GiveBack,
        }
    }

    /// Returns the next version, canceled by the user `by`, or by dibs if `None`.
    ///
    /// # Errors
    /// `ALREADY_CANCELED` if it is canceled or expired, `CANNOT_CANCEL` if it is paid or failed.
    pub fn cancel(&self, by: Option<UserId>, reason: Reason, now: Timestamp) -> Result<Self> {
        let status = self.status_at(now);
        match status {
            Status::Pending | Status::Reserved => Ok(self.end(by, reason, now)),
            Status::Canceled => Err(Error::refused(Code::AlreadyCanceled, "This order was canceled before.")
                .with_details(json!({"reason": self.reason_at(now)}))),
            Status::Confirmed | Status::Failed => {
                Err(Error::refused(Code::CannotCancel, "This order cannot be canceled any more.")
                    .with_details(json!({"status": status})))
            }
        }
    }

    /// Returns the next version, canceled at its expiry because it was not paid, or the same version if it is
    /// not overdue.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Self {
        if self.is_overdue(now) { self.end(None, Reason::Expired, self.expires_at) } else { self.clone() }
    }

    /// Returns `true` if the stored status is `Reserved` although the hold is over at `now`.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == Status::Reserved && self.expires_at <= now
    }

    fn end(&self, by: Option<UserId>, reason: Reason, now: Timestamp) -> Self {
        let released = OrderEvent::new(Kind::StockReleased, by.clone(), now);
        let canceled = OrderEvent::new(Kind::Canceled, by, now);
        Self { reason: Some(reason), ..self.next([released, canceled]) }
    }

    /// Returns the next version with `events` appended to the log.
    fn next<const N: usize>(&self, events: [OrderEvent; N]) -> Self {
        let mut next = Self { version: self.version + 1, ..self.clone() };
        next.log.extend(events);
        next.status = replay(&next.log);
        next
    }

    /// Returns whether the write of `written`, a later version than the first, has succeeded, whatever was written
    /// after it: the log only grows, and each entry says what, when and who.
    pub fn has_passed(&self, written: &Self) -> bool {
        written.version > 1 && self.version >= written.version && self.log.starts_with(&written.log)
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.id.owner().clone())
    }
}

#[cfg(test)]
mod tests;
