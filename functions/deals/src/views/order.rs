//! Response types for orders and their events.

use domain::Timestamp;
use domain::ids::{DealId, OrderId, PaymentId, ProductId, UserId};
use domain::orders::{Kind, Order, OrderEvent, Reason, Status};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// An order.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Order")]
pub struct OrderView {
    /// Its id.
    pub id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// Of which deal.
    pub time_deal_id: DealId,
    /// Of what, as it was then.
    pub product: OrderedView,
    /// How many units.
    pub quantity: u32,
    /// What each costs.
    pub unit_price: u64,
    /// What they cost together.
    pub total_price: u64,
    /// Where it stands now: what was not paid in time is canceled.
    pub status: Status,
    /// Why it is over.
    pub reason: Option<Reason>,
    /// Until when it can be paid.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When its units were taken.
    pub reserved_at: Option<Timestamp>,
    /// When it was paid.
    pub confirmed_at: Option<Timestamp>,
    /// When it was given up, or its time was over.
    pub canceled_at: Option<Timestamp>,
    /// What paid it.
    pub payment_id: Option<PaymentId>,
}

/// What is ordered.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrderedProduct")]
pub struct OrderedView {
    /// Its id.
    pub id: ProductId,
    /// For people.
    pub name: String,
    /// A small picture.
    pub thumbnail_url: Option<String>,
}

/// Something that happened to an order.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrderEvent")]
pub struct OrderEventView {
    /// Id of the event: the order's, and the number of the event in its log.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Who did it.
    pub actor: Actor,
    /// What else there is to say.
    pub payload: Value,
    /// When.
    pub created_at: Timestamp,
}

/// Who did something.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(inline)]
pub enum Actor {
    /// The buyer.
    User {
        /// Who.
        id: UserId,
    },
    /// An administrator, for somebody else.
    Admin {
        /// Who.
        id: UserId,
    },
    /// dibs.
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
            total_price: order.total_price(),
            status: order.status,
            reason: order.reason,
            expires_at: order.expires_at,
            created_at: order.created_at,
            updated_at: order.updated_at(),
            reserved_at: order.when(Kind::StockReserved),
            confirmed_at: order.when(Kind::Confirmed),
            canceled_at: order.when(Kind::Canceled),
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
    /// Builds the response for event `number` of the order's log.
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
