//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod create_ticket;
pub mod get_deal_stock;
pub mod get_seat_map;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[&create_ticket::ROUTE, &get_deal_stock::ROUTE, &get_seat_map::ROUTE];
