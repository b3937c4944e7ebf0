//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod docs;
pub mod health;
pub mod openapi;
