//! What clients see of figures.

pub mod queues;
pub mod requests;
pub mod sales;
pub mod timeline;
pub mod users;
