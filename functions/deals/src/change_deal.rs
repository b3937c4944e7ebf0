//! PATCH /timedeals/{deal_id}

use axum::extract::State;
use domain::deals::{Changes, Deal};
use domain::ids::{DealId, ProductId, QueueId};
use domain::products::Snapshot;
use domain::{Code, Result as DomainResult, Timestamp};
use edge::{App, Done, Json, Operator, Path, Result, Route, axum, change, check_queue, given, route};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::create_deal::{Amount, counted};
use crate::views::deal::DealView;

/// The route.
pub static ROUTE: Route = route!(
    PATCH ["/timedeals/{deal_id}"] "deals-change-deal" change_deal,
    "Change a time deal, or cancel it: its open orders are cancelled with it",
    [Conflict]
);

/// What is left out stays as it is; what is shown of the product becomes as the product is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DealChanges {
    /// What a unit costs without the deal. Prices and start are fixed once it has begun.
    #[schemars(with = "Amount")]
    #[serde(default, deserialize_with = "given")]
    pub original_price: Option<Amount>,
    /// What a unit costs.
    #[schemars(with = "Amount")]
    #[serde(default, deserialize_with = "given")]
    pub deal_price: Option<Amount>,
    /// Can be ordered from here on.
    #[schemars(with = "Timestamp")]
    #[serde(default, deserialize_with = "given")]
    pub start_at: Option<Timestamp>,
    /// Can be ordered before this.
    #[schemars(with = "Timestamp")]
    #[serde(default, deserialize_with = "given")]
    pub end_at: Option<Timestamp>,
    /// For how long the units of orders to come are held.
    #[schemars(with = "u32", range(min = 10, max = 3600))]
    #[serde(default, deserialize_with = "given")]
    pub hold_seconds: Option<u32>,
    /// The waiting room in front of it from now on; null opens it to everybody.
    #[schemars(with = "Option<QueueId>")]
    #[serde(default, deserialize_with = "given")]
    pub queue_id: Option<Option<QueueId>>,
    /// Cancels it, for good.
    #[schemars(with = "Canceled")]
    #[serde(default, deserialize_with = "given")]
    pub status: Option<Canceled>,
}

/// The one status that is set by hand: the clock and the stock set the others.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Canceled {
    /// It is cancelled.
    Canceled,
}

async fn change_deal(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<DealId>,
    Json { value, .. }: Json<DealChanges>,
) -> Result<Done<DealView>> {
    let found = app.store().deal(&id).await?;
    check_queue(&app, value.queue_id.as_ref().and_then(Option::as_ref)).await?;
    let product = snapshot(&app, &found.product.id).await?;
    let changes = Changes { product, ..value.into() };
    let decide = |deal: &Deal| deal.change(&changes, app.now());
    let changed = change(found, decide, async |next| app.store().save_deal(&next).await).await?;
    Ok(Done(DealView::at(&counted(&app, changed).await?, app.now())))
}

/// The product as it is, unless it was deleted.
async fn snapshot(app: &App, id: &ProductId) -> DomainResult<Option<Snapshot>> {
    match app.store().product(id).await {
        Ok(product) => Ok(Some(product.snapshot())),
        Err(error) if error.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl From<DealChanges> for Changes {
    fn from(changes: DealChanges) -> Self {
        Self {
            product: None,
            original_price: changes.original_price.map(|amount| amount.0),
            deal_price: changes.deal_price.map(|amount| amount.0),
            starts_at: changes.start_at,
            ends_at: changes.end_at,
            hold_seconds: changes.hold_seconds,
            queue_id: changes.queue_id,
            cancel: matches!(changes.status, Some(Canceled::Canceled)),
        }
    }
}
