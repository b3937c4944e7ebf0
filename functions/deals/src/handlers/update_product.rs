//! `PATCH /products/{product_id}`: changes, deactivates or deletes a product, for operators.

use axum::extract::State;
use domain::ids::ProductId;
use domain::products::{Category, Changes, Product, Status};
use domain::text::{Description, Title};
use domain::weburl::WebUrl;
use domain::{BusyReason, Error, Result};
use edge::{Done, Json, Operator, Path, Route, axum, double_option, route};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::{Saved, Try, retry};

use crate::views::product::ProductView;

pub static ROUTE: Route = route!(
    /// Changes the fields that the body names; `status` deactivates or deletes the product. A repeat changes
    /// nothing more.
    PATCH ["/products/{product_id}"] "deals-update-product" update_product,
    "Update, deactivate or delete a product; one with open time deals can be neither deactivated nor \
     deleted",
    [ProductHasDeals]
);

/// Fields of the product to change. An omitted field keeps its value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProductUpdate")]
pub struct ProductChanges {
    /// Display name of the product.
    #[schemars(with = "Title")]
    #[serde(default, deserialize_with = "double_option")]
    pub name: Option<Title>,
    /// Description to display; may be empty.
    #[schemars(with = "Description")]
    #[serde(default, deserialize_with = "double_option")]
    pub description: Option<Description>,
    /// Price of a unit without a deal, 1 to 100,000,000, in whole units of the currency.
    #[schemars(with = "u64", range(min = 1, max = 100_000_000))]
    #[serde(default, deserialize_with = "double_option")]
    pub price: Option<u64>,
    /// Address of a large picture; null removes the present one.
    #[schemars(with = "Option<WebUrl>")]
    #[serde(default, deserialize_with = "double_option")]
    pub image_url: Option<Option<WebUrl>>,
    /// Address of a small picture; null removes the present one.
    #[schemars(with = "Option<WebUrl>")]
    #[serde(default, deserialize_with = "double_option")]
    pub thumbnail_url: Option<Option<WebUrl>>,
    /// Category that the product is listed under.
    #[schemars(with = "Category")]
    #[serde(default, deserialize_with = "double_option")]
    pub category: Option<Category>,
    /// Status of the product. A deleted product cannot be restored.
    #[schemars(with = "Status")]
    #[serde(default, deserialize_with = "double_option")]
    pub status: Option<Status>,
}

async fn update_product(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<ProductId>,
    Json { value, .. }: Json<ProductChanges>,
) -> Result<Done<ProductView>> {
    let (store, now, changes) = (app.store(), app.now(), Changes::from(value));
    let changes = &changes;
    let attempt = async |found: Product| {
        let known = store.with_register(found).await?;
        let next = known.change(changes, now)?;
        if next == known {
            return Ok(Try::Done(next));
        }
        match store.save_product(&next).await? {
            Saved::Done => Ok(Try::Done(next)),
            Saved::Conflict(Some(there)) => Ok(Try::Lost(*there)),
            Saved::Conflict(None) => Err(Error::not_found("product")),
        }
    };
    let changed = retry(BusyReason::Product, store.get_product(&id).await?, attempt).await?;
    Ok(Done((&changed).into()))
}

impl From<ProductChanges> for Changes {
    fn from(changes: ProductChanges) -> Self {
        let text = |url: Option<WebUrl>| url.map(String::from);
        Self {
            name: changes.name.map(Into::into),
            description: changes.description.map(Into::into),
            price: changes.price,
            image_url: changes.image_url.map(text),
            thumbnail_url: changes.thumbnail_url.map(text),
            category: changes.category,
            status: changes.status,
        }
    }
}
