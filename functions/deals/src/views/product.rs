//! Response types for products, alone and within deals.

use domain::Timestamp;
use domain::ids::ProductId;
use domain::products::{Category, Product, Snapshot, Status};
use schemars::JsonSchema;
use serde::Serialize;

/// A product.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Product")]
pub struct ProductView {
    /// Its id.
    pub id: ProductId,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// What it costs without a deal.
    pub price: u64,
    /// A large picture.
    pub image_url: Option<String>,
    /// A small picture.
    pub thumbnail_url: Option<String>,
    /// What kind it is.
    pub category: Category,
    /// What it is set to.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A product as a deal of it shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DealProduct")]
pub struct SnapshotView {
    /// Its id.
    pub id: ProductId,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// What it costs without a deal.
    pub price: u64,
    /// A large picture.
    pub image_url: Option<String>,
    /// A small picture.
    pub thumbnail_url: Option<String>,
    /// What kind it is.
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

impl From<&Snapshot> for SnapshotView {
    fn from(product: &Snapshot) -> Self {
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
