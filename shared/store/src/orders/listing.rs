//! The list of a user's orders, newest first. A page costs the same whatever the number of orders: places come from
//! the index, and only the orders of the page are read.
//!
//! The version before this one wrote orders without a place in the list. The first reads of a user's list give
//! them their places; a marker in the user's partition says that all have one. Until it is there, the list is read from
//! the partition itself. What a function of the version before still writes behind the marker, the relay of the
//! table's stream enters.

use domain::ids::{OrderId, UserId};
use domain::orders::Order;
use domain::{Result, Timestamp};
use futures::future::{try_join, try_join_all};
use serde::{Deserialize, Serialize};

use super::{ORDER, key};
use crate::item::{Range, entity};
use crate::keys::ListKey;
use crate::keys::{Attributes, Key};
use crate::list::{List, Part, Position, position};
use crate::points::user_partition;
use crate::schema::{DEALS, Table};
use crate::update::Change;
use crate::{Entity, Saved, Store};

/// Maximum number of orders that are read from the partition of a user without a marker.
const UNMARKED_MAX: usize = 10_000;
/// Maximum number of orders that one read of the list gives their places.
const ENTERED_MAX: usize = 512;
/// Number of orders that are given their places side by side.
const ENTERED_AT_ONCE: usize = 16;

/// Place of an order in the list of its user: when it was made, and which it is.
pub type OrderPlace = (Timestamp, OrderId);

/// Marker of a user whose orders all have their places in the list.
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

/// Orders of one user, to which only that user writes.
fn list_of(user: &UserId) -> List {
    List::single_shard(format!("ORDERS#{user}"))
}

pub(super) fn list_key(order: &Order) -> ListKey {
    list_of(order.id.owner()).key(order.created_at, order.id.name())
}

/// Reads what the index holds as a place.
fn place_of(user: &UserId, place: &str) -> Option<OrderPlace> {
    let (at, name) = place.split_once('#')?;
    Some((Timestamp::from_millis(at.parse().ok()?), OrderId::new(user.clone(), name)))
}

impl Store {
    /// Returns the places of a user's orders behind `after`, newest first, `limit` at most, as they were within the
    /// last second or so. For a user without a marker it returns all places, and enters those that are missing.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn order_places_eventual(
        &self,
        user: &UserId,
        after: Option<&OrderPlace>,
        limit: usize,
    ) -> Result<Vec<OrderPlace>> {
        let after = after.map(|(at, id)| Position(position(*at, id.name())));
        let (list, part) = (list_of(user), Part { after, ..Part::default() });
        let key = marker_key(user);
        let (marker, places) =
            try_join(self.get_eventual::<AllListed>(&key), self.newest_places::<Order>(&list, &part, limit))
                .await?;
        if marker.is_none() {
            return self.enter_orders_of(user).await;
        }
        Ok(places.iter().filter_map(|(place, _)| place_of(user, place)).collect())
    }

    /// Returns the orders with these ids, in their order, as they were within the last second or so.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn orders_eventual(&self, ids: &[OrderId]) -> Result<Vec<Order>> {
        let places = ids.iter().map(|id| ((), key(id))).collect();
        Ok(self.entries_at(places).await?.into_iter().map(|((), order)| order).collect())
    }

    /// Gives an order that the version before this one wrote its place in the list of its user.
    ///
    /// # Errors
    /// Only those of the store; a repeat is safe.
    pub async fn enter_order(&self, order: &Order) -> Result<()> {
        let condition = "attribute_exists(pk) AND attribute_not_exists(list_pk)";
        let change = Change::new("SET list_pk = :list_pk, list_sk = :list_sk", condition);
        let place = list_key(order).attributes();
        let change =
            place.into_iter().fold(change, |change, (name, value)| change.value(format!(":{name}"), value));
        self.update(&DEALS, &order.key(), change).await.map(drop)
    }

    /// Reads every order of a user, newest first, and enters those without a place. The marker is written once
    /// none is without.
    async fn enter_orders_of(&self, user: &UserId) -> Result<Vec<OrderPlace>> {
        let pk = user_partition(user);
        let range = Range { limit: UNMARKED_MAX, consistent: true, ..Range::of(&pk, ORDER) };
        let (mut places, mut unlisted) = (Vec::new(), Vec::new());
        for item in self.query_attributes(&DEALS, &range).await? {
            let is_listed = has_place(&item);
            let order: Order = entity(item)?;
            places.push((order.created_at, order.id.clone()));
            unlisted.extend(Some(order).filter(|_| !is_listed));
        }
        unlisted.truncate(ENTERED_MAX);
        for some in unlisted.chunks(ENTERED_AT_ONCE) {
            try_join_all(some.iter().map(|order| self.enter_order(order))).await?;
        }
        if unlisted.is_empty() {
            match self.create(&AllListed { user_id: user.clone() }).await? {
                Saved::Done | Saved::Conflict(_) => {}
            }
        }
        places.sort_unstable_by(|one, other| other.cmp(one));
        Ok(places)
    }
}

fn has_place(item: &Attributes) -> bool {
    item.contains_key("list_pk")
}
