//! Callers whose account is read before the handler runs, for what must not be done a second after the right to do it
//! was lost.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Error;
use domain::accounts::Account;

use crate::caller::{Administrators, Caller, Operators, Who};
use crate::route::{Describe, Operation};
use crate::{App, Failure};

/// A caller whose account is active, in the token's epoch, and holds one of the roles of `W`, as the account is now.
#[derive(Clone, Debug)]
pub struct Confirmed<W> {
    /// The account as it was read.
    pub account: Account,
    caller: Caller<W>,
}

/// An administrator, by the account as it is now.
pub type AdministratorNow = Confirmed<Administrators>;
/// An operator, by the account as it is now.
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
        let account = app.store().find_account(&caller.id).await?.ok_or_else(Error::unauthorized)?;
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
