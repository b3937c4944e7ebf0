//! Products of the shop, each with a register of its open deals.

mod register;

pub use register::{OPEN_DEALS_MAX, OpenDeal};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{AsRefStr, EnumString, VariantArray};

use crate::ids::{ProductId, UserId};
use crate::patch::apply;
use crate::text::{Description, Title};
use crate::time::millis;
use crate::trail::Trail;
use crate::weburl::WebUrl;
use crate::{Error, Patch, Result, Timestamp};

/// Category of a product.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    AsRefStr,
    EnumString,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[strum(serialize_all = "snake_case")]
pub enum Category {
    /// Food and snacks to eat.
    Food,
    /// Toys and games to play with.
    Toy,
    /// Products for body and health.
    Health,
    /// Clothing and accessories to wear.
    Fashion,
    /// Products for the home.
    Living,
}

/// Status of a product, which an operator sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ProductStatus {
    /// Visible to everybody, and available for new deals.
    Active,
    /// Visible to staff only, and not available for new deals.
    Inactive,
    /// Deleted. The product is kept because existing orders refer to it.
    Deleted,
}

/// Product of the shop, which time deals sell at a reduced price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Id of the product.
    pub id: ProductId,
    /// Display name of the product.
    pub name: String,
    /// Description that buyers read.
    #[serde(default)]
    pub description: String,
    /// Regular price per unit in whole units of the currency, above 0.
    pub price: u64,
    /// URL of a large image. `None` if the product has none.
    #[serde(default)]
    pub image_url: Option<String>,
    /// URL of a small image.
    #[serde(default)]
    pub thumbnail_url: Option<String>,
    /// Category of the product.
    pub category: Category,
    /// Status that an operator set last.
    pub status: ProductStatus,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Time of the last change by an operator.
    #[serde(default, with = "millis::option")]
    pub updated_at: Option<Timestamp>,
    /// Account of the operator who created the product.
    pub created_by: UserId,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<String>,
    /// Register of open deals. It may contain deals that have ended. `None` if an earlier version of dibs
    /// wrote the product, which had no register.
    #[serde(default)]
    pub deals: Option<Vec<OpenDeal>>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Copy of a product that a deal stores, as the product was when the deal was created or last changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSnapshot {
    /// Id of the product.
    pub id: ProductId,
    /// Display name of the product.
    pub name: String,
    /// Description that buyers read.
    #[serde(default)]
    pub description: String,
    /// Regular price per unit in whole units of the currency, above 0.
    pub price: u64,
    /// URL of a large image.
    #[serde(default)]
    pub image_url: Option<String>,
    /// URL of a small image.
    #[serde(default)]
    pub thumbnail_url: Option<String>,
    /// Category of the product.
    pub category: Category,
}

/// Fields of the product to change. An omitted field keeps its value.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "ProductUpdate")]
pub struct ProductChanges {
    /// Display name of the product.
    pub name: Patch<Title>,
    /// Description to display; may be empty.
    pub description: Patch<Description>,
    /// Price of a unit without a deal, 1 to 100,000,000, in whole units of the currency.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub price: Patch<u64>,
    /// Address of a large picture; null removes the present one.
    pub image_url: Patch<Option<WebUrl>>,
    /// Address of a small picture; null removes the present one.
    pub thumbnail_url: Patch<Option<WebUrl>>,
    /// Category that the product is listed under.
    pub category: Patch<Category>,
    /// Status of the product. A deleted product cannot be restored.
    pub status: Patch<ProductStatus>,
}

impl Product {
    /// Validates the price.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for the field `price` if it is 0.
    pub fn check(&self) -> Result<()> {
        if self.price == 0 { Err(Error::invalid_field("price", "must be positive")) } else { Ok(()) }
    }

    /// Returns the next version with these changes, or the same version if nothing changes.
    ///
    /// # Errors
    /// `NOT_FOUND` if the product is deleted, `VALIDATION_ERROR` if the result is invalid,
    /// `PRODUCT_HAS_DEALS` if it would no longer be active, or would not cost more than each of its open
    /// deals.
    pub fn change(&self, changes: &ProductChanges, now: Timestamp) -> Result<Self> {
        if self.status == ProductStatus::Deleted {
            return Err(Error::not_found("product"));
        }
        let mut next = self.clone();
        apply!(changes => next; name description price category status);
        if let Some(url) = &changes.image_url.0 {
            next.image_url = url.clone().map(Into::into);
        }
        if let Some(url) = &changes.thumbnail_url.0 {
            next.thumbnail_url = url.clone().map(Into::into);
        }
        if next == *self {
            return Ok(next);
        }
        next.check()?;
        self.check_open_deals(&next, now)?;
        next.updated_at = Some(now);
        next.version += 1;
        Ok(next)
    }

    /// Returns a copy of the product for a deal to store.
    pub fn snapshot(&self) -> ProductSnapshot {
        ProductSnapshot {
            id: self.id.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            price: self.price,
            image_url: self.image_url.clone(),
            thumbnail_url: self.thumbnail_url.clone(),
            category: self.category,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use assertions::assert_each_eq;

    fn product() -> Product {
        Product {
            trail: Trail::default(),
            id: ProductId::new("1"),
            name: "Cat tree".into(),
            description: String::new(),
            price: 45_000,
            image_url: Some("https://example.com/1.png".into()),
            thumbnail_url: None,
            category: Category::Living,
            status: ProductStatus::Active,
            created_at: Timestamp::from_millis(0),
            updated_at: None,
            created_by: UserId::new("1"),
            request_fingerprint: None,
            deals: Some(Vec::new()),
            version: 1,
        }
    }

    fn change(product: &Product, changes: &ProductChanges) -> Result<Product> {
        product.change(changes, Timestamp::from_millis(1))
    }

    #[test]
    fn a_change_is_a_new_version_and_no_change_is_none() {
        let cheaper = ProductChanges {
            price: Patch(Some(40_000)),
            image_url: Patch(Some(None)),
            ..ProductChanges::default()
        };
        let next = change(&product(), &cheaper).unwrap();
        assert_each_eq!((next.price, 40_000), (next.image_url.clone(), None), (next.version, 2));
        assert_eq!(next.updated_at, Some(Timestamp::from_millis(1)));
        assert_eq!(change(&next, &cheaper).unwrap(), next);
        let free = ProductChanges { price: Patch(Some(0)), ..ProductChanges::default() };
        assert_eq!(change(&next, &free).unwrap_err().code, Code::ValidationError);
    }

    #[test]
    fn a_kind_is_written_as_on_the_wire() {
        for kind in Category::VARIANTS {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_ref());
        }
    }

    #[test]
    fn what_is_deleted_is_gone() {
        let status = |status| ProductChanges { status: Patch(Some(status)), ..ProductChanges::default() };
        let deleted = change(&product(), &status(ProductStatus::Deleted)).unwrap();
        assert_eq!(change(&deleted, &status(ProductStatus::Active)).unwrap_err().code, Code::NotFound);
    }
}
