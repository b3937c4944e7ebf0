//! Tests of products, time deals and orders.

mod abandoned;
mod cancel_order;
mod cancellation;
mod create_deal;
mod create_order;
mod create_product;
mod get_deal;
mod get_order;
mod get_product;
mod list_deals;
mod list_order_events;
mod list_orders;
mod list_products;
mod request_payment;
mod stored_status;
mod unit_counts;
mod update_deal;
mod update_product;

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::checks::{bodies_are_checked, each, guarded, pages, paging_is_checked};

/// Runs the scheduled worker that advances deals.
async fn advance(app: &TestApp) {
    deals::workers::advance_deals::WORKER.handle_tick(app.app()).await.unwrap();
}

/// Creates a waiting room that admits ten users at once, and returns its id.
async fn queue(app: &TestApp) -> String {
    let body = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    app.operator().post("/queues", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}
