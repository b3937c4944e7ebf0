//! The API, endpoint by endpoint: the files mirror `functions/`.

mod auth;
mod platform;
mod rewards;
