//! Orders: units of a deal that are held for a user until payment or expiry.
//!
//! Units are taken from the stock before the order is written. From then on the order decides whether they
//! are held, sold or returned, and workers bring the stock buckets into line with it. Each function returns
//! the next version with the new log entries, and replaying the log from the beginning yields the stored
//! status.

mod log;
mod payment;
mod report;

pub use log::{OrderEvent, OrderEventKind, replay, shown};
pub use payment::{PAYMENTS_ASKED_MAX, PaymentReport, ProviderOutcome};
pub use report::KeptReport;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, json};

use crate::deals::Deal;
use crate::ids::{DealId, OrderId, PaymentId, ProductId, UserId};
use crate::stock::OrderPart;
use crate::time::millis;
use crate::trail::Trail;
use crate::waiting_room::PositionKey;
use crate::{Code, Error, Money, Quantity, Result, Timestamp};

/// Maximum number of units per order.
pub const QUANTITY_MAX: u32 = 10;

/// Status of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OrderStatus {
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
pub enum OrderEndReason {
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
pub struct OrderedProduct {
    /// Id of the product.
    pub id: ProductId,
    /// Name of the product.
    pub name: String,
    /// URL of a small image of the product.
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
    pub product: OrderedProduct,
    /// Number of ordered units, 1 to [`QUANTITY_MAX`].
    pub quantity: Quantity,
    /// Deal price per unit in whole units of the currency.
    pub unit_price: u64,
    /// Stored status. [`Order::status_at`] also takes the expiry into account.
    pub status: OrderStatus,
    /// Reason why the order was canceled or failed; `None` in any other status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<OrderEndReason>,
    /// Buckets that hold the units, with the number of units in each.
    pub parts: Vec<OrderPart>,
    /// Event log, oldest first.
    pub log: Vec<OrderEvent>,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Expiry of the hold: the order can be paid before this time.
    #[serde(with = "millis")]
    pub expires_at: Timestamp,
    /// Position in the waiting room with which the user was admitted; `None` if none was required, and in a
    /// tombstone.
    #[serde(rename = "place", default, skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<PositionKey>,
    /// Payment that paid for the order. `None` while it is unpaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, rename = "mark", skip_serializing_if = "Option::is_none")]
    pub request_fingerprint: Option<String>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Parameters of a new order that do not concern its units.
#[derive(Clone, Debug)]
pub struct Buyer {
    /// Id that the new order receives.
    pub id: OrderId,
    /// Position in the waiting room with which the user was admitted; `None` if none was required, and in a
    /// tombstone.
    pub queue_position: Option<PositionKey>,
    /// Request fingerprint, for idempotency checks; `None` without an `Idempotency-Key`.
    pub request_fingerprint: Option<String>,
}

/// Action due for the units that a bucket holds for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketAction {
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
pub fn quantity(asked: &Number) -> Result<Quantity> {
    let whole = asked.as_u64().and_then(|asked| u32::try_from(asked).ok());
    whole.filter(|asked| (1..=QUANTITY_MAX).contains(asked)).map(Quantity).ok_or_else(|| {
        Error::refused(Code::InvalidQuantity, "An order is of 1 to 10 units.")
            .with_details(json!({"quantity": asked, "min": 1, "max": QUANTITY_MAX}))
    })
}

impl Order {
    /// Creates an order of `deal` whose units are held in `parts` until `expires_at`.
    pub fn reserve(
        buyer: Buyer,
        deal: &Deal,
        parts: Vec<OrderPart>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        let actor = Some(buyer.id.owner().clone());
        let log = vec![
            OrderEvent::new(OrderEventKind::Created, actor.clone(), now),
            OrderEvent::new(OrderEventKind::StockReserved, actor, now),
        ];
        let quantity = parts.iter().map(|part| part.quantity).sum();
        let queue_position = buyer.queue_position;
        Self {
            queue_position,
            request_fingerprint: buyer.request_fingerprint,
            expires_at,
            ..Self::new(buyer.id, deal, quantity, parts, log, now)
        }
    }

    /// Creates the tombstone of an order that took `part` but was never written. It prevents the original
    /// request from writing the order late.
    pub fn abandoned(id: OrderId, deal: &Deal, part: OrderPart, now: Timestamp) -> Self {
        let actor = Some(id.owner().clone());
        let log = vec![
            OrderEvent::new(OrderEventKind::Created, actor, now),
            OrderEvent::new(OrderEventKind::StockReleased, None, now),
        ];
        let reason = Some(OrderEndReason::Abandoned);
        Self { reason, ..Self::new(id, deal, part.quantity, Vec::new(), log, now) }
    }

