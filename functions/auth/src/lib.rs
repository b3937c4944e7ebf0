//! Accounts: registration, sign-in and refresh, the caller's own account, and user management by
//! administrators.

#![warn(missing_docs)]

mod changing;
pub mod close_me;
mod cookie;
mod credentials;
pub mod find_user;
pub mod jwks;
pub mod list_users;
pub mod login;
pub mod logout;
pub mod password;
mod password_rules;
pub mod read_me;
pub mod read_user;
pub mod refresh;
pub mod register;
pub mod set_roles;
pub mod set_status;
mod sign_in;
pub mod update_me;
mod views;

use edge::Route;

/// Every route of this domain.
pub const ROUTES: &[&Route] = &[
    &register::ROUTE,
    &login::ROUTE,
    &refresh::ROUTE,
    &logout::ROUTE,
    &read_me::ROUTE,
    &update_me::ROUTE,
    &close_me::ROUTE,
    &list_users::ROUTE,
    &find_user::ROUTE,
    &read_user::ROUTE,
    &set_roles::ROUTE,
    &set_status::ROUTE,
    &jwks::ROUTE,
];
