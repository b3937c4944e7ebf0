//! Storage of orders, in the partition of their owner.

mod list;

use domain::deals::Deal;
use domain::ids::{OrderId, UserId};
use domain::orders::{BucketAction, Order};
use domain::stock::OrderPart;
use domain::{BusyReason, Error, Result, Timestamp};

pub use list::OrderListPosition;

use crate::author::SealedEntity;
use crate::item::PartitionRange;
use crate::keys::Key;
use crate::keys::ListKey;
use crate::points::user_partition;
use crate::schema::{DEALS, Table};
use crate::{Entity, Saved, Store};

/// Prefix of the sort keys of orders.
pub(crate) const ORDER: &str = "ORDER#";

impl Entity for Order {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(list::list_key(self))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

pub(crate) fn key(id: &OrderId) -> Key {
    Key::new(user_partition(id.owner()), sort_key(id.name()))
}

fn sort_key(name: &str) -> String {
    format!("{ORDER}{name}")
}

impl Store {
    /// Reads an order, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_order(&self, id: &OrderId) -> Result<Order> {
        self.get_order_if_exists(id).await?.ok_or_else(|| Error::not_found("order"))
    }

    /// Reads an order, strongly consistent. Returns `None` when it does not exist.
    pub async fn get_order_if_exists(&self, id: &OrderId) -> Result<Option<Order>> {
        self.get(&key(id)).await
    }

    /// Reads an order, eventually consistent. For callers whose later conditional write fails if the order is
    /// outdated.
    pub async fn get_order_eventual(&self, id: &OrderId) -> Result<Option<Order>> {
        self.get_eventual(&key(id)).await
    }

    /// Lists up to `limit` orders of a user in descending order of their ids, below the id `after`,
    /// eventually consistent.
    pub async fn get_orders_after_eventual(
        &self,
        user: &UserId,
        after: Option<&OrderId>,
        limit: usize,
    ) -> Result<Vec<Order>> {
        let (pk, after) = (user_partition(user), after.map(|id| key(id).sk));
        self.query(PartitionRange {
            after: after.as_deref(),
            limit,
            backward: true,
            ..PartitionRange::of(&pk, ORDER)
        })
        .await
    }

    /// Writes an order: a new one as version 1, whose units were taken before, or the next version. Returns
    /// `Saved::Conflict` with the stored one when another write came first. A next version that was written
    /// counts as written even after others have followed it.
    pub async fn save_order(&self, order: &Order) -> Result<Saved<Order>> {
        order.check()?;
        Ok(match self.save(order).await? {
            Saved::Conflict(Some(there)) if there.has_passed(order) => Saved::Done,
            saved => saved,
        })
    }

    /// Keeps the units that `part.bucket` holds for an order, marks them as sold or returns them to the
    /// stock, as the order's status requires, and returns which. If the order was never written, writes its
    /// tombstone first, so that the request that took the units cannot write it any more.
    ///
    /// # Errors
    /// `BUSY` or `INTERNAL_ERROR` of the store. A repeat completes what was begun.
    pub async fn settle_hold(
        &self,
        deal: &Deal,
        id: &OrderId,
        part: OrderPart,
        now: Timestamp,
    ) -> Result<BucketAction> {
        let order = self.fence_order(&Order::abandoned(id.clone(), deal, part, now)).await?;
        let due = order.due(part.bucket);
        match due {
            BucketAction::Keep => {}
            BucketAction::Settle => self.settle_units(&deal.stock(), id, &[part]).await?,
            BucketAction::GiveBack => self.give_back_units(&deal.stock(), id, &[part]).await?,
        }
        Ok(due)
    }

    /// Returns the stored order. If there is none, writes and returns the tombstone `abandoned`, so that a
    /// late request cannot write an order whose units are being returned.
    pub async fn fence_order(&self, abandoned: &Order) -> Result<Order> {
        if let Some(order) = self.get_order_if_exists(&abandoned.id).await? {
            return Ok(order);
        }
        match self.save(abandoned).await? {
            Saved::Done => Ok(abandoned.clone()),
            Saved::Conflict(Some(order)) => Ok(*order),
            Saved::Conflict(None) => Err(Error::busy(BusyReason::Order)),
        }
    }
}
