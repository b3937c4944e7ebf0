//! The API, endpoint by endpoint: the files mirror `functions/`.

mod auth;
mod checks;
mod concerts;
mod platform;
mod queue;
mod rewards;
mod wallet;
