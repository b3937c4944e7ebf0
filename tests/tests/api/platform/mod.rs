//! Tests of the routes for operators and client developers: health, documentation, and unknown paths.

mod default;
mod docs;
mod get_event_schema;
mod health;
mod openapi;
