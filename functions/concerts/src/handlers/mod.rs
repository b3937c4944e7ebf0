//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod cancel_reservation;
pub mod create_concert;
pub mod create_date;
pub mod create_reservation;
pub mod get_concert;
pub mod get_reservation;
pub mod list_concerts;
pub mod list_dates;
pub mod list_reservations;
pub mod list_seats;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &create_concert::ROUTE,
    &list_concerts::ROUTE,
    &get_concert::ROUTE,
    &create_date::ROUTE,
    &list_dates::ROUTE,
    &list_seats::ROUTE,
    &create_reservation::ROUTE,
    &list_reservations::ROUTE,
    &get_reservation::ROUTE,
    &cancel_reservation::ROUTE,
];
