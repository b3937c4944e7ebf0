//! Flows that handlers and workers share: domain rules and the store meet here.

pub mod account_changes;
pub mod cookies;
pub mod credentials;
pub mod email_tokens;
pub mod first_administrator;
pub mod own_account;
pub mod password_rules;
pub mod passwords;
pub mod second_factor;
pub mod sessions;
pub mod user_agent;
