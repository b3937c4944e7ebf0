//! Orders: units of a deal that are held for somebody until they pay or their time is over.
//!
//! The units are taken first, then the order is written; from then on the order decides what becomes of them,
//! and the buckets follow. Each function here gives the next version, and with it the entries that its log
//! gains, so that the log read from the beginning leads to the very status that is stored.

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

/// How many units an order may have.
pub const QUANTITY_MAX: u32 = 10;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// It was made, and has no units yet. Nobody sees it so: both are one write.
    Pending,
    /// Its units are held and can be paid.
    Reserved,
    /// It is paid.
    Confirmed,
    /// It was given up, or not paid in time.
    Canceled,
    /// It never came to be: the request that took units for it died, and they went back.
    Failed,
}

/// Why an order is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Reason {
    /// Whoever made it has given it up.
    Requested,
    /// It was not paid in time.
    Expired,
    /// The deal was cancelled.
    DealCanceled,
    /// The request that was making it died.
    Abandoned,
}

/// What an order is of, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// Which product.
    pub id: ProductId,
    /// For people.
    pub name: String,
    /// A small picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
}

/// One to ten units of a deal, for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id, which says whose it is.
    pub id: OrderId,
    /// Of which deal.
    pub deal_id: DealId,
    /// Of what.
    pub product: Bought,
    /// How many.
    pub quantity: u32,
    /// What each costs.
    pub unit_price: u64,
    /// Where it stands; [`Order::status_at`] knows the time too.
    pub status: Status,
    /// Why it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Which buckets its units are of.
    pub parts: Vec<Part>,
    /// What happened to it, oldest first.
    pub log: Vec<OrderEvent>,
    /// When it was made.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Until when it can be paid.
    #[serde(with = "millis")]
    pub expires_at: Timestamp,
    /// The place in the waiting room with which it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What paid it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
    /// Stands for the body of the request that made it, when that had an `Idempotency-Key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// One more with every write.
    pub version: u64,
}

/// Who orders: what an order is made of beside its units.
#[derive(Clone, Debug)]
pub struct Buyer {
    /// What the order is to be called.
    pub id: OrderId,
    /// The place in the waiting room with which it is made.
    pub place: Option<Place>,
    /// Stands for the body of the request, when that had an `Idempotency-Key`.
    pub mark: Option<String>,
}

/// What is to become of units that a bucket holds for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Keep,
    /// They are sold.
    Settle,
    /// They go back.
    GiveBack,
}

/// How many units are asked for, when that is a whole number from 1 to [`QUANTITY_MAX`].
///
/// # Errors
/// `INVALID_QUANTITY`.
pub fn quantity(asked: &Number) -> Result<u32> {
    let whole = asked.as_u64().and_then(|asked| u32::try_from(asked).ok());
    whole.filter(|asked| (1..=QUANTITY_MAX).contains(asked)).ok_or_else(|| {
        Error::refused(Code::InvalidQuantity, "An order is of 1 to 10 units.")
            .with_details(json!({"quantity": asked, "min": 1, "max": QUANTITY_MAX}))
    })
}

impl Order {
    /// An order of `deal`, whose units are held in `parts` until `expires_at`.
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

    /// What stands in the place of an order for which `part` was taken and that did not come to be: the
    /// request that took it can no longer write it.
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

    /// What it costs.
    pub const fn total_price(&self) -> u64 {
        self.unit_price.saturating_mul(self.quantity as u64)
    }

    /// Where it stands at `now`: what can no longer be paid is as good as cancelled.
    pub fn status_at(&self, now: Timestamp) -> Status {
        if self.is_overdue(now) { Status::Canceled } else { self.status }
    }

    /// Why it is over, if it is at `now`.
    pub fn reason_at(&self, now: Timestamp) -> Option<Reason> {
        if self.is_overdue(now) { Some(Reason::Expired) } else { self.reason }
    }

    /// When it was last changed.
    pub fn updated_at(&self) -> Timestamp {
        self.log.last().map_or(self.created_at, |event| event.at)
    }

    /// When this last happened to it.
    pub fn when(&self, kind: Kind) -> Option<Timestamp> {
        self.log.iter().rev().find(|event| event.kind == kind).map(|event| event.at)
    }

    /// What is to become of the units that `bucket` holds for it.
    pub fn due(&self, bucket: u32) -> Due {
        let is_mine = self.parts.iter().any(|part| part.bucket == bucket);
        match self.status {
            // Taken by another try of the same request, which was slower.
            _ if !is_mine => Due::GiveBack,
            Status::Pending | Status::Reserved => Due::Keep,
            Status::Confirmed => Due::Settle,
            Status::Canceled | Status::Failed => Due::GiveBack,
        }
    }

    /// The next version, cancelled by `by`, or by dibs.
    ///
    /// # Errors
    /// `ALREADY_CANCELED`, also when its time is over; `CANNOT_CANCEL` when it is paid or never came to be.
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

    /// The next version, cancelled because it was not paid in time, at that time; or the same when it is not
    /// to end now.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Self {
        if self.is_overdue(now) { self.end(None, Reason::Expired, self.expires_at) } else { self.clone() }
    }

    /// Whether it still says that its units are held although its time is over.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == Status::Reserved && self.expires_at <= now
    }

    fn end(&self, by: Option<UserId>, reason: Reason, now: Timestamp) -> Self {
        let released = OrderEvent::new(Kind::StockReleased, by.clone(), now);
        let canceled = OrderEvent::new(Kind::Canceled, by, now);
        Self { reason: Some(reason), ..self.next([released, canceled]) }
    }

    /// The version in whose log `events` have come.
    fn next<const N: usize>(&self, events: [OrderEvent; N]) -> Self {
        let mut next = Self { version: self.version + 1, ..self.clone() };
        next.log.extend(events);
        next.status = replay(&next.log);
        next
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.id.owner().clone())
    }
}

#[cfg(test)]
mod tests;
