//! POST /timedeals

use std::borrow::Cow;

use axum::extract::State;
use domain::deals::{Deal, HOLD_SECONDS_DEFAULT, PRICE_MAX, Status, Summary, Terms};
use domain::ids::{DealId, ProductId, QueueId, UserId};
use domain::products::{self, Product};
use domain::{Code, Error, Result as DomainResult, Timestamp};
use edge::{App, Created, IdempotencyKey, Json, Operator, Result, Route, axum, check_queue, first, route};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Number;
use store::DealNow;

use crate::views::deal::DealView;

/// The route.
pub static ROUTE: Route =
    route!(POST ["/timedeals"] "deals-create-deal" create_deal, "Make a time deal of a product", []);

/// A deal to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeal {
    /// Of which product, an active one.
    pub product_id: ProductId,
    /// What a unit costs without the deal, at most 100,000,000; what the product costs when it is left out.
    pub original_price: Option<Amount>,
    /// What a unit costs: positive, and below the original price.
    pub deal_price: Amount,
    /// How many units there are, from 1 to 100,000. It never changes.
    pub stock_quantity: Amount,
    /// Can be ordered from here on.
    pub start_at: Timestamp,
    /// Can be ordered before this.
    pub end_at: Timestamp,
    /// For how long the units of an order are held until it is paid.
    #[schemars(range(min = 10, max = 3600))]
    #[serde(default = "five_minutes")]
    pub hold_seconds: u32,
    /// The waiting room in front of it; open to everybody when absent.
    pub queue_id: Option<QueueId>,
}

/// A whole number whose bounds are a rule of the domain, so that all that breaks rules is said at once. What
/// no amount can be counts as 0, which none may be.
#[derive(Clone, Copy, Debug)]
pub struct Amount(pub u64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(Self(Number::deserialize(deserializer)?.as_u64().unwrap_or(0)))
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer"})
    }
}

async fn create_deal(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value: new, fingerprint }: Json<NewDeal>,
) -> Result<Created<DealView>> {
    let (id, now) = (DealId::new(key.id(&app, &[operator.id.as_str(), ROUTE.name])), app.now());
    let product = offered(&app, &new.product_id).await;
    // What a product costs that is none, nobody knows: at most this.
    let terms = new.terms(product.as_ref().map_or(PRICE_MAX, |product| product.price));
    let queue = check_queue(&app, new.queue_id.as_ref()).await;
    let (product, _) = Error::both(product, Error::both(terms.check(), queue))?;
    let deal = new.deal(id, &product, terms, operator.id, key.mark(&fingerprint), now);
    let saved = app.store().save_deal(&deal).await?;
    let created = first(saved, deal, |deal| deal.mark.as_deref())?;
    Ok(Created(DealView::at(&counted(&app, created).await?, now)))
}

/// The product `id`, of which a deal can be made.
async fn offered(app: &App, id: &ProductId) -> DomainResult<Product> {
    let refused = |message: &'static str| Error::invalid_field("product_id", message);
    match app.store().product(id).await {
        Ok(product) if product.status == products::Status::Active => Ok(product),
        Ok(_) => Err(refused("is a product that is not active")),
        Err(error) if error.code == Code::NotFound => Err(refused("is no product")),
        Err(error) => Err(error),
    }
}

/// `deal` with its units as they were counted last.
///
/// # Errors
/// Only those of the store.
pub async fn counted(app: &App, deal: Deal) -> DomainResult<DealNow> {
    let summary = app.store().find_summary(&deal.id).await?;
    Ok(DealNow { summary: summary.unwrap_or_else(|| Summary::new(&deal)), deal })
}

impl NewDeal {
    /// What it offers, of a product at this `price`.
    fn terms(&self, price: u64) -> Terms {
        Terms {
            original_price: self.original_price.map_or(price, |amount| amount.0),
            deal_price: self.deal_price.0,
            stock_quantity: u32::try_from(self.stock_quantity.0).unwrap_or(0),
            starts_at: self.start_at,
            ends_at: self.end_at,
        }
    }

    fn deal(
        self,
        id: DealId,
        product: &Product,
        terms: Terms,
        by: UserId,
        mark: Option<String>,
        now: Timestamp,
    ) -> Deal {
        let deal = Deal {
            id,
            product: product.snapshot(),
            original_price: terms.original_price,
            deal_price: terms.deal_price,
            stock_quantity: terms.stock_quantity,
            starts_at: terms.starts_at,
            ends_at: terms.ends_at,
            status: Status::Scheduled,
            hold_seconds: self.hold_seconds,
            queue_id: self.queue_id,
            created_at: now,
            created_by: by,
            mark,
            version: 1,
        };
        Deal { status: deal.status_at(now, deal.stock_quantity), ..deal }
    }
}

const fn five_minutes() -> u32 {
    HOLD_SECONDS_DEFAULT
}
