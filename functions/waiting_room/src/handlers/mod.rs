//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod create_queue;
pub mod get_position;
pub mod get_queue;
pub mod join_queue;
pub mod leave_queue;
pub mod list_queues;
pub mod update_queue;
