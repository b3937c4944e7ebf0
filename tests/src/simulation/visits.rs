//! What people did around concerts and deals, and what they were told.

use std::sync::{Mutex, PoisonError};

use domain::accounts::Role;
use domain::ids::{ConcertId, DealId, OrderId, QueueId, ReservationId, UserId};
use domain::wallet::Purchase;
use serde_json::{Value, json};

use super::world::{Answer, Request};

/// Every call around concerts and deals of a run.
#[derive(Default)]
pub struct Visits(Mutex<Vec<Visit>>);

/// A call and its answer.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Who called.
    pub user: UserId,
    /// What they wanted.
    pub want: Want,
    /// With which key.
    pub key: Option<String>,
    /// With which token of a waiting room.
    pub token: Option<String>,
    /// When it was sent.
    pub sent_ms: u64,
    /// When the answer came, or was given up.
    pub came_ms: u64,
    /// The answer.
    pub answer: Answer,
}

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// More money in their balance.
    Charge(u64),
    /// Seats of a concert on a day.
    Reserve(ConcertId, String, Seats),
    /// To see which seats there are.
    Look(ConcertId, String),
    /// To pay for a reservation or an order from the balance.
    Pay(Purchase),
    /// To give a reservation up.
    Cancel(ReservationId),
    /// To be in line.
    Join(QueueId),
    /// To know where they are in it.
    Poll(QueueId),
    /// To be in line no more.
    Leave(QueueId),
    /// So many units of a deal.
    Order(DealId, u32),
    /// To pay for an order through the provider.
    AskPayment(OrderId),
    /// To give an order up.
    CancelOrder(OrderId),
    /// To see how an order stands.
    ReadOrder(OrderId),
    /// To see how a deal stands.
    ReadDeal(DealId),
}

/// Which seats somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seats {
    /// These.
    Named(Vec<String>),
    /// So many beside each other.
    Best(usize),
}

impl Want {
    /// The request for it.
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

    /// In a word.
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

    /// Whether the same call is known by its `Idempotency-Key`.
    pub const fn takes_key(&self) -> bool {
        matches!(
            self,
            Self::Charge(_) | Self::Reserve(..) | Self::Pay(_) | Self::Order(..) | Self::AskPayment(_)
        )
    }
}

impl Visit {
    /// The id in the answer.
    pub fn id(&self) -> Option<&str> {
        self.answer.data()["id"].as_str()
    }

    /// Whether it is known that nothing was done, or is still to be done.
    pub fn is_refused(&self) -> bool {
        matches!(self.answer.status(), 400..500)
    }
}

impl Visits {
    /// A call was answered.
    pub fn add(&self, visit: Visit) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(visit);
    }

    /// Every call so far.
    pub fn all(&self) -> Vec<Visit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
