//! Products of the shop, and the register of the open deals of each.

mod register;

pub use register::{OPEN_DEALS_MAX, OpenDeal};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ProductId, UserId};
use crate::time::millis;
use crate::{Error, Result, Timestamp};

/// What kind of product it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Category {
    /// To eat.
    Food,
    /// To play with.
    Toy,
    /// For body and health.
    Health,
    /// To wear.
    Fashion,
    /// For the home.
    Living,
}

impl Category {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Food, Self::Toy, Self::Health, Self::Fashion, Self::Living];

    /// The kind as text, as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Food => "food",
            Self::Toy => "toy",
            Self::Health => "health",
            Self::Fashion => "fashion",
            Self::Living => "living",
        }
    }
}

/// What an operator has set a product to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// Is shown, and deals can be made of it.
    Active,
    /// Is not offered at the moment.
    Inactive,
    /// Is gone; what was sold still names it.
    Deleted,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// For people.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// What it costs without a deal.
    pub price: u64,
    /// A large picture.
    #[serde(default)]
    pub image_url: Option<String>,
    /// A small picture.
    #[serde(default)]
    pub thumbnail_url: Option<String>,
    /// What kind it is.
    pub category: Category,
    /// What it is set to.
    pub status: Status,
    /// When it was made.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// When an operator last changed it.
    #[serde(default, with = "millis::option")]
    pub updated_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: UserId,
    /// Stands for the body of the request that made it, when that had an `Idempotency-Key`.
    #[serde(default)]
    pub mark: Option<String>,
    /// Its deals that are not over; some may be by the clock. Nothing where a version of dibs has written it
    /// that kept no register.
    #[serde(default)]
    pub deals: Option<Vec<OpenDeal>>,
    /// One more with every write.
    pub version: u64,
}

/// A product as its deals show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which product.
    pub id: ProductId,
    /// For people.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// What it costs without a deal.
    pub price: u64,
    /// A large picture.
    #[serde(default)]
    pub image_url: Option<String>,
    /// A small picture.
    #[serde(default)]
    pub thumbnail_url: Option<String>,
    /// What kind it is.
    pub category: Category,
}

/// What is changed of a product; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// For people.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// What it costs without a deal.
    pub price: Option<u64>,
    /// A large picture, or none.
    pub image_url: Option<Option<String>>,
    /// A small picture, or none.
    pub thumbnail_url: Option<Option<String>>,
    /// What kind it is.
    pub category: Option<Category>,
    /// What it is set to.
    pub status: Option<Status>,
}

impl Product {
    /// That it can be saved.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` when it costs nothing.
    pub fn check(&self) -> Result<()> {
        if self.price == 0 { Err(Error::invalid_field("price", "must be positive")) } else { Ok(()) }
    }

    /// The next version with these changes, or the same when they change nothing.
    ///
    /// # Errors
    /// `NOT_FOUND` when it was deleted, `VALIDATION_ERROR`; `PRODUCT_HAS_DEALS` when it would no longer be
    /// active, or not be dearer than each of its open deals.
    pub fn change(&self, changes: &Changes, now: Timestamp) -> Result<Self> {
        if self.status == Status::Deleted {
            return Err(Error::not_found("product"));
        }
        let changes = changes.clone();
        let mut next = self.clone();
        next.name = changes.name.unwrap_or(next.name);
        next.description = changes.description.unwrap_or(next.description);
        next.price = changes.price.unwrap_or(next.price);
        next.image_url = changes.image_url.unwrap_or(next.image_url);
        next.thumbnail_url = changes.thumbnail_url.unwrap_or(next.thumbnail_url);
        next.category = changes.category.unwrap_or(next.category);
        next.status = changes.status.unwrap_or(next.status);
        if next == *self {
            return Ok(next);
        }
        next.check()?;
        self.check_open_deals(&next, now)?;
        next.updated_at = Some(now);
        next.version += 1;
        Ok(next)
    }

    /// What a deal of it shows.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
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

    fn product() -> Product {
        Product {
            id: ProductId::new("1"),
            name: "Cat tree".into(),
            description: String::new(),
            price: 45_000,
            image_url: Some("https://example.com/1.png".into()),
            thumbnail_url: None,
            category: Category::Living,
            status: Status::Active,
            created_at: Timestamp::from_millis(0),
            updated_at: None,
            created_by: UserId::new("1"),
            mark: None,
            deals: Some(Vec::new()),
            version: 1,
        }
    }

    fn change(product: &Product, changes: &Changes) -> Result<Product> {
        product.change(changes, Timestamp::from_millis(1))
    }

    #[test]
    fn a_change_is_a_new_version_and_no_change_is_none() {
        let cheaper = Changes { price: Some(40_000), image_url: Some(None), ..Changes::default() };
        let next = change(&product(), &cheaper).unwrap();
        assert_eq!((next.price, next.image_url.clone(), next.version), (40_000, None, 2));
        assert_eq!(next.updated_at, Some(Timestamp::from_millis(1)));
        assert_eq!(change(&next, &cheaper).unwrap(), next);
        let free = Changes { price: Some(0), ..Changes::default() };
        assert_eq!(change(&next, &free).unwrap_err().code, Code::ValidationError);
    }

    #[test]
    fn a_kind_is_written_as_on_the_wire() {
        for kind in Category::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn what_is_deleted_is_gone() {
        let status = |status| Changes { status: Some(status), ..Changes::default() };
        let deleted = change(&product(), &status(Status::Deleted)).unwrap();
        assert_eq!(change(&deleted, &status(Status::Active)).unwrap_err().code, Code::NotFound);
    }
}
