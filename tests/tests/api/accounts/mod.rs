//! Tests of accounts, sessions and roles.

mod confirm_email;
mod confirm_totp;
mod create_totp;
mod delete_account;
mod delete_totp;
mod end_session;
mod first_administrator;
mod forgot_password;
mod get_account;
mod get_jwks;
mod get_user;
mod get_user_by_email;
mod list_sessions;
mod list_users;
mod login;
mod logout;
mod refresh;
mod register;
mod resend_confirmation;
mod reset_password;
mod revoked_access;
mod update_account;
mod update_roles;
mod update_status;
