//! Response types for products, alone and within deals.

use domain::Timestamp;
use domain::ids::ProductId;
use domain::products::{Category, Product, ProductSnapshot, ProductStatus};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// Product that time deals can sell.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Product")]
pub struct ProductView {
    /// Id of the product.
    pub id: ProductId,
    /// Display name of the product.
    pub name: String,
    /// Description to display; may be empty.
    pub description: String,
    /// Price of a unit without a deal, in whole units of the currency.
    pub price: u64,
    /// Address of a large picture; null when there is none.
    pub image_url: Option<String>,
    /// Address of a small picture; null when there is none.
    pub thumbnail_url: Option<String>,
    /// Category that the product is listed under.
    pub category: Category,
    /// Status of the product: active, inactive or deleted.
    pub status: ProductStatus,
    /// Creation time of the product, in UTC.
    pub created_at: Timestamp,
    /// Time of the last change, in UTC; the creation time when there was none.
    pub updated_at: Timestamp,
}

/// Product of a time deal, as it was when the deal was created or last changed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DealProduct")]
pub struct SnapshotView {
    /// Id of the product that the time deal sells.
    pub id: ProductId,
    /// Display name of the product when the deal was created or last changed.
    pub name: String,
    /// Description to display; may be empty.
    pub description: String,
    /// Price of a unit without a deal, in whole units of the currency.
    pub price: u64,
    /// Address of a large picture; null when there is none.
    pub image_url: Option<String>,
    /// Address of a small picture; null when there is none.
    pub thumbnail_url: Option<String>,
    /// Category that the product is listed under.
    pub category: Category,
}

impl From<&Product> for ProductView {
    fn from(product: &Product) -> Self {
        Self {
            id: product.id.clone(),
            name: product.name.clone(),
            description: product.description.clone(),
            price: product.price,
            image_url: product.image_url.clone(),
            thumbnail_url: product.thumbnail_url.clone(),
            category: product.category,
            status: product.status,
            created_at: product.created_at,
            updated_at: product.updated_at.unwrap_or(product.created_at),
        }
    }
}

impl From<&ProductSnapshot> for SnapshotView {
    fn from(product: &ProductSnapshot) -> Self {
        Self {
            id: product.id.clone(),
            name: product.name.clone(),
            description: product.description.clone(),
            price: product.price,
            image_url: product.image_url.clone(),
            thumbnail_url: product.thumbnail_url.clone(),
            category: product.category,
        }
    }
}

/// Status of a product that is not deleted.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Offered {
    /// The product is shown to everybody, and time deals can be created for it.
    Active,
    /// The product is shown to staff only, and no time deal can be created for it.
    Inactive,
}

impl From<Offered> for ProductStatus {
    fn from(offered: Offered) -> Self {
        match offered {
            Offered::Active => Self::Active,
            Offered::Inactive => Self::Inactive,
        }
    }
}
