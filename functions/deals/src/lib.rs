//! Time deals: a shop with products, deals of limited stock and orders.

pub mod cancel_order;
pub mod change_deal;
pub mod change_product;
pub mod create_deal;
pub mod create_order;
pub mod create_product;
pub mod list_deals;
pub mod list_order_events;
pub mod list_orders;
pub mod list_products;
mod ordering;
pub mod read_deal;
pub mod read_order;
pub mod read_product;
pub mod request_payment;
mod views;

use edge::Route;

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &create_product::ROUTE,
    &change_product::ROUTE,
    &list_products::ROUTE,
    &read_product::ROUTE,
    &create_deal::ROUTE,
    &change_deal::ROUTE,
    &list_deals::ROUTE,
    &read_deal::ROUTE,
    &create_order::ROUTE,
    &list_orders::ROUTE,
    &read_order::ROUTE,
    &list_order_events::ROUTE,
    &cancel_order::ROUTE,
    &request_payment::ROUTE,
];
