//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod delete_account;
pub mod get_account;
pub mod get_jwks;
pub mod get_user;
pub mod get_user_by_email;
pub mod list_users;
pub mod login;
pub mod logout;
pub mod refresh;
pub mod register;
pub mod update_account;
pub mod update_roles;
pub mod update_status;
