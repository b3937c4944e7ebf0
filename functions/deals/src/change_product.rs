//! PATCH /products/{product_id}

use axum::extract::State;
use domain::ids::ProductId;
use domain::products::{Category, Changes, Product, Status};
use domain::text::{Description, Title};
use domain::weburl::WebUrl;
use edge::{App, Done, Json, Operator, Path, Result, Route, axum, change, given, route};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::product::ProductView;

/// The route.
pub static ROUTE: Route = route!(
    PATCH ["/products/{product_id}"] "deals-change-product" change_product,
    "Change a product, take it out of the shop, or delete it: its deals go on",
    []
);

/// What is left out stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductChanges {
    /// For people.
    #[schemars(with = "Title")]
    #[serde(default, deserialize_with = "given")]
    pub name: Option<Title>,
    /// For people.
    #[schemars(with = "Description")]
    #[serde(default, deserialize_with = "given")]
    pub description: Option<Description>,
    /// What it costs without a deal.
    #[schemars(with = "u64", range(min = 1, max = 100_000_000))]
    #[serde(default, deserialize_with = "given")]
    pub price: Option<u64>,
    /// A large picture; null takes it away.
    #[schemars(with = "Option<WebUrl>")]
    #[serde(default, deserialize_with = "given")]
    pub image_url: Option<Option<WebUrl>>,
    /// A small picture; null takes it away.
    #[schemars(with = "Option<WebUrl>")]
    #[serde(default, deserialize_with = "given")]
    pub thumbnail_url: Option<Option<WebUrl>>,
    /// What kind it is.
    #[schemars(with = "Category")]
    #[serde(default, deserialize_with = "given")]
    pub category: Option<Category>,
    /// What is deleted stays so.
    #[schemars(with = "Status")]
    #[serde(default, deserialize_with = "given")]
    pub status: Option<Status>,
}

async fn change_product(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<ProductId>,
    Json { value, .. }: Json<ProductChanges>,
) -> Result<Done<ProductView>> {
    let (found, changes) = (app.store().product(&id).await?, Changes::from(value));
    let decide = |product: &Product| product.change(&changes);
    let changed = change(found, decide, async |next| app.store().save_product(&next).await).await?;
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
