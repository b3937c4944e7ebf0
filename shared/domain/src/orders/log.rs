//! Event log of an order: kind, time and actor of each change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Order, OrderStatus};
use crate::ids::UserId;
use crate::time::millis;
use crate::{Error, Quantity, Result, Timestamp};

/// Kind of a log entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum OrderEventKind {
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
    pub kind: OrderEventKind,
    /// Time of the change, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Account that made the change. `None` if dibs made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// Payment id or payment reference of the provider, in an entry about a payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl OrderEvent {
    /// Creates an entry without a note.
    pub const fn new(kind: OrderEventKind, actor: Option<UserId>, at: Timestamp) -> Self {
        Self { kind, at, actor, note: None }
    }

    /// Returns the data of the entry that clients see beside kind, time and actor, by kind, taken from
    /// `order` and the note.
    pub fn payload(&self, order: &Order) -> Value {
        match self.kind {
            OrderEventKind::Created => json!({
                "time_deal_id": order.deal_id,
                "quantity": order.quantity,
                "unit_price": order.unit_price,
                "total_price": order.total_price(),
            }),
            OrderEventKind::StockReserved | OrderEventKind::StockReleased => {
                json!({"quantity": order.quantity})
            }
            OrderEventKind::PaymentRequested
            | OrderEventKind::PaymentCompleted
            | OrderEventKind::PaymentFailed => {
                json!({"reference": self.note, "amount": order.total_price()})
            }
            OrderEventKind::Confirmed => json!({"payment_id": order.payment}),
            OrderEventKind::Canceled => json!({"reason": order.reason}),
        }
    }
}

/// Returns the log in the order in which clients see it, each entry with its number in the stored log, which
/// begins with 1. The release of units comes before the cancellation; older versions of dibs stored them the
/// other way round.
pub fn shown(log: &[OrderEvent]) -> Vec<(usize, &OrderEvent)> {
    let mut shown: Vec<(usize, &OrderEvent)> =
        log.iter().enumerate().map(|(at, event)| (at + 1, event)).collect();
    for at in 1..shown.len() {
        if (shown[at - 1].1.kind, shown[at].1.kind)
            == (OrderEventKind::Canceled, OrderEventKind::StockReleased)
        {
            shown.swap(at - 1, at);
        }
    }
    shown
}

impl Order {
    /// Checks that the status follows from the log, and that a reserved or confirmed order has as many units
    /// as were ordered.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if one of the two does not hold.
    pub fn check(&self) -> Result<()> {
        let units: Quantity = self.parts.iter().map(|part| part.quantity).sum();
        let holds = matches!(self.status, OrderStatus::Reserved | OrderStatus::Confirmed);
        if replay(&self.log) == self.status && (!holds || units == self.quantity) {
            return Ok(());
        }
        Err(Error::broken(format!(
            "{} is {:?} with {units} units, its log says otherwise",
            self.id, self.status
        )))
    }
}

/// Returns the status to which the entries of `log` lead; `Pending` for an empty log.
pub fn replay(log: &[OrderEvent]) -> OrderStatus {
    log.iter().fold(OrderStatus::Pending, |status, event| match (event.kind, status) {
        (OrderEventKind::Created, _) => OrderStatus::Pending,
        (OrderEventKind::StockReserved, _) => OrderStatus::Reserved,
        (OrderEventKind::Confirmed, _) => OrderStatus::Confirmed,
        (OrderEventKind::Canceled, _) => OrderStatus::Canceled,
        // Units were returned before the order existed.
        (OrderEventKind::StockReleased, OrderStatus::Pending) => OrderStatus::Failed,
        (
            OrderEventKind::StockReleased
            | OrderEventKind::PaymentRequested
            | OrderEventKind::PaymentCompleted
            | OrderEventKind::PaymentFailed,
            _,
        ) => status,
    })
}
