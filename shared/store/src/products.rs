//! Products of the shop.

use domain::ids::ProductId;
use domain::products::{Product, Status};
use domain::{Error, Result};

use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::schema::{DEALS, Table};
use crate::{Entity, Saved, Store};

impl Entity for Product {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        (self.status != Status::Deleted).then(|| products().key(self.created_at, self.id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn key(id: &ProductId) -> Key {
    Key::new(format!("PRODUCT#{id}"), "PRODUCT")
}

/// Only operators write to it, a few times a day.
fn products() -> List {
    List::quiet("PRODUCTS")
}

impl Store {
    /// A product as it is.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or it was deleted.
    pub async fn product(&self, id: &ProductId) -> Result<Product> {
        let found: Option<Product> = self.get(&key(id)).await?;
        found.filter(|product| product.status != Status::Deleted).ok_or_else(|| Error::not_found("product"))
    }

    /// Writes a product: a new one as version 1, or the next version. `Saved::Other` is what is there
    /// instead.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_product(&self, product: &Product) -> Result<Saved<Product>> {
        self.save(product).await
    }

    /// Products that were not deleted, newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn list_products(&self, part: &Part, limit: usize) -> Result<Vec<(Position, Product)>> {
        self.list(&products(), part, limit).await
    }
}
