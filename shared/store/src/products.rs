//! Products of the shop, and deals written together with the register of their product.

use domain::deals::Deal;
use domain::ids::ProductId;
use domain::products::{Product, Status};
use domain::{Error, Result, Timestamp};

use crate::item::entity;
use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::schema::{DEALS, Table};
use crate::transaction::{Committed, Verdict};
use crate::{Entity, Saved, Store};

/// What became of a deal that was written together with its product's register.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum DealSaved {
    /// Both are written, now or by an earlier try of the same write.
    Done,
    /// Nothing is: something else is there in place of the deal. `None` when it is gone.
    OtherDeal(Option<Box<Deal>>),
    /// Nothing is: the product is in another version. `None` when it is gone.
    OtherProduct(Option<Box<Product>>),
}

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

    /// Writes a deal, a new one as version 1 or the next version, and the next version of its product, in whose
    /// register the deal stands: both or neither.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_deal_and_product(&self, deal: &Deal, product: &Product) -> Result<DealSaved> {
        let transaction = self.transaction();
        let transaction =
            if deal.version == 1 { transaction.create(deal)? } else { transaction.save(deal)? };
        let committed = transaction.save(product)?.commit().await;
        self.forget_deal(&deal.id);
        let Committed::Refused(verdicts) = committed? else { return Ok(DealSaved::Done) };
        match <[Verdict; 2]>::try_from(verdicts) {
            Ok([Verdict::Mine, _]) => Ok(DealSaved::Done),
            Ok([Verdict::Failed(found), _]) => {
                Ok(DealSaved::OtherDeal(found.map(entity).transpose()?.map(Box::new)))
            }
            Ok([Verdict::Passed, Verdict::Failed(found)]) => {
                Ok(DealSaved::OtherProduct(found.map(entity).transpose()?.map(Box::new)))
            }
            other => Err(Error::internal(format!("a deal was refused for no reason: {other:?}"))),
        }
    }

    /// Returns `product` with a register of its open deals. Where a version of dibs that kept none has written
    /// it, that is made of the deals that are present, as they were within the last second or so.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn with_register(&self, product: Product, now: Timestamp) -> Result<Product> {
        if product.deals.is_some() {
            return Ok(product);
        }
        let all = self.all_deals(false, now).await?;
        Ok(product.with_register(all.current.iter().map(|found| &found.deal)))
    }

    /// Products that were not deleted, newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn list_products(&self, part: &Part, limit: usize) -> Result<Vec<(Position, Product)>> {
        self.list(&products(), part, limit).await
    }
}
