//! Concerts: dates, seats, and reservations that hold seats until they are paid.

pub mod cancel_reservation;
pub mod create_concert;
pub mod create_date;
pub mod create_reservation;
pub mod list_concerts;
pub mod list_dates;
pub mod list_reservations;
pub mod list_seats;
pub mod read_concert;
pub mod read_reservation;
mod reserving;
mod views;

use edge::Route;

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &create_concert::ROUTE,
    &list_concerts::ROUTE,
    &read_concert::ROUTE,
    &create_date::ROUTE,
    &list_dates::ROUTE,
    &list_seats::ROUTE,
    &create_reservation::ROUTE,
    &list_reservations::ROUTE,
    &read_reservation::ROUTE,
    &cancel_reservation::ROUTE,
];
