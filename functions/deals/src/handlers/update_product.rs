//! `PATCH /products/{product_id}`: changes, deactivates or deletes a product, for operators.

use axum::extract::State;
use dibs_http::{Done, Json, Operator, Path, Route, axum, route};
use domain::ids::ProductId;
use domain::products::{Product, ProductChanges};
use domain::{BusyReason, Error, Result};
use runtime::App;
use store::{Saved, TryResult, retry};

use crate::views::product::ProductView;

pub static ROUTE: Route = route!(
    /// Changes the fields that the body names; `status` deactivates or deletes the product. A repeat changes
    /// nothing more.
    PATCH ["/products/{product_id}"] "deals-update-product" update_product,
    "Update, deactivate or delete a product; one with open time deals can be neither deactivated nor \
     deleted",
    [ProductHasDeals]
);

async fn update_product(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<ProductId>,
    Json { value: changes, .. }: Json<ProductChanges>,
) -> Result<Done<ProductView>> {
    let (store, now) = (app.store(), app.now());
    let changes = &changes;
    let attempt = async |found: Product| {
        let known = store.with_register(found).await?;
        let next = known.change(changes, now)?;
        if next == known {
            return Ok(TryResult::Done(next));
        }
        match store.save_product(&next).await? {
            Saved::Done => Ok(TryResult::Done(next)),
            Saved::Conflict(Some(there)) => Ok(TryResult::Conflict(*there)),
            Saved::Conflict(None) => Err(Error::not_found("product")),
        }
    };
    let changed = retry(BusyReason::Product, store.get_product(&id).await?, attempt).await?;
    Ok(Done((&changed).into()))
}
