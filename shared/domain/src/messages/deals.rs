//! Messages and domain events about time deals and their orders.

use serde::{Deserialize, Serialize};

use super::{DomainEvent, DomainEventData, EventType};
use crate::deals::{self, Deal};
use crate::ids::{DealId, OrderId, PaymentId, ProductId, UserId};
use crate::orders::{Order, OrderEndReason, OrderEventKind, OrderStatus};
use crate::stock::OrderPart;
use crate::{Money, Quantity, Timestamp};

/// SQS message: orders may have to be closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "close", rename_all = "snake_case")]
pub enum CloseOrders {
    /// Order that holds these units, once its hold has expired.
    Overdue {
        /// Deal of the order.
        deal_id: DealId,
        /// Id of the order.
        order_id: OrderId,
        /// Units that the order holds in one bucket.
        part: OrderPart,
        /// Expiry of the hold, in UTC.
        due_at: Timestamp,
    },
    /// Orders of a canceled deal that hold units in a range of buckets.
    OfDeal {
        /// Deal that was canceled.
        deal_id: DealId,
        /// First bucket of the range.
        from: u32,
        /// End of the range, exclusive. `None` in messages of an older version, for all following buckets.
        #[serde(default)]
        to: Option<u32>,
    },
    /// Orders of a closed account.
    OfAccount {
        /// Account that was closed.
        user_id: UserId,
    },
}

impl CloseOrders {
    /// Maximum number of buckets per message of a canceled deal.
    const BUCKETS_MAX: u32 = 50;

    /// Returns the messages that close the orders of a canceled deal in the buckets `from..buckets`. They are
    /// sent at once, since Lambda stops a chain in which each message sends the next one.
    pub fn of_deal(deal_id: &DealId, from: u32, buckets: u32) -> impl Iterator<Item = Self> {
        let step = usize::try_from(Self::BUCKETS_MAX).unwrap_or(usize::MAX);
        (from..buckets).step_by(step).map(move |from| Self::OfDeal {
            deal_id: deal_id.clone(),
            from,
            to: Some(buckets.min(from + Self::BUCKETS_MAX)),
        })
    }
}

/// Event data of an order that was created, paid, canceled or expired, or whose payment changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderChanged {
    /// Id of the order.
    pub order_id: OrderId,
    /// Owner of the order.
    pub user_id: UserId,
    /// Deal of the order.
    pub time_deal_id: DealId,
    /// Product of the deal.
    pub product_id: ProductId,
    /// Number of ordered units.
    pub quantity: Quantity,
    /// Total price of the units in whole units of the currency.
    pub total_price: Money,
    /// Status of the order after the change.
    pub status: OrderStatus,
    /// Reason for the end of the order, if it has ended.
    pub reason: Option<OrderEndReason>,
    /// Payment of the order, if paid.
    pub payment_id: Option<PaymentId>,
}

/// Event data of a deal that was created or changed, or whose status changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealChanged {
    /// Id of the deal.
    pub time_deal_id: DealId,
    /// Product of the deal.
    pub product_id: ProductId,
    /// Status of the deal after the change.
    pub status: deals::DealStatus,
    /// Price of a unit in the deal, in whole units of the currency.
    pub deal_price: u64,
    /// Number of units in the deal.
    pub stock_quantity: Quantity,
    /// Start of the deal, inclusive.
    pub start_at: Timestamp,
    /// End of the deal, exclusive.
    pub end_at: Timestamp,
}

impl DomainEvent {
    /// Creates the event of an order's current version from the last entry of its log. Each version causes
    /// one event.
    pub fn of_order(now: &Order) -> Self {
        let last = now.log.last();
        let kind = match (last.map(|event| event.kind), now.status) {
            (Some(OrderEventKind::PaymentRequested), _) => EventType::OrderPaymentRequested,
            (Some(OrderEventKind::PaymentFailed), _) => EventType::OrderPaymentFailed,
            (Some(OrderEventKind::PaymentCompleted), _) => EventType::OrderPaymentCompleted,
            (_, OrderStatus::Pending | OrderStatus::Reserved) => EventType::OrderReserved,
            (_, OrderStatus::Confirmed) => EventType::OrderConfirmed,
            (_, OrderStatus::Canceled) => EventType::OrderCanceled,
            (_, OrderStatus::Failed) => EventType::OrderFailed,
        };
        Self {
            id: format!("{}:{}", now.id, now.version),
            kind,
            occurred_at: last.map_or(now.created_at, |event| event.at),
            correlation_id: now.id.to_string(),
            data: DomainEventData::Order(OrderChanged {
                order_id: now.id.clone(),
                user_id: now.id.owner().clone(),
                time_deal_id: now.deal_id.clone(),
                product_id: now.product.id.clone(),
                quantity: now.quantity,
                total_price: now.total_price(),
                status: now.status,
                reason: now.reason,
                payment_id: now.payment.clone(),
            }),
        }
    }

    /// Creates the event of a deal's current version, changed at `at`. `before` is its previous status.
    pub fn of_deal(before: Option<deals::DealStatus>, now: &Deal, at: Timestamp) -> Self {
        let kind = match now.status {
            same if before == Some(same) => EventType::DealChanged,
            deals::DealStatus::Scheduled => EventType::DealScheduled,
            deals::DealStatus::Active => EventType::DealActive,
            deals::DealStatus::Ended => EventType::DealEnded,
            deals::DealStatus::Soldout => EventType::DealSoldout,
            deals::DealStatus::Canceled => EventType::DealCanceled,
        };
        Self {
            id: format!("{}:{}", now.id, now.version),
            kind,
            occurred_at: at,
            correlation_id: now.id.to_string(),
            data: DomainEventData::Deal(DealChanged {
                time_deal_id: now.id.clone(),
                product_id: now.product.id.clone(),
                status: now.status,
                deal_price: now.deal_price,
                stock_quantity: now.stock_quantity,
                start_at: now.starts_at,
                end_at: now.ends_at,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn orders_of_a_canceled_deal_are_closed_without_a_chain() {
        let deal_id = DealId::new("d");
        let of = |buckets| CloseOrders::of_deal(&deal_id, 0, buckets).collect::<Vec<_>>();
        let parts = of(8_334);
        let mut next = 0;
        for part in &parts {
            let CloseOrders::OfDeal { from, to: Some(to), .. } = part else { panic!("{part:?}") };
            assert_each_eq!((*from, next), ((*to - *from) <= 50, true));
            next = *to;
        }
        assert_each_eq!((parts.len(), 167), (next, 8_334), (of(1).len(), 1));
    }

    #[test]
    fn message_of_the_version_before_stands_for_all_that_follow() {
        let text = r#"{"close":"of_deal","deal_id":"tdl_d","from":50}"#;
        let read: CloseOrders = serde_json::from_str(text).unwrap();
        assert_eq!(read, CloseOrders::OfDeal { deal_id: DealId::new("d"), from: 50, to: None });
    }
}
