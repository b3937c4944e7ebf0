//! Records of the requests that actors sent, and of the responses that they received.

pub mod account_owners;
pub mod accounts;
pub mod claims;
pub mod live;
pub mod requests;
pub mod webhooks;
