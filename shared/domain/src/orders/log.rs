//! The log of an order: what happened to it, when, and by whom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Order, Status};
use crate::Timestamp;
use crate::ids::UserId;
use crate::time::millis;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum Kind {
    /// It was made.
    Created,
    /// Its units were taken.
    StockReserved,
    /// Its units go back.
    StockReleased,
    /// The outside provider was asked to take the money.
    PaymentRequested,
    /// The money was taken.
    PaymentCompleted,
    /// The outside provider could not take the money.
    PaymentFailed,
    /// It is the buyer's.
    Confirmed,
    /// It was cancelled.
    Canceled,
}

/// One entry of the log of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// What happened.
    pub kind: Kind,
    /// When.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Who did it; nobody when dibs did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// How the payment is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl OrderEvent {
    /// That this happened, without a note.
    pub const fn new(kind: Kind, actor: Option<UserId>, at: Timestamp) -> Self {
        Self { kind, at, actor, note: None }
    }

    /// What else there is to say of it, of what `order` and its note know.
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

/// The log in the order in which clients see it, each with its number, from 1: units are released before the
/// order is canceled. Earlier versions of dibs have written it the other way round.
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

/// Where the order stands to which all this happened.
pub fn replay(log: &[OrderEvent]) -> Status {
    log.iter().fold(Status::Pending, |status, event| match (event.kind, status) {
        (Kind::Created, _) => Status::Pending,
        (Kind::StockReserved, _) => Status::Reserved,
        (Kind::Confirmed, _) => Status::Confirmed,
        (Kind::Canceled, _) => Status::Canceled,
        // Units that go back before there was an order to hold them for.
        (Kind::StockReleased, Status::Pending) => Status::Failed,
        (Kind::StockReleased | Kind::PaymentRequested | Kind::PaymentCompleted | Kind::PaymentFailed, _) => {
            status
        }
    })
}
