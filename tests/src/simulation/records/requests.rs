//! Record of the requests about concerts and deals, with their responses.

use std::sync::{Mutex, PoisonError};

use domain::accounts::Role;
use domain::ids::{ConcertId, DealId, OrderId, QueueId, ReservationId, UserId};
use domain::wallet::Purchase;
use serde_json::{Value, json};

use crate::simulation::world::{Answer, Request};

/// Record of all requests about concerts and deals in a run.
#[derive(Default)]
pub struct RequestHistory(Mutex<Vec<RequestRecord>>);

/// One request about concerts or deals, with its response.
#[derive(Clone, Debug)]
pub struct RequestRecord {
    /// User who sent the request.
    pub user: UserId,
    /// Kind of the request.
    pub want: Want,
    /// Idempotency key of the request.
    pub key: Option<String>,
    /// Queue token of the request.
    pub token: Option<String>,
    /// Time of sending, in milliseconds of the run.
    pub sent_ms: u64,
    /// Time of the response or of the timeout, in milliseconds of the run.
    pub came_ms: u64,
    /// Response to the request.
    pub answer: Answer,
}

/// Kind of a request about concerts or deals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Charge of the balance by this amount, in whole units of the currency.
    Charge(u64),
    /// Reservation of seats of a concert on a day.
    Reserve(ConcertId, String, Seats),
    /// Read of the seat map of a concert on a day.
    Look(ConcertId, String),
    /// Payment of a reservation or an order from the balance.
    Pay(Purchase),
    /// Cancellation of a reservation.
    Cancel(ReservationId),
    /// Join of a waiting room.
    Join(QueueId),
    /// Poll of the position in a waiting room.
    Poll(QueueId),
    /// Departure from a waiting room.
    Leave(QueueId),
    /// Order of this many units of a deal.
    Order(DealId, u32),
    /// Payment of an order through the provider.
    AskPayment(OrderId),
    /// Cancellation of an order.
    CancelOrder(OrderId),
    /// Read of an order.
    ReadOrder(OrderId),
    /// Read of a deal.
    ReadDeal(DealId),
}

/// Seats that a reservation requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seats {
    /// Seats with these names.
    Named(Vec<String>),
    /// This many adjacent seats, chosen by the API.
    Best(usize),
}

impl Want {
    /// Returns the HTTP request of this kind, by `user`, with this `Idempotency-Key` and queue token.
    pub fn request(&self, user: &UserId, key: Option<&str>, token: Option<&str>) -> Request {
        let (method, path, body) = match self {
            Self::Charge(amount) => ("POST", "/balance/charge".to_owned(), json!({"amount": amount})),
            Self::Reserve(concert, date, seats) => {
                let body = match seats {
                    Seats::Named(names) => json!({"date": date, "seats": names}),
                    Seats::Best(count) => json!({"date": date, "count": count}),
                };
                ("POST", format!("/concerts/{concert}/reservations"), body)
            }
            Self::Look(concert, date) => {
                ("GET", format!("/concerts/{concert}/dates/{date}/seats"), Value::Null)
            }
            Self::Pay(purchase) => ("POST", "/payments".to_owned(), json!(purchase)),
            Self::Cancel(id) => ("DELETE", format!("/reservations/{id}"), Value::Null),
            Self::Join(queue) => ("POST", format!("/queues/{queue}/tokens"), Value::Null),
            Self::Poll(queue) => ("GET", format!("/queues/{queue}/tokens/me"), Value::Null),
            Self::Leave(queue) => ("DELETE", format!("/queues/{queue}/tokens/me"), Value::Null),
            Self::Order(deal, quantity) => {
                ("POST", "/orders".to_owned(), json!({"time_deal_id": deal, "quantity": quantity}))
            }
            Self::AskPayment(id) => ("POST", format!("/orders/{id}/payments"), json!({})),
            Self::CancelOrder(id) => ("DELETE", format!("/orders/{id}"), Value::Null),
            Self::ReadOrder(id) => ("GET", format!("/orders/{id}"), Value::Null),
            Self::ReadDeal(id) => ("GET", format!("/timedeals/{id}"), Value::Null),
        };
        Request {
            method,
            path,
            user: user.clone(),
            role: Role::User,
            key: key.map(str::to_owned),
            body: Some(body).filter(|body| !body.is_null()),
            token: token.map(str::to_owned),
            session: None,
        }
    }

    /// Returns the short name of the request in the trace.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Charge(_) => "charge",
            Self::Reserve(..) => "reserve",
            Self::Look(..) => "look",
            Self::Pay(_) => "pay",
            Self::Cancel(_) => "cancel",
            Self::Join(_) => "join",
            Self::Poll(_) => "poll",
            Self::Leave(_) => "leave",
            Self::Order(..) => "order",
            Self::AskPayment(_) => "ask payment",
            Self::CancelOrder(_) => "cancel order",
            Self::ReadOrder(_) => "read order",
            Self::ReadDeal(_) => "read deal",
        }
    }

    /// Returns `true` if the request accepts an `Idempotency-Key`.
    pub const fn takes_key(&self) -> bool {
        matches!(
            self,
            Self::Charge(_) | Self::Reserve(..) | Self::Pay(_) | Self::Order(..) | Self::AskPayment(_)
        )
    }
}

impl RequestRecord {
    /// Returns the field `id` in the `data` of the response.
    pub fn id(&self) -> Option<&str> {
        self.answer.data()["id"].as_str()
    }

    /// Returns `true` if the status is 400 to 499, so that the request had no effect.
    pub fn is_refused(&self) -> bool {
        matches!(self.answer.status(), 400..500)
    }
}

impl RequestHistory {
    /// Records a request and its response.
    pub fn add(&self, record: RequestRecord) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }

    /// Returns every request so far.
    pub fn all(&self) -> Vec<RequestRecord> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
