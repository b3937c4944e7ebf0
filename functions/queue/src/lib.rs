//! Waiting rooms: users enter in order of arrival and are admitted in that order.

pub mod create_queue;
pub mod join_queue;
mod joining;
pub mod leave_queue;
pub mod list_queues;
pub mod read_place;
pub mod read_queue;
pub mod update_queue;
mod views;

use edge::Route;

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &create_queue::ROUTE,
    &update_queue::ROUTE,
    &list_queues::ROUTE,
    &read_queue::ROUTE,
    &join_queue::ROUTE,
    &read_place::ROUTE,
    &leave_queue::ROUTE,
];
