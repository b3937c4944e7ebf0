//! Event log of an order: kind, time and actor of each change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Order, Status};
use crate::ids::UserId;
use crate::time::millis;
use crate::{Error, Result, Timestamp};

/// Kind of a log entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum Kind {
    /// Order was created, without units yet.
    Created,
    /// Units were taken from the stock.
    StockReserved,
    /// Units are returned to the stock.
    StockReleased,
    /// Payment was requested from the provider.
    PaymentRequested,
    /// Payment succeeded, and the money was taken.
    PaymentCompleted,
    /// Payment failed at the provider.
    PaymentFailed,
    /// Order is confirmed as paid.
    Confirmed,
    /// Order was canceled or has expired.
    Canceled,
}

/// Entry of an order's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// Kind of the log entry.
    pub kind: Kind,
    /// Time of the change, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Account that made the change. `None` if dibs made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// Payment id or provider reference of a payment entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl OrderEvent {
    /// Creates an entry without a note.
    pub const fn new(kind: Kind, actor: Option<UserId>, at: Timestamp) -> Self {
        Self { kind, at, actor, note: None }
    }

    /// Returns further data of the entry for clients, taken from `order` and the note.
    pub fn payload(&self, order: &Order) -> Value {
        match self.kind {
            Kind::Created => json!({
                "time_deal_id": order.deal_id,
                "quantity": order.quantity,
                "unit_price": order.unit_price,
                "total_price": order.total_price(),
            }),
            Kind::StockReserved | Kind::StockReleased => json!({"quantity": order.quantity}),
            Kind::PaymentRequested | Kind::PaymentCompleted | Kind::PaymentFailed => {
                json!({"reference": self.note, "amount": order.total_price()})
            }
            Kind::Confirmed => json!({"payment_id": order.payment}),
            Kind::Canceled => json!({"reason": order.reason}),
        }
    }
}

/// Returns the log in the order in which clients see it, each entry with its number from 1. The release of
/// units comes before the cancellation; older versions wrote them the other way round.
pub fn shown(log: &[OrderEvent]) -> Vec<(usize, &OrderEvent)> {
    let mut shown: Vec<(usize, &OrderEvent)> =
        log.iter().enumerate().map(|(at, event)| (at + 1, event)).collect();
    for at in 1..shown.len() {
        if (shown[at - 1].1.kind, shown[at].1.kind) == (Kind::Canceled, Kind::StockReleased) {
            shown.swap(at - 1, at);
        }
    }
    shown
}

impl Order {
    /// Checks that the status follows from the log, and that the order has as many units as were ordered.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if they do not agree.
    pub fn check(&self) -> Result<()> {
        let units: u32 = self.parts.iter().map(|part| part.quantity).sum();
        let holds = matches!(self.status, Status::Reserved | Status::Confirmed);
        if replay(&self.log) == self.status && (!holds || units == self.quantity) {
            return Ok(());
        }
        Err(Error::broken(format!(
            "{} is {:?} with {units} units, its log says otherwise",
            self.id, self.status
        )))
    }
}

/// Returns the status that follows from the log.
pub fn replay(log: &[OrderEvent]) -> Status {
    log.iter().fold(Status::Pending, |status, event| match (event.kind, status) {
        (Kind::Created, _) => Status::Pending,
        (Kind::StockReserved, _) => Status::Reserved,
        (Kind::Confirmed, _) => Status::Confirmed,
        (Kind::Canceled, _) => Status::Canceled,
        // Units were returned before the order existed.
        (Kind::StockReleased, Status::Pending) => Status::Failed,
        (Kind::StockReleased | Kind::PaymentRequested | Kind::PaymentCompleted | Kind::PaymentFailed, _) => {
            status
        }
    })
}
