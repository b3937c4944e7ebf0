//! List of a user's orders, newest first. A page costs the same however many orders the user has: the index
//! says which orders are on it, and only these are read.
//!
//! The previous version of dibs wrote orders without index keys, so the index lacked them. The first reads of
//! a user's list add the keys. A marker in the user's partition then records that all orders have them;
//! without the marker, the orders are read from the partition itself. During an update of dibs, a function of
//! the previous version may still write an order without keys after the marker; the relay of the table's
//! stream adds them.

use domain::ids::{OrderId, UserId};
use domain::orders::Order;
use domain::{Result, Timestamp};
use futures::future::{try_join, try_join_all};
use serde::{Deserialize, Serialize};

use super::{ORDER, key};
use crate::item::{PartitionRange, entity};
use crate::keys::ListKey;
use crate::keys::{Attributes, Key};
use crate::list::{List, ListPosition, ListRange, position};
use crate::points::user_partition;
use crate::schema::{DEALS, Table};
use crate::update::ConditionalUpdate;
use crate::{Entity, Saved, Store};

/// Maximum number of orders that are read from the partition of a user without a marker.
const UNMARKED_MAX: usize = 10_000;
/// Maximum number of orders to which one read of the list adds index keys.
const ENTERED_MAX: usize = 512;
/// Number of orders to which index keys are added concurrently.
const ENTERED_AT_ONCE: usize = 16;

/// Entry of an order in the list of its user: the order's time of creation and its id.
pub type OrderListPosition = (Timestamp, OrderId);

/// Marker that all orders of a user have index keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct AllListed {
    user_id: UserId,
}

impl Entity for AllListed {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        marker_key(&self.user_id)
    }
}

fn marker_key(user: &UserId) -> Key {
    Key::new(user_partition(user), "LISTED_ORDERS")
}

/// Returns the list of one user's orders. Only that user adds to it, so one shard suffices.
fn list_of(user: &UserId) -> List {
    List::single_shard(format!("ORDERS#{user}"))
}

pub(super) fn list_key(order: &Order) -> ListKey {
    list_of(order.id.owner()).key(order.created_at, order.id.name())
}

/// Parses an entry of the list of `user` from its position in the index.
fn position_of(user: &UserId, place: &str) -> Option<OrderListPosition> {
    let (at, name) = place.split_once('#')?;
    Some((Timestamp::from_millis(at.parse().ok()?), OrderId::new(user.clone(), name)))
}

impl Store {
    /// Lists up to `limit` entries of a user's orders that are older than `after`, newest first, eventually
    /// consistent. For a user without the marker, returns the entries of all orders instead, `after` and
    /// `limit` ignored, and adds the missing index keys.
    pub async fn get_order_positions_eventual(
        &self,
        user: &UserId,
        after: Option<&OrderListPosition>,
        limit: usize,
    ) -> Result<Vec<OrderListPosition>> {
        let after = after.map(|(at, id)| ListPosition(position(*at, id.name())));
        let (list, part) = (list_of(user), ListRange { after, ..ListRange::default() });
        let key = marker_key(user);
        let (marker, index_entries) = try_join(
            self.get_eventual::<AllListed>(&key),
            self.newest_index_entries::<Order>(&list, &part, limit),
        )
        .await?;
        if marker.is_none() {
            return self.index_orders_of(user).await;
        }
        Ok(index_entries.iter().filter_map(|(place, _)| position_of(user, place)).collect())
    }

    /// Reads the orders with these ids, in the order of `ids`, eventually consistent. Missing orders are left
    /// out.
    pub async fn get_orders_eventual(&self, ids: &[OrderId]) -> Result<Vec<Order>> {
        let index_entries = ids.iter().map(|id| ((), key(id))).collect();
        Ok(self.entries_at(index_entries).await?.into_iter().map(|((), order)| order).collect())
    }

    /// Adds the index keys to an order that the previous version of dibs wrote. A repeat changes nothing.
    pub async fn index_order(&self, order: &Order) -> Result<()> {
        let condition = "attribute_exists(pk) AND attribute_not_exists(list_pk)";
        let change = ConditionalUpdate::new("SET list_pk = :list_pk, list_sk = :list_sk", condition);
        let place = list_key(order).attributes();
        let change =
            place.into_iter().fold(change, |change, (name, value)| change.value(format!(":{name}"), value));
        self.update(&DEALS, &order.key(), change).await.map(drop)
    }

    /// Reads the entries of up to 10,000 orders of a user from the user's partition, newest first, strongly
    /// consistent. Adds the index keys to up to 512 orders that lack them, or writes the marker when none
    /// lacks them.
    async fn index_orders_of(&self, user: &UserId) -> Result<Vec<OrderListPosition>> {
        let pk = user_partition(user);
        let range =
            PartitionRange { limit: UNMARKED_MAX, consistent: true, ..PartitionRange::of(&pk, ORDER) };
        let (mut index_entries, mut unlisted) = (Vec::new(), Vec::new());
        for item in self.query_attributes(&DEALS, &range).await? {
            let is_listed = is_indexed(&item);
            let order: Order = entity(item)?;
            index_entries.push((order.created_at, order.id.clone()));
            unlisted.extend(Some(order).filter(|_| !is_listed));
        }
        unlisted.truncate(ENTERED_MAX);
        for some in unlisted.chunks(ENTERED_AT_ONCE) {
            try_join_all(some.iter().map(|order| self.index_order(order))).await?;
        }
        if unlisted.is_empty() {
            match self.create(&AllListed { user_id: user.clone() }).await? {
                Saved::Done | Saved::Conflict(_) => {}
            }
        }
        index_entries.sort_unstable_by(|one, other| other.cmp(one));
        Ok(index_entries)
    }
}

fn is_indexed(item: &Attributes) -> bool {
    item.contains_key("list_pk")
}
