//! Load test of one deal with many buyers.

use std::sync::Arc;
use std::time::Duration;

use dibs_http::axum::Router;
use dibs_http::axum::body::Body;
use domain::Timestamp;
use domain::deals::{Deal, DealStatus, HOLD_SECONDS_DEFAULT};
use domain::ids::{DealId, ProductId, UserId};
use domain::products::{Category, ProductSnapshot};
use http::{Request, header};
use local::engine::{Dynamo, Engines, Sqs};
use runtime::App;
use serde_json::json;
use store::schema::{QUEUES, TABLES};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::limited::Limited;
use super::{app, call, instances, user};
use crate::simulation::world::Prng;

/// Response to one order, with its times.
#[derive(Clone, Debug)]
pub struct OrderResponse {
    /// HTTP status of the response.
    pub status: u16,
    /// Error code of the refusal.
    pub code: String,
    /// Number of available units that a refusal reports.
    pub available: Option<u64>,
    /// Time at which the request was sent.
    pub sent: Instant,
    /// Time at which the response arrived.
    pub came: Instant,
}

/// Deal and the function instances that serve it.
pub struct Sale {
    /// DynamoDB with throughput limits, which all instances use.
    pub dynamo: Limited,
    /// Deal of which all clients order units.
    pub deal: Deal,
    /// Dependencies of one function instance: store, tokens, clock.
    pub app: App,
    routers: Vec<Router>,
    prng: Prng,
    came: usize,
}

impl Sale {
    /// Starts an active deal of `units` units. The caller's runtime must have paused time.
    pub async fn start(seed: u64, units: u32) -> Self {
        let dynamo = Limited::new(Dynamo::memory().expect("an engine"), seed);
        let engines = Engines::behind(dynamo.clone(), Sqs::memory());
        let deployed = engines.create("dibs", TABLES, QUEUES).await.expect("tables and queues");
        let (began, key) = (Instant::now(), local::keys::signing_key(None).expect("a key"));
        let routers = instances(&engines, &deployed, began, &key);
        let app = app(&engines, &deployed, began, &key);
        let deal = deal(units, app.now());
        let _ = app.store().save_deal(&deal).await.expect("a deal");
        Self { dynamo, deal, app, routers, prng: Prng::new(seed), came: 0 }
    }

    /// Sends an order of one unit by each of `buyers` new users, at random times within `within`. The
    /// responses are in the order of arrival.
    pub async fn rush(&mut self, buyers: usize, within: Duration) -> Vec<OrderResponse> {
        let (began, mut orders) = (Instant::now(), JoinSet::new());
        let body = json!({"time_deal_id": self.deal.id, "quantity": 1}).to_string();
        let mut arrivals: Vec<Duration> =
            (0..buyers).map(|_| self.prng.millis(0, within.as_millis() as u64)).collect();
        arrivals.sort_unstable();
        for after in arrivals {
            sleep_until(began + after).await;
            let (_, token) = user(&self.app, self.came);
            let (router, body) = (self.routers[self.came % self.routers.len()].clone(), body.clone());
            orders.spawn(order(router, token, self.app.now(), body));
            self.came += 1;
        }
        orders.join_all().await
    }
}

/// Sends an order that API Gateway receives at the time `at`, and returns the response.
async fn order(router: Router, token: Arc<str>, at: Timestamp, body: String) -> OrderResponse {
    let sent = Instant::now();
    let request = Request::post("/api/v1/orders").header(header::CONTENT_TYPE, "application/json");
    let (status, answer) = call(router, &token, at, request, Body::from(body)).await;
    let error = &answer["error"];
    let code = error["code"].as_str().unwrap_or_default().to_owned();
    let available = error["details"]["available"].as_u64();
    OrderResponse { status, code, available, sent, came: Instant::now() }
}

fn deal(units: u32, now: Timestamp) -> Deal {
    let product = ProductSnapshot {
        id: ProductId::new("tree"),
        name: "Cat tree".to_owned(),
        description: String::new(),
        price: 45_000,
        image_url: None,
        thumbnail_url: None,
        category: Category::Living,
    };
    Deal {
        trail: domain::trail::Trail::default(),
        id: DealId::new("rush"),
        product,
        original_price: 45_000,
        deal_price: 29_900,
        stock_quantity: domain::Quantity(units),
        starts_at: now.plus_seconds(-60),
        ends_at: now.plus_seconds(3_600),
        status: DealStatus::Active,
        sold_out_at: None,
        hold_seconds: HOLD_SECONDS_DEFAULT,
        queue_id: None,
        created_at: now,
        updated_at: None,
        created_by: UserId::new("operator"),
        request_fingerprint: None,
        version: 1,
    }
}
