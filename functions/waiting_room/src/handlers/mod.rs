//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod create_queue;
pub mod get_position;
pub mod get_queue;
pub mod join_queue;
pub mod leave_queue;
pub mod list_queues;
pub mod update_queue;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &create_queue::ROUTE,
    &update_queue::ROUTE,
    &list_queues::ROUTE,
    &get_queue::ROUTE,
    &join_queue::ROUTE,
    &get_position::ROUTE,
    &leave_queue::ROUTE,
];
