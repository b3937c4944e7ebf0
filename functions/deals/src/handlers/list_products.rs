//! `GET /products`: lists products, newest first.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Route, SharedIf, Viewer, axum, collect_filtered, route};
use domain::Result;
use domain::products::{Category, Product, ProductStatus};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::list::{ListPosition, ListRange};

use crate::views::product::Offered;
use crate::views::product::ProductView;

pub static ROUTE: Route = route!(
    /// Returns products page by page. `UNAUTHORIZED` and `FORBIDDEN` mean that `status` asks for what is for staff
    /// alone.
    GET ["/products"] "deals-list-products" list_products,
    "List products, newest first; only staff can list inactive ones",
    [Unauthorized, Forbidden]
);

/// Number of products that one read of the store returns.
const READ_AT_ONCE: usize = 50;

/// Query of the list of products: filters and the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductFilter {
    /// Category of the products to list.
    pub category: Option<Category>,
    /// Status of the products to list, `active` by default. Only staff may ask for inactive ones.
    pub status: Option<Offered>,
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_products(
    State(app): State<App>,
    viewer: Viewer,
    Query(filter): Query<ProductFilter>,
) -> Result<SharedIf<Page<ProductView>>> {
    let after: Option<ListPosition> = filter.cursor.map(|cursor| cursor.position()).transpose()?;
    let status: ProductStatus = filter.status.unwrap_or(Offered::Active).into();
    if status != ProductStatus::Active {
        viewer.check_staff()?;
    }
    let keep = |product: &Product| {
        product.status == status && filter.category.is_none_or(|category| product.category == category)
    };
    let read = async |after, at_once| {
        app.store().list_products(&ListRange { after, ..ListRange::default() }, at_once).await
    };
    let (products, next) = collect_filtered(filter.limit.0, READ_AT_ONCE, after, read, keep).await?;
    let entries = products.iter().map(|(_, product)| product.into()).collect();
    let page = Page { entries, next_cursor: next.and_then(|next| Cursor::of(&next)) };
    // Active products are the same list for everybody; others are for staff alone.
    Ok(SharedIf(status == ProductStatus::Active, page))
}
