//! Response types for orders and their events.

use domain::ids::{DealId, OrderId, PaymentId, ProductId, UserId};
use domain::orders::{Order, OrderEndReason, OrderEvent, OrderEventKind, OrderStatus};
use domain::{Quantity, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Order of one or more units of a time deal.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Order")]
pub struct OrderView {
    /// Id of the order.
    pub id: OrderId,
    /// Id of the user who placed the order.
    pub user_id: UserId,
    /// Id of the time deal that the units are from.
    pub time_deal_id: DealId,
    /// Product that was ordered, as it was at the time of the order.
    pub product: OrderedView,
    /// Number of units, 1 to 10.
    pub quantity: Quantity,
    /// Price of each unit, in whole units of the currency.
    pub unit_price: u64,
    /// Price of all units together, in whole units of the currency.
    pub total_price: u64,
    /// Present status. An order that is not paid before `expires_at` is shown as canceled.
    pub status: OrderStatus,
    /// Reason why the order was canceled or failed; null for every other status.
    pub reason: Option<OrderEndReason>,
    /// Time until which the order can be paid, in UTC.
    pub expires_at: Timestamp,
    /// Creation time of the order, in UTC.
    pub created_at: Timestamp,
    /// Time of the last change, in UTC.
    pub updated_at: Timestamp,
    /// Time at which the units were reserved, in UTC; null when they never were.
    pub reserved_at: Option<Timestamp>,
    /// Time of the payment, in UTC; null until the order is paid.
    pub confirmed_at: Option<Timestamp>,
    /// Time of the cancellation or expiry, in UTC; null unless the order is canceled.
    pub canceled_at: Option<Timestamp>,
    /// Id of the payment that paid the order; null until it is paid.
    pub payment_id: Option<PaymentId>,
}

/// Product of an order, as it was at the time of the order.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrderedProduct")]
pub struct OrderedView {
    /// Id of the product that was ordered.
    pub id: ProductId,
    /// Display name of the product at the time of the order.
    pub name: String,
    /// Address of a small picture; null when the product had none.
    pub thumbnail_url: Option<String>,
}

/// Entry in the log of an order.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrderEvent")]
pub struct OrderEventView {
    /// Id of the entry: the id of the order, a colon and the number of the entry in the log, from 1.
    pub id: String,
    /// Kind of the change that the entry records.
    #[serde(rename = "type")]
    pub kind: OrderEventKind,
    /// User, administrator or system that made the change.
    pub actor: Actor,
    /// Data of the change by `type`: deal, quantity and prices of the created order; quantity of the units
    /// that were reserved or released; `reference` and `amount` of a payment through the provider;
    /// `payment_id` of the confirmed order; `reason` of the cancellation.
    pub payload: Value,
    /// Time of the change that the entry records, in UTC.
    pub created_at: Timestamp,
}

/// User, administrator or system that changed an order.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(inline)]
pub enum Actor {
    /// The user who placed the order.
    User {
        /// Id of the user who placed the order.
        id: UserId,
    },
    /// An administrator who acted for the user.
    Admin {
        /// Id of the administrator who made the change.
        id: UserId,
    },
    /// The system itself, for example when an order expired.
    System,
}

impl OrderView {
    /// Builds the response for `order` with its status at `now`.
    pub fn at(order: &Order, now: Timestamp) -> Self {
        let order = order.expire(now);
        Self {
            user_id: order.id.owner().clone(),
            quantity: order.quantity,
            unit_price: order.unit_price,
            total_price: order.total_price().0,
            status: order.status,
            reason: order.reason,
            expires_at: order.expires_at,
            created_at: order.created_at,
            updated_at: order.updated_at(),
            reserved_at: order.when(OrderEventKind::StockReserved),
            confirmed_at: order.when(OrderEventKind::Confirmed),
            canceled_at: order.when(OrderEventKind::Canceled),
            payment_id: order.payment,
            product: OrderedView {
                id: order.product.id,
                name: order.product.name,
                thumbnail_url: order.product.thumbnail_url,
            },
            time_deal_id: order.deal_id,
            id: order.id,
        }
    }
}

impl OrderEventView {
    /// Builds the response for `event`, which is entry `number` of the log of `order`.
    pub fn of(number: usize, event: &OrderEvent, order: &Order) -> Self {
        Self {
            id: format!("{}:{number}", order.id),
            kind: event.kind,
            actor: match event.actor.clone() {
                None => Actor::System,
                Some(id) if id == *order.id.owner() => Actor::User { id },
                // Only administrators can act on orders of other users.
                Some(id) => Actor::Admin { id },
            },
            payload: event.payload(order),
            created_at: event.at,
        }
    }
}
