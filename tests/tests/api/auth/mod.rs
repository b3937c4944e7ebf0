//! Tests of accounts, sessions and roles.

mod close_me;
mod find_user;
mod jwks;
mod list_users;
mod login;
mod logout;
mod read_me;
mod read_user;
mod refresh;
mod register;
mod revoked_access;
mod set_roles;
mod set_status;
mod update_me;
