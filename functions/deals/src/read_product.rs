//! GET /products/{product_id}

use axum::extract::State;
use domain::ids::ProductId;
use edge::{App, Done, Path, Result, Route, axum, route};

use crate::views::product::ProductView;

/// The route.
pub static ROUTE: Route = route!(
    GET ["/products/{product_id}"] "deals-read-product" read_product,
    "Read a product that was not deleted",
    []
);

async fn read_product(State(app): State<App>, Path(id): Path<ProductId>) -> Result<Done<ProductView>> {
    let product = app.store().product(&id).await?;
    Ok(Done((&product).into()))
}
