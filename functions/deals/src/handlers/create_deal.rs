//! `POST /timedeals`: creates a time deal, for operators.

use crate::services::deals::counted;
use crate::views::deal::Amount;

use axum::extract::State;
use dibs_http::{
    Created, Creation, IdempotencyKey, Json, Operator, Route, axum, find_created, resolve_create, route,
};
use domain::deals::{Deal, DealStatus, DealTerms, HOLD_SECONDS_DEFAULT, PRICE_MAX};
use domain::ids::{DealId, ProductId, QueueId};
use domain::products::{self, Product};
use domain::{BusyReason, Code, Error, Quantity, Result, Timestamp};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::{DealSaved, Saved, TryResult, retry};
use waiting_room::services::admission::check_queue;

use crate::views::deal::DealView;

pub static ROUTE: Route = route!(
    /// Creates a time deal with its stock. It can be ordered from `start_at` on, without further action.
    POST ["/timedeals"] "deals-create-deal" create_deal,
    "Create a time deal of a product, which must stay active and more expensive than the deal while the \
     deal is open",
    [TooManyDeals]
);

/// Time deal to create: units of a product at a reduced price, for a limited time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TimeDealCreate")]
pub struct NewDeal {
    /// Id of the product to sell, which must be active.
    pub product_id: ProductId,
    /// Price of a unit without the deal, at most 100,000,000, in whole units of the currency; by default the
    /// price of the product.
    pub original_price: Option<Amount>,
    /// Price of a unit in the deal, in whole units of the currency: positive, below the original price and
    /// below the price of the product.
    pub deal_price: Amount,
    /// Number of units for sale, 1 to 100,000. It cannot change later.
    pub stock_quantity: Amount,
    /// Time from which the deal can be ordered, in UTC.
    pub start_at: Timestamp,
    /// Time before which the deal can be ordered, in UTC; it must be in the future.
    pub end_at: Timestamp,
    /// Time in seconds that the units of an order are held for payment, 10 to 3600, by default 300.
    #[schemars(range(min = 10, max = 3600))]
    #[serde(default = "five_minutes")]
    pub hold_seconds: u32,
    /// Queue that guards orders of the deal. Null or absent leaves the deal open to every user.
    pub queue_id: Option<QueueId>,
}

async fn create_deal(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value: new, fingerprint }: Json<NewDeal>,
) -> Result<Created<DealView>> {
    let creation = key.creation(&app, DealId::new, operator.id, &ROUTE, &fingerprint);
    let stored = app.store().get_deal_if_exists(&creation.id);
    let created = match find_created(creation.request_fingerprint.as_deref(), stored).await? {
        Some(there) => there,
        None => create(&app, new, &creation).await?,
    };
    Ok(Created(DealView::at(&counted(&app, created).await?, creation.at)))
}

/// Writes the deal and its entry in the product's register, in one transaction.
async fn create(app: &App, new: NewDeal, creation: &Creation<DealId>) -> Result<Deal> {
    let (store, now) = (app.store(), creation.at);
    let queue = check_queue(app, new.queue_id.as_ref()).await;
    let (found, queue) = (offered(app, &new.product_id).await, Some(queue));
    let attempt = async |(found, queue): (Result<Product>, Option<Result<()>>)| {
        // Without a product its price is unknown, so the terms are checked with the maximum price in its
        // place.
        let terms = new.terms(found.as_ref().map_or(PRICE_MAX, |product| product.price));
        let ahead = if terms.starts_at < terms.ends_at { terms.check_ahead(now) } else { Ok(()) };
        let rules = Error::both(Error::both(terms.check(), ahead), queue.unwrap_or(Ok(())));
        let (product, _) = Error::both(found, rules)?;
        product.check_deal_price(terms.deal_price)?;
        let product = store.with_register(product).await?;
        let deal = new.clone().deal(&product, terms, creation.clone());
        match store.save_deal_and_product(&deal, &product.register(&deal, now)?).await? {
            DealSaved::Done => Ok(TryResult::Done(deal)),
            DealSaved::OtherDeal(there) => resolve_create(Saved::Conflict(there), deal).map(TryResult::Done),
            DealSaved::OtherProduct(there) => {
                Ok(TryResult::Conflict((active(there.map(|there| *there)), None)))
            }
        }
    };
    retry(BusyReason::Product, (found, queue), attempt).await
}

/// Reads the product `id` and checks that a deal can be created for it.
async fn offered(app: &App, id: &ProductId) -> Result<Product> {
    match app.store().get_product(id).await {
        Ok(product) => active(Some(product)),
        Err(error) if error.code == Code::NotFound => active(None),
        Err(error) => Err(error),
    }
}

/// Checks that `product` exists and is active. Fails with `VALIDATION_ERROR` for `product_id` otherwise.
fn active(product: Option<Product>) -> Result<Product> {
    let refused = |message: &'static str| Err(Error::invalid_field("product_id", message));
    match product {
        Some(product) if product.status == products::ProductStatus::Active => Ok(product),
        Some(product) if product.status == products::ProductStatus::Inactive => {
            refused("is a product that is not active")
        }
        _ => refused("is no product"),
    }
}

impl NewDeal {
    /// Returns the terms of the deal, for a product with this `price`.
    fn terms(&self, price: u64) -> DealTerms {
        DealTerms {
            original_price: self.original_price.map_or(price, |amount| amount.0),
            deal_price: self.deal_price.0,
            stock_quantity: Quantity(u32::try_from(self.stock_quantity.0).unwrap_or(0)),
            starts_at: self.start_at,
            ends_at: self.end_at,
        }
    }

    fn deal(self, product: &Product, terms: DealTerms, creation: Creation<DealId>) -> Deal {
        let now = creation.at;
        let deal = Deal {
            trail: domain::trail::Trail::default(),
            id: creation.id,
            product: product.snapshot(),
            original_price: terms.original_price,
            deal_price: terms.deal_price,
            stock_quantity: terms.stock_quantity,
            starts_at: terms.starts_at,
            ends_at: terms.ends_at,
            status: DealStatus::Scheduled,
            sold_out_at: None,
            hold_seconds: self.hold_seconds,
            queue_id: self.queue_id,
            created_at: now,
            updated_at: None,
            created_by: creation.by,
            request_fingerprint: creation.request_fingerprint,
            version: 1,
        };
        Deal { status: deal.status_at(now, deal.stock_quantity), ..deal }
    }
}

const fn five_minutes() -> u32 {
    HOLD_SECONDS_DEFAULT
}
