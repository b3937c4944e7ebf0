//! Purchasables: reservations and orders, held for the user who pays.

use domain::concerts::Reservation;
use domain::ids::PaymentId;
use domain::orders::Order;
use domain::waiting_room::PositionKey;
use domain::wallet::Purchase;
use domain::{Money, Result, Timestamp};
use runtime::App;
use store::PurchaseWrite;

/// A reservation or an order to be paid, or paid already.
pub enum Purchasable {
    /// Reservation with its seats.
    Seats(Box<Reservation>),
    /// Order with its units of a deal.
    Units(Box<Order>),
}

impl Purchasable {
    /// Reads the reservation or order that `purchase` names, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn find(app: &App, purchase: &Purchase) -> Result<Self> {
        Ok(match purchase {
            Purchase::Reservation(id) => Self::Seats(Box::new(app.store().get_reservation(id).await?)),
            Purchase::Order(id) => Self::Units(Box::new(app.store().get_order(id).await?)),
        })
    }

    /// Returns the id of the payment that paid the reservation or order; `None` while it is unpaid.
    pub fn payment(&self) -> Option<&PaymentId> {
        match self {
            Self::Seats(reservation) => reservation.payment.as_ref(),
            Self::Units(order) => order.payment.as_ref(),
        }
    }

    /// Returns the position in a waiting room with which it was reserved; `None` if no queue guarded it.
    pub fn queue_position(&self) -> Option<&PositionKey> {
        match self {
            Self::Seats(reservation) => reservation.queue_position.as_ref(),
            Self::Units(order) => order.queue_position.as_ref(),
        }
    }

    /// Returns the total price, in whole units of the currency.
    pub fn price(&self) -> Money {
        match self {
            Self::Seats(reservation) => reservation.amount,
            Self::Units(order) => order.total_price(),
        }
    }

    /// Returns the next version, paid by `payment` at `now`.
    ///
    /// # Errors
    /// `ALREADY_PAID` when it is paid; `HOLD_EXPIRED` when it expired or was canceled.
    pub fn pay(&self, payment: PaymentId, now: Timestamp) -> Result<Self> {
        Ok(match self {
            Self::Seats(reservation) => Self::Seats(Box::new(reservation.pay(payment, now)?)),
            Self::Units(order) => Self::Units(Box::new(order.pay(payment, now)?)),
        })
    }

    /// Returns the reservation or order as the store writes it in the transaction of a payment.
    pub fn sale(&self) -> PurchaseWrite<'_> {
        match self {
            Self::Seats(paid) => PurchaseWrite::Seats(paid),
            Self::Units(paid) => PurchaseWrite::Units(paid),
        }
    }
}
