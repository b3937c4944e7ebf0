//! What a payment is for: seats or units, held for whoever pays.

use domain::concerts::Reservation;
use domain::ids::PaymentId;
use domain::orders::Order;
use domain::queue::Place;
use domain::wallet::Purchase;
use domain::{Result, Timestamp};
use edge::App;
use store::Sale;

/// What is to be paid for, or is paid.
pub enum Goods {
    /// Seats.
    Seats(Box<Reservation>),
    /// Units of a deal.
    Units(Box<Order>),
}

impl Goods {
    /// What `purchase` names, as it is.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub async fn find(app: &App, purchase: &Purchase) -> Result<Self> {
        Ok(match purchase {
            Purchase::Reservation(id) => Self::Seats(Box::new(app.store().reservation(id).await?)),
            Purchase::Order(id) => Self::Units(Box::new(app.store().order(id).await?)),
        })
    }

    /// What has paid them.
    pub fn payment(&self) -> Option<&PaymentId> {
        match self {
            Self::Seats(reservation) => reservation.payment.as_ref(),
            Self::Units(order) => order.payment.as_ref(),
        }
    }

    /// The place in a waiting room with which they were reserved.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Seats(reservation) => reservation.place.as_ref(),
            Self::Units(order) => order.place.as_ref(),
        }
    }

    /// What they cost together.
    pub fn price(&self) -> u64 {
        match self {
            Self::Seats(reservation) => reservation.amount,
            Self::Units(order) => order.total_price(),
        }
    }

    /// The same, paid by `payment`.
    ///
    /// # Errors
    /// `ALREADY_PAID`; `HOLD_EXPIRED`.
    pub fn pay(&self, payment: PaymentId, now: Timestamp) -> Result<Self> {
        Ok(match self {
            Self::Seats(reservation) => Self::Seats(Box::new(reservation.pay(payment, now)?)),
            Self::Units(order) => Self::Units(Box::new(order.pay(payment, now)?)),
        })
    }

    /// They themselves, for the store.
    pub fn sale(&self) -> Sale<'_> {
        match self {
            Self::Seats(paid) => Sale::Seats(paid),
            Self::Units(paid) => Sale::Units(paid),
        }
    }
}
