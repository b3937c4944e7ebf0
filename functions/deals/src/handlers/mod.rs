//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod cancel_order;
pub mod create_deal;
pub mod create_order;
pub mod create_product;
pub mod get_deal;
pub mod get_order;
pub mod get_product;
pub mod list_deals;
pub mod list_order_events;
pub mod list_orders;
pub mod list_products;
pub mod request_payment;
pub mod update_deal;
pub mod update_product;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &create_product::ROUTE,
    &update_product::ROUTE,
    &list_products::ROUTE,
    &get_product::ROUTE,
    &create_deal::ROUTE,
    &update_deal::ROUTE,
    &list_deals::ROUTE,
    &get_deal::ROUTE,
    &create_order::ROUTE,
    &list_orders::ROUTE,
    &get_order::ROUTE,
    &list_order_events::ROUTE,
    &cancel_order::ROUTE,
    &request_payment::ROUTE,
];
