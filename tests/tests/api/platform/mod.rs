//! What is there for whoever runs or calls dibs.

mod default;
mod docs;
mod health;
mod openapi;
