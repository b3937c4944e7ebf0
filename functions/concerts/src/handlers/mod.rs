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
