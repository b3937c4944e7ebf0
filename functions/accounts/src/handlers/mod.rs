//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod confirm_email;
pub mod confirm_totp;
pub mod create_totp;
pub mod delete_account;
pub mod delete_totp;
pub mod end_session;
pub mod forgot_password;
pub mod get_account;
pub mod get_jwks;
pub mod get_user;
pub mod get_user_by_email;
pub mod list_sessions;
pub mod list_users;
pub mod login;
pub mod logout;
pub mod refresh;
pub mod register;
pub mod resend_confirmation;
pub mod reset_password;
pub mod update_account;
pub mod update_roles;
pub mod update_status;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &register::ROUTE,
    &login::ROUTE,
    &refresh::ROUTE,
    &logout::ROUTE,
    &confirm_email::ROUTE,
    &resend_confirmation::ROUTE,
    &forgot_password::ROUTE,
    &reset_password::ROUTE,
    &get_account::ROUTE,
    &update_account::ROUTE,
    &delete_account::ROUTE,
    &list_sessions::ROUTE,
    &end_session::ROUTE,
    &create_totp::ROUTE,
    &confirm_totp::ROUTE,
    &delete_totp::ROUTE,
    &list_users::ROUTE,
    &get_user_by_email::ROUTE,
    &get_user::ROUTE,
    &update_roles::ROUTE,
    &update_status::ROUTE,
    &get_jwks::ROUTE,
];
