//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

mod get_event_analytics;
mod get_queue_analytics;
mod get_reward_analytics;
mod get_sales_analytics;
mod get_user_analytics;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &get_event_analytics::ROUTE,
    &get_reward_analytics::ROUTE,
    &get_user_analytics::ROUTE,
    &get_sales_analytics::ROUTE,
    &get_queue_analytics::ROUTE,
];
