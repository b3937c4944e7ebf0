//! `GET /products/{product_id}`: returns a product; inactive ones to staff only.

use axum::extract::State;
use dibs_http::{Done, Path, Route, SharedIf, Viewer, axum, route};
use domain::ids::ProductId;
use domain::products::ProductStatus;
use domain::{Error, Result};
use runtime::App;

use crate::views::product::ProductView;

pub static ROUTE: Route = route!(
    /// Returns a product. One that is not active is `NOT_FOUND` for everybody but staff.
    GET ["/products/{product_id}"] "deals-get-product" get_product,
    "Get a product that is not deleted; only staff can see an inactive one",
    []
);

async fn get_product(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<ProductId>,
) -> Result<SharedIf<Done<ProductView>>> {
    let product = app.store().get_product(&id).await?;
    let is_public = product.status == ProductStatus::Active;
    if !is_public && viewer.check_staff().is_err() {
        return Err(Error::not_found("product"));
    }
    // A cache does not tell callers apart, so it may not keep what only staff see.
    Ok(SharedIf(is_public, Done((&product).into())))
}
