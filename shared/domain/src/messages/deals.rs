//! Messages about time deals and their orders.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::{DealId, OrderId, UserId};
use crate::stock::OrderPart;

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
