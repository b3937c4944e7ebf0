//! Tests of the routes for operators and client developers: health, documentation, and unknown paths.

mod default;
mod docs;
mod get_event_schema;
mod health;
mod list_dead_letters;
mod openapi;
mod redrive_dead_letters;
