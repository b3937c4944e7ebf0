//! Storage of products, and of deals that are written together with their product's register of open deals.

use domain::deals::Deal;
use domain::ids::ProductId;
use domain::products::{Product, ProductStatus};
use domain::{Error, Result};

use crate::author::SealedEntity;
use crate::item::entity;
use crate::keys::Key;
use crate::keys::ListKey;
use crate::list::{List, ListPosition, ListRange};
use crate::schema::{DEALS, Table};
use crate::transaction::{Committed, WriteVerdict};
use crate::{Entity, Saved, Store};

/// Outcome of writing a deal together with its product's register.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum DealSaved {
    /// Both are written, by this call or by an earlier try of the same write.
    Done,
    /// Nothing was written, because another version of the deal is stored. Holds it, or `None` when the deal
    /// does not exist.
    OtherDeal(Option<Box<Deal>>),
    /// Nothing was written, because another version of the product is stored. Holds it, or `None` when the
    /// product does not exist.
    OtherProduct(Option<Box<Product>>),
}

impl Entity for Product {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        (self.status != ProductStatus::Deleted).then(|| products().key(self.created_at, self.id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

pub(crate) fn key(id: &ProductId) -> Key {
    Key::new(format!("PRODUCT#{id}"), "PRODUCT")
}

/// Returns the list of products. Only operators write to it, so one shard suffices.
fn products() -> List {
    List::single_shard("PRODUCTS")
}

impl Store {
    /// Reads a product, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist or is deleted.
    pub async fn get_product(&self, id: &ProductId) -> Result<Product> {
        let found: Option<Product> = self.get(&key(id)).await?;
        found
            .filter(|product| product.status != ProductStatus::Deleted)
            .ok_or_else(|| Error::not_found("product"))
    }

    /// Writes a product: a new one as version 1, or the next version. Returns `Saved::Conflict` with the
    /// stored one when another write came first.
    pub async fn save_product(&self, product: &Product) -> Result<Saved<Product>> {
        self.save(product).await
    }

    /// Writes a deal (a new one as version 1, or the next version) and the next version of its product, whose
    /// register of open deals has changed with it. Writes both or neither.
    pub async fn save_deal_and_product(&self, deal: &Deal, product: &Product) -> Result<DealSaved> {
        let transaction = self.transaction();
        let transaction =
            if deal.version == 1 { transaction.create(deal)? } else { transaction.save(deal)? };
        let committed = transaction.save(product)?.commit().await;
        self.forget_deal(&deal.id);
        let Committed::Refused(verdicts) = committed? else { return Ok(DealSaved::Done) };
        match <[WriteVerdict; 2]>::try_from(verdicts) {
            Ok([WriteVerdict::AlreadyApplied, _]) => Ok(DealSaved::Done),
            Ok([WriteVerdict::Failed(found), _]) => {
                Ok(DealSaved::OtherDeal(found.map(entity).transpose()?.map(Box::new)))
            }
            Ok([WriteVerdict::Passed, WriteVerdict::Failed(found)]) => {
                Ok(DealSaved::OtherProduct(found.map(entity).transpose()?.map(Box::new)))
            }
            other => Err(Error::internal(format!("a deal was refused for no reason: {other:?}"))),
        }
    }

    /// Returns `product` with the register of its open deals. A product written by a version of dibs without
    /// registers gets one from the current deals, read eventually consistent.
    pub async fn with_register(&self, product: Product) -> Result<Product> {
        if product.deals.is_some() {
            return Ok(product);
        }
        let current = self.list_current_deals_eventual().await?;
        Ok(product.with_register(current.iter().map(|found| &found.deal)))
    }

    /// Lists products that are not deleted, newest first.
    pub async fn list_products(
        &self,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, Product)>> {
        self.list(&products(), part, limit).await
    }
}
