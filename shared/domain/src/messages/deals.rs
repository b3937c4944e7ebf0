//! What is said about time deals and their orders.

use serde::{Deserialize, Serialize};

use super::{Change, DomainEvent};
use crate::Timestamp;
use crate::deals::{self, Deal};
use crate::ids::{DealId, OrderId, PaymentId, ProductId, UserId};
use crate::orders::{Kind, Order, Reason, Status};
use crate::stock::Part;

/// Orders may have to be closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "close", rename_all = "snake_case")]
pub enum CloseOrders {
    /// The one for which these units are held, once its time is over.
    Overdue {
        /// Of which deal.
        deal_id: DealId,
        /// For which order.
        order_id: OrderId,
        /// Which units.
        part: Part,
        /// When its time is over.
        due_at: Timestamp,
    },
    /// Those of a deal that was cancelled, by the buckets that hold units for them.
    OfDeal {
        /// Which deal.
        deal_id: DealId,
        /// From this bucket on.
        from: u32,
        /// Before this one. Absent in a message of the version before, which stands for all the following.
        #[serde(default)]
        to: Option<u32>,
    },
    /// Those of an account that was closed.
    OfAccount {
        /// The closed account.
        user_id: UserId,
    },
}

impl CloseOrders {
    /// How many buckets of a cancelled deal one message is about.
    const BUCKETS_MAX: u32 = 50;

    /// Returns the messages that close the orders of a cancelled deal in its buckets `from` on, of so many: all
    /// at once, since Lambda stops a chain in which each message sends the next.
    pub fn of_deal(deal_id: &DealId, from: u32, buckets: u32) -> impl Iterator<Item = Self> {
        let step = usize::try_from(Self::BUCKETS_MAX).unwrap_or(usize::MAX);
        (from..buckets).step_by(step).map(move |from| Self::OfDeal {
            deal_id: deal_id.clone(),
            from,
            to: Some(buckets.min(from + Self::BUCKETS_MAX)),
        })
    }
}

/// An order was made, paid, given up, not paid in time, or something happened to its payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderChanged {
    /// Which order.
    pub order_id: OrderId,
    /// Whose.
    pub user_id: UserId,
    /// Of which deal.
    pub time_deal_id: DealId,
    /// Of which product.
    pub product_id: ProductId,
    /// How many units.
    pub quantity: u32,
    /// What they cost together.
    pub total_price: u64,
    /// What it became.
    pub status: Status,
    /// Why it is over.
    pub reason: Option<Reason>,
    /// What paid it.
    pub payment_id: Option<PaymentId>,
}

/// A deal was made, changed, or went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealChanged {
    /// Which deal.
    pub time_deal_id: DealId,
    /// Of which product.
    pub product_id: ProductId,
    /// What it became.
    pub status: deals::Status,
    /// What a unit costs.
    pub deal_price: u64,
    /// How many units there are.
    pub stock_quantity: u32,
    /// When it begins.
    pub start_at: Timestamp,
    /// When it ends.
    pub end_at: Timestamp,
}

impl DomainEvent {
    /// What happened to an order with this version of it: each has one thing to tell, the last of its log.
    pub fn of_order(now: &Order) -> Self {
        let last = now.log.last();
        let kind = match (last.map(|event| event.kind), now.status) {
            (Some(Kind::PaymentRequested), _) => "payment_requested",
            (Some(Kind::PaymentFailed), _) => "payment_failed",
            (Some(Kind::PaymentCompleted), _) => "payment_completed",
            (_, Status::Pending | Status::Reserved) => "reserved",
            (_, Status::Confirmed) => "confirmed",
            (_, Status::Canceled) => "canceled",
            (_, Status::Failed) => "failed",
        };
        Self {
            id: format!("{}:{}", now.id, now.version),
            kind: format!("order.{kind}"),
            occurred_at: last.map_or(now.created_at, |event| event.at),
            correlation_id: now.id.to_string(),
            data: Change::Order(OrderChanged {
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

    /// What happened to a deal that stood at `before`, with this version of it, `at` about this time.
    pub fn of_deal(before: Option<deals::Status>, now: &Deal, at: Timestamp) -> Self {
        let kind = match now.status {
            same if before == Some(same) => "changed",
            deals::Status::Scheduled => "scheduled",
            deals::Status::Active => "active",
            deals::Status::Ended => "ended",
            deals::Status::Soldout => "soldout",
            deals::Status::Canceled => "canceled",
        };
        Self {
            id: format!("{}:{}", now.id, now.version),
            kind: format!("deal.{kind}"),
            occurred_at: at,
            correlation_id: now.id.to_string(),
            data: Change::Deal(DealChanged {
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

    #[test]
    fn orders_of_a_canceled_deal_are_closed_without_a_chain() {
        let deal_id = DealId::new("d");
        let of = |buckets| CloseOrders::of_deal(&deal_id, 0, buckets).collect::<Vec<_>>();
        let parts = of(8_334);
        let mut next = 0;
        for part in &parts {
            let CloseOrders::OfDeal { from, to: Some(to), .. } = part else { panic!("{part:?}") };
            assert_eq!((*from, (*to - *from) <= 50), (next, true));
            next = *to;
        }
        assert_eq!((parts.len(), next, of(1).len()), (167, 8_334, 1));
    }

    #[test]
    fn message_of_the_version_before_stands_for_all_that_follow() {
        let text = r#"{"close":"of_deal","deal_id":"tdl_d","from":50}"#;
        let read: CloseOrders = serde_json::from_str(text).unwrap();
        assert_eq!(read, CloseOrders::OfDeal { deal_id: DealId::new("d"), from: 50, to: None });
    }
}
