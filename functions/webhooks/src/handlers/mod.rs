//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod create_webhook;
pub mod delete_webhook;
pub mod get_webhook;
pub mod list_attempts;
pub mod list_webhooks;
pub mod replay_events;
pub mod rotate_secret;
pub mod send_test;
pub mod update_webhook;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &create_webhook::ROUTE,
    &list_webhooks::ROUTE,
    &get_webhook::ROUTE,
    &update_webhook::ROUTE,
    &delete_webhook::ROUTE,
    &rotate_secret::ROUTE,
    &send_test::ROUTE,
    &replay_events::ROUTE,
    &list_attempts::ROUTE,
];