    fn new(
        id: OrderId,
        deal: &Deal,
        quantity: Quantity,
        parts: Vec<OrderPart>,
        log: Vec<OrderEvent>,
        now: Timestamp,
    ) -> Self {
        let product = &deal.product;
        Self {
            trail: Trail::default(),
            id,
            deal_id: deal.id.clone(),
            product: OrderedProduct {
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
            queue_position: None,
            payment: None,
            request_fingerprint: None,
            version: 1,
        }
    }

    /// Returns the total price, unit price times quantity, in whole units of the currency.
    pub fn total_price(&self) -> Money {
        Money(self.unit_price.saturating_mul(self.quantity.into()))
    }

    /// Returns the status at `now`. A reserved order counts as `Canceled` from `expires_at` on, even if that
    /// is not recorded yet.
    pub fn status_at(&self, now: Timestamp) -> OrderStatus {
        if self.is_overdue(now) { OrderStatus::Canceled } else { self.status }
    }

    /// Returns the reason why the order is canceled or failed at `now`; `Expired` from `expires_at` on if it
    /// is unpaid.
    pub fn reason_at(&self, now: Timestamp) -> Option<OrderEndReason> {
        if self.is_overdue(now) { Some(OrderEndReason::Expired) } else { self.reason }
    }

    /// Returns the time of the last log entry.
    pub fn updated_at(&self) -> Timestamp {
        self.log.last().map_or(self.created_at, |event| event.at)
    }

    /// Returns the time of the last log entry of this kind, or `None` if the log has none.
    pub fn when(&self, kind: OrderEventKind) -> Option<Timestamp> {
        self.log.iter().rev().find(|event| event.kind == kind).map(|event| event.at)
    }

    /// Returns the action due for the units that `bucket` holds for the order.
    pub fn due(&self, bucket: u32) -> BucketAction {
        let is_mine = self.parts.iter().any(|part| part.bucket == bucket);
        match self.status {
            // Another attempt of the same request took these units, and the order was written without them.
            _ if !is_mine => BucketAction::GiveBack,
            OrderStatus::Pending | OrderStatus::Reserved => BucketAction::Keep,
            OrderStatus::Confirmed => BucketAction::Settle,
            OrderStatus::Canceled | OrderStatus::Failed => BucketAction::GiveBack,
        }
    }

    /// Returns the next version, canceled for `reason` by the user `by`, or by dibs if `by` is `None`.
    ///
    /// # Errors
    /// `ALREADY_CANCELED` if the order is canceled or its hold has expired, `CANNOT_CANCEL` if it is paid or
    /// failed.
    pub fn cancel(&self, by: Option<UserId>, reason: OrderEndReason, now: Timestamp) -> Result<Self> {
        let status = self.status_at(now);
        match status {
            OrderStatus::Pending | OrderStatus::Reserved => Ok(self.end(by, reason, now)),
            OrderStatus::Canceled => Err(Error::refused(
                Code::AlreadyCanceled,
                "This order is canceled already; nothing is left to do.",
            )
            .with_details(json!({"reason": self.reason_at(now)}))),
            OrderStatus::Confirmed | OrderStatus::Failed => Err(Error::refused(
                Code::CannotCancel,
                "Only an unpaid order can be canceled; details.status is the status of this one.",
            )
            .with_details(json!({"status": status}))),
        }
    }

    /// Returns the next version, canceled as of `expires_at` because it was not paid, or the same version if
    /// it is not overdue at `now`.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Self {
        if self.is_overdue(now) {
            self.end(None, OrderEndReason::Expired, self.expires_at)
        } else {
            self.clone()
        }
    }

    /// Returns `true` if the stored status is `Reserved` although the hold has expired at `now`.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == OrderStatus::Reserved && self.expires_at <= now
    }

    fn end(&self, by: Option<UserId>, reason: OrderEndReason, now: Timestamp) -> Self {
        let released = OrderEvent::new(OrderEventKind::StockReleased, by.clone(), now);
        let canceled = OrderEvent::new(OrderEventKind::Canceled, by, now);
        Self { reason: Some(reason), ..self.next([released, canceled]) }
    }

    /// Returns the next version with `events` appended to the log.
    fn next<const N: usize>(&self, events: [OrderEvent; N]) -> Self {
        let mut next = Self { version: self.version + 1, ..self.clone() };
        next.log.extend(events);
        next.status = replay(&next.log);
        next
    }

    /// Returns `true` if the version `written` was stored, as this version or an earlier one. The log only
    /// grows and each entry has kind, time and actor, so the log of `written` is the beginning of this log.
    /// Always `false` if `written` is version 1, since its log does not identify the request.
    pub fn has_passed(&self, written: &Self) -> bool {
        written.version > 1 && self.version >= written.version && self.log.starts_with(&written.log)
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.id.owner().clone())
    }
}

#[cfg(test)]
mod tests;
