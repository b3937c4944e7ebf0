//! Callers whose account is read, strongly consistent, before the handler runs. Handlers use them for
//! actions that must be refused as soon as the caller has lost the role or the account is banned.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Error;
use domain::accounts::Account;

use crate::Failure;
use crate::caller::{Administrators, Caller, Operators, Who};
use crate::route::{Describe, Operation};
use runtime::App;

/// Caller whose stored account is active, has the epoch of the access token, and has one of the roles of
/// `W`. The account is read for each request, strongly consistent.
#[derive(Clone, Debug)]
pub struct Confirmed<W> {
    /// Account of the caller as read for this request.
    pub account: Account,
    caller: Caller<W>,
}

/// Caller with the role ADMIN at the time of the request.
pub type AdministratorNow = Confirmed<Administrators>;
/// Caller with the role OPERATOR or ADMIN at the time of the request.
pub type OperatorNow = Confirmed<Operators>;

impl<W> Deref for Confirmed<W> {
    type Target = Caller<W>;

    fn deref(&self) -> &Caller<W> {
        &self.caller
    }
}

impl<W: Who + Send> FromRequestParts<App> for Confirmed<W> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let caller = Caller::<W>::from_request_parts(parts, app).await?;
        let account = app.store().get_account_if_exists(&caller.id).await?.ok_or_else(Error::unauthorized)?;
        account.check_active()?;
        if caller.epoch.is_some_and(|epoch| epoch != account.epoch) {
            return Err(Error::unauthorized().into());
        }
        if !W::ACCESS.allows(&account.roles) {
            return Err(Error::forbidden().into());
        }
        Ok(Self { account, caller })
    }
}

impl<W: Who> Describe for Confirmed<W> {
    fn describe(operation: &mut Operation) {
        Caller::<W>::describe(operation);
    }
}
