//! `PATCH /timedeals/{deal_id}`: changes or cancels a time deal, for operators.

use axum::extract::State;
use dibs_http::{Done, Json, Operator, Path, Route, axum, route};
use domain::deals::{Deal, DealChanges};
use domain::ids::{DealId, QueueId};
use domain::products::{self, Product};
use domain::{BusyReason, Code, Error, Patch, Result, Timestamp};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::{DealSaved, Saved, TryResult, retry};
use waiting_room::services::admission::check_queue;

use crate::services::deals::counted;
use crate::views::deal::Amount;
use crate::views::deal::DealView;

pub static ROUTE: Route = route!(
    /// Changes the fields that the body names. Prices and start are fixed once the deal has begun. The status
    /// `canceled` is for good and cancels the open orders, too. A repeat changes nothing more.
    PATCH ["/timedeals/{deal_id}"] "deals-update-deal" update_deal,
    "Update a time deal, or cancel it together with its unpaid orders",
    [Conflict, TooManyDeals]
);

/// Fields of the time deal to change. An omitted field keeps its value. The product embedded in the deal is
/// refreshed from the product as it is now.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "TimeDealUpdate")]
pub struct DealUpdate {
    /// Price of a unit without the deal, in whole units of the currency. Prices and start cannot change once
    /// the deal has begun.
    pub original_price: Patch<Amount>,
    /// Price of a unit in the deal, in whole units of the currency; below the original price. Fixed once the
    /// deal has begun.
    pub deal_price: Patch<Amount>,
    /// Time from which the deal can be ordered, in UTC. Fixed once the deal has begun.
    pub start_at: Patch<Timestamp>,
    /// Time before which the deal can be ordered, in UTC.
    pub end_at: Patch<Timestamp>,
    /// Time in seconds that the units of new orders are held for payment, 10 to 3600. Orders that exist keep
    /// theirs.
    #[schemars(range(min = 10, max = 3600))]
    pub hold_seconds: Patch<u32>,
    /// Queue that guards orders of the deal from now on; null opens the deal to every user.
    pub queue_id: Patch<Option<QueueId>>,
    /// Status `canceled` cancels the deal permanently, together with its unpaid orders.
    pub status: Patch<Canceled>,
}

/// Status that an operator may set. The others follow from time and stock.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Canceled {
    /// The deal is canceled permanently.
    Canceled,
}

async fn update_deal(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<DealId>,
    Json { value, .. }: Json<DealUpdate>,
) -> Result<Done<DealView>> {
    check_queue(&app, value.queue_id.0.as_ref().and_then(Option::as_ref)).await?;
    let changes = DealChanges::from(value);
    let found = app.store().get_deal(&id).await?;
    let changed = retry(BusyReason::Deal, found, |found| attempt(&app, found, &changes)).await?;
    Ok(Done(DealView::at(&counted(&app, changed).await?, app.now())))
}

/// Changes the deal `found` and its entry in the product's register. Returns [`TryResult::Conflict`] with the
/// deal to change on the next try when another write of the deal or of the product came first.
async fn attempt(app: &App, found: Deal, changes: &DealChanges) -> Result<TryResult<Deal, Deal>> {
    let (store, now) = (app.store(), app.now());
    let product = match store.get_product(&found.product.id).await {
        Ok(product) => Some(store.with_register(product).await?),
        Err(error) if error.code == Code::NotFound => None,
        Err(error) => return Err(error),
    };
    let snapshot = product.as_ref().map(Product::snapshot);
    let next = found.change(&DealChanges { product: Patch(snapshot), ..changes.clone() }, now)?;
    check_product(&found, &next, product.as_ref(), now)?;
    if next == found {
        return Ok(TryResult::Done(next));
    }
    let registered = product.as_ref().map(|product| product.register(&next, now)).transpose()?;
    let saved = match registered.filter(|registered| Some(registered) != product.as_ref()) {
        Some(registered) => store.save_deal_and_product(&next, &registered).await?,
        None => match store.save_deal(&next).await? {
            Saved::Done => DealSaved::Done,
            Saved::Conflict(there) => DealSaved::OtherDeal(there),
        },
    };
    match saved {
        DealSaved::Done => Ok(TryResult::Done(next)),
        DealSaved::OtherDeal(Some(there)) => Ok(TryResult::Conflict(*there)),
        DealSaved::OtherDeal(None) => Err(Error::not_found("time deal")),
        DealSaved::OtherProduct(_) => Ok(TryResult::Conflict(found)),
    }
}

/// Checks that the product allows the change from `found` to `next`. A deal that is open again after it
/// had ended needs an active product. That deal, and a deal with a changed price, must be cheaper than the
/// product.
fn check_product(found: &Deal, next: &Deal, product: Option<&Product>, now: Timestamp) -> Result<()> {
    let reopened = next.is_open(now) && !found.is_open(now);
    if reopened && product.is_none_or(|product| product.status != products::ProductStatus::Active) {
        let message =
            "The product of this deal is no longer active: activate it, or make a deal of another one.";
        return Err(Error::refused(Code::Conflict, message));
    }
    match product {
        Some(product) if reopened || next.deal_price != found.deal_price => {
            product.check_deal_price(next.deal_price)
        }
        _ => Ok(()),
    }
}

impl From<DealUpdate> for DealChanges {
    fn from(changes: DealUpdate) -> Self {
        Self {
            product: Patch::default(),
            original_price: Patch(changes.original_price.0.map(|amount| amount.0)),
            deal_price: Patch(changes.deal_price.0.map(|amount| amount.0)),
            starts_at: changes.start_at,
            ends_at: changes.end_at,
            hold_seconds: changes.hold_seconds,
            queue_id: changes.queue_id,
            cancel: changes.status.0.is_some(),
        }
    }
}
