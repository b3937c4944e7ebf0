//! Orders, in the partition of whose they are.

use domain::deals::Deal;
use domain::ids::{OrderId, UserId};
use domain::orders::{Due, Order};
use domain::stock::Part;
use domain::{Error, Result, Timestamp};

use crate::item::Range;
use crate::keys::Key;
use crate::points::user_partition;
use crate::schema::{DEALS, Table};
use crate::{Entity, Saved, Store};

/// What the sort keys of orders begin with.
pub(crate) const ORDER: &str = "ORDER#";

impl Entity for Order {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        key(&self.id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn key(id: &OrderId) -> Key {
    Key::new(user_partition(id.owner()), sort_key(id.name()))
}

fn sort_key(name: &str) -> String {
    format!("{ORDER}{name}")
}

impl Store {
    /// An order as it is.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
    pub async fn order(&self, id: &OrderId) -> Result<Order> {
        self.find_order(id).await?.ok_or_else(|| Error::not_found("order"))
    }

    /// An order as it is, if there is one.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_order(&self, id: &OrderId) -> Result<Option<Order>> {
        self.get(&key(id)).await
    }

    /// An order as it was within the last second or so: enough to start from where a write decides.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn peek_order(&self, id: &OrderId) -> Result<Option<Order>> {
        self.peek(&key(id)).await
    }

    /// The orders of a user, so many at most, the last names first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn orders_of(&self, user: &UserId, limit: usize) -> Result<Vec<Order>> {
        let pk = user_partition(user);
        self.query(Range { limit, backward: true, ..Range::of(&pk, ORDER) }).await
    }

    /// Returns the orders of a user behind the one called `after`, so many at most, the last names first, as they were
    /// within the last second or so.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn get_orders_behind_eventual(
        &self,
        user: &UserId,
        after: Option<&OrderId>,
        limit: usize,
    ) -> Result<Vec<Order>> {
        let (pk, after) = (user_partition(user), after.map(|id| key(id).sk));
        self.query(Range { after: after.as_deref(), limit, backward: true, ..Range::of(&pk, ORDER) }).await
    }

    /// Writes an order: a new one, for which its units were taken, or the next version. `Saved::Other` is
    /// what is there instead.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_order(&self, order: &Order) -> Result<Saved<Order>> {
        order.check()?;
        self.save(order).await
    }

    /// Sees to it that what `bucket` holds for an order becomes what the order says. One that was never
    /// written never can be after this.
    ///
    /// # Errors
    /// Only those of the store; a repeat finishes what was begun.
    pub async fn settle_hold(&self, deal: &Deal, id: &OrderId, part: Part, now: Timestamp) -> Result<Due> {
        let order = self.fence_order(&Order::abandoned(id.clone(), deal, part, now)).await?;
        let due = order.due(part.bucket);
        match due {
            Due::Keep => {}
            Due::Settle => self.settle_units(&deal.stock(), id, &[part]).await?,
            Due::GiveBack => self.give_back_units(&deal.stock(), id, &[part]).await?,
        }
        Ok(due)
    }

    /// The order as it is. Where there is none, `abandoned` is written, so that a request that is late can no
    /// longer write one for which its units were not kept.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn fence_order(&self, abandoned: &Order) -> Result<Order> {
        if let Some(order) = self.find_order(&abandoned.id).await? {
            return Ok(order);
        }
        match self.save(abandoned).await? {
            Saved::Done => Ok(abandoned.clone()),
            Saved::Other(Some(order)) => Ok(*order),
            Saved::Other(None) => Err(Error::busy("an order has gone")),
        }
    }
}
