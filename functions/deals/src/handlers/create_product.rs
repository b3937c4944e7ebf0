//! `POST /products`: creates a product, for operators.

use crate::views::product::Offered;
use axum::extract::State;
use dibs_http::{Created, Creation, IdempotencyKey, Json, Operator, Route, axum, resolve_create, route};
use domain::Result;
use domain::ids::ProductId;
use domain::products::{Category, Product};
use domain::text::{Description, Title};
use domain::weburl::WebUrl;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::product::ProductView;

pub static ROUTE: Route = route!(
    /// Creates a product, which is active unless `status` says otherwise.
    POST ["/products"] "deals-create-product" create_product, "Create a product", []
);

/// Product to create, which time deals can sell.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProductCreate")]
pub struct NewProduct {
    /// Display name of the product.
    pub name: Title,
    /// Description to display, empty by default.
    #[serde(default)]
    pub description: Description,
    /// Price of a unit without a deal, 1 to 100,000,000, in whole units of the currency.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub price: u64,
    /// Address of a large picture; null or absent for none.
    pub image_url: Option<WebUrl>,
    /// Address of a small picture; null or absent for none.
    pub thumbnail_url: Option<WebUrl>,
    /// Category that the product is listed under.
    pub category: Category,
    /// Status of the new product, `active` by default. Time deals can be created only for an active product.
    #[serde(default = "active")]
    pub status: Offered,
}

async fn create_product(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value: new, fingerprint }: Json<NewProduct>,
) -> Result<Created<ProductView>> {
    let product = new.product(key.creation(&app, ProductId::new, operator.id, &ROUTE, &fingerprint));
    product.check()?;
    let created = resolve_create(app.store().save_product(&product).await?, product)?;
    Ok(Created((&created).into()))
}

impl NewProduct {
    fn product(self, creation: Creation<ProductId>) -> Product {
        Product {
            trail: domain::trail::Trail::default(),
            id: creation.id,
            name: self.name.into(),
            description: self.description.into(),
            price: self.price,
            image_url: self.image_url.map(Into::into),
            thumbnail_url: self.thumbnail_url.map(Into::into),
            category: self.category,
            status: self.status.into(),
            created_at: creation.at,
            updated_at: None,
            created_by: creation.by,
            request_fingerprint: creation.request_fingerprint,
            deals: Some(Vec::new()),
            version: 1,
        }
    }
}

const fn active() -> Offered {
    Offered::Active
}
