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
