//! The whole of dibs in one process: the routes behind HTTP, the workers behind embedded queues and streams,
//! fakes of the outside services, and demo data.

#![warn(missing_docs)]

pub mod admin;
mod api_client;
pub mod audit;
pub mod crowd;
pub mod demo;
pub mod engine;
pub mod event_sources;
pub mod fakes;
pub mod front;
pub mod functions;
pub mod hosts;
pub mod keys;
pub mod listen_addresses;
pub mod load_test;
pub mod platform_log;
pub mod reindex;
pub mod routes;
pub mod schema;
mod sockets;
pub mod stack;
pub mod web;

pub use stack::{Options, Stack};
