//! Flows that handlers and workers share: domain rules and the store meet here.

pub mod access;
pub mod channels;
pub mod connections;
pub mod own;
pub mod topics;
