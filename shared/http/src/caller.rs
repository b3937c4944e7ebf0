//! Authentication of callers by a signed access token, and authorization by the type of a handler's argument.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use domain::accounts::{Role, Roles, check_staff_totp};
use domain::ids::{SessionId, UserId};
use domain::{Code, Error, Result};
use headers::HeaderMapExt;
use headers::authorization::{Authorization, Bearer};

use crate::Failure;
use crate::route::{Access, Describe, Operation};
use runtime::{AccessClaims, App, context};

/// A signed-in caller with one of the roles of `W`.
#[derive(Clone, Debug)]
pub struct Caller<W> {
    /// User id of the account.
    pub id: UserId,
    /// Roles in the access token: those of the account when the token was issued, at most 15 minutes ago.
    pub roles: Roles,
    /// Account epoch when the access token was issued; `None` in tokens that an earlier version of dibs
    /// issued.
    pub epoch: Option<u32>,
    /// Closed accounts of the same e-mail address, at most 8. Their claims count against the limits of
    /// this account.
    pub former: Vec<UserId>,
    /// Session of the access token; `None` in tokens that an earlier version of dibs issued.
    pub session_id: Option<SessionId>,
    is_email_confirmed: bool,
    who: PhantomData<W>,
}

/// A marker type that names the roles with which a handler may be called.
pub trait Who {
    /// Access rule that a caller must pass before the handler runs.
    const ACCESS: Access;
    /// Whether staff without an authenticator app may call, where staff need one.
    const MAY_LACK_TOTP: bool = false;
}

macro_rules! callers {
    ($($(#[doc = $doc:literal])+ $alias:ident $marker:ident = $access:expr;)+) => {$(
        #[doc(hidden)]
        #[derive(Clone, Debug)]
        pub struct $marker;
        impl Who for $marker {
            const ACCESS: Access = $access;
        }
        $(#[doc = $doc])+
        pub type $alias = Caller<$marker>;
    )+};
}

callers! {
    /// Caller with any signed-in account.
    SignedIn AnyAccount = Access::SignedIn;
    /// Caller who claims, waits, holds seats or buys, with the role USER or ADMIN.
    User Users = Access::Roles(&[Role::User, Role::Admin]);
    /// Caller who configures and reviews, with the role OPERATOR or ADMIN.
    Operator Operators = Access::Roles(&[Role::Operator, Role::Admin]);
    /// Caller who may read the data of all users, with the role OPERATOR, AUDITOR or ADMIN.
    Reader Readers = Access::Roles(&[Role::Operator, Role::Auditor, Role::Admin]);
    /// Caller who may read the audit, with the role AUDITOR or ADMIN.
    Auditor Auditors = Access::Roles(&[Role::Auditor, Role::Admin]);
    /// Caller with the role ADMIN.
    Administrator Administrators = Access::Roles(&[Role::Admin]);
    /// Caller who reads their own data as USER, or all data as AUDITOR or ADMIN.
    UserOrAuditor UsersAndAuditors = Access::Roles(&[Role::User, Role::Auditor, Role::Admin]);
    /// Caller who acts for themselves as USER, or for a user as OPERATOR or ADMIN.
    UserOrOperator UsersAndOperators = Access::Roles(&[Role::User, Role::Operator, Role::Admin]);
}

/// Marker of [`AccountOwner`].
#[derive(Clone, Debug)]
pub struct Owners;

impl Who for Owners {
    const ACCESS: Access = Access::SignedIn;
    const MAY_LACK_TOTP: bool = true;
}

/// Caller with any signed-in account, who reads it, lists its sessions or enrols an authenticator app. Staff may do
/// so before they have an app.
pub type AccountOwner = Caller<Owners>;

impl<W> Caller<W> {
    /// Returns whether the caller has `role` or is an administrator.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role) || self.roles.contains(&Role::Admin)
    }

    /// Checks that the owner of the account had confirmed its e-mail address when the access token was issued, if
    /// this deployment requires it. The token says so, so nothing is read; a confirmation counts from the next
    /// refresh on.
    ///
    /// # Errors
    /// `EMAIL_NOT_CONFIRMED` otherwise.
    pub fn check_email_confirmed(&self, app: &App) -> Result<()> {
        if self.is_email_confirmed || !app.settings().require_confirmed_email {
            return Ok(());
        }
        Err(Error::refused(
            Code::EmailNotConfirmed,
            "Confirm your e-mail address first: use the token of the mail with POST /auth/email/confirm, or ask for \
             another mail with POST /auth/email/resend, and then refresh your access token.",
        ))
    }

    /// Returns whether the caller may read the data of other users: with the role OPERATOR, AUDITOR or
    /// ADMIN.
    pub fn reads_all(&self) -> bool {
        self.is(Role::Operator) || self.is(Role::Auditor)
    }
}

impl<W: Who> FromRequestParts<App> for Caller<W> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, Failure> {
        let header = parts.headers.typed_get::<Authorization<Bearer>>().ok_or_else(Error::unauthorized)?;
        let claims = app.tokens().verify(header.token(), app.now())?;
        context::set_user(&claims.sub);
        app.revocations().check(app.store(), app.now(), &claims, W::ACCESS.is_for_staff()).await?;
        if app.settings().require_staff_totp && !W::MAY_LACK_TOTP {
            check_staff_totp(&claims.roles, claims.totp)?;
        }
        if !W::ACCESS.allows(&claims.roles) {
            return Err(Error::forbidden().into());
        }
        if let Some(role) = W::ACCESS.role_of(&claims.roles) {
            context::set_author(&claims.sub, role);
        }
        let AccessClaims { sub: id, roles, epoch, former, sid: session_id, unconfirmed, .. } = claims;
        let is_email_confirmed = !unconfirmed;
        Ok(Self { id, roles, epoch, former, session_id, is_email_confirmed, who: PhantomData })
    }
}

impl<W: Who> Describe for Caller<W> {
    fn describe(operation: &mut Operation) {
        operation.access = W::ACCESS;
        operation.may_lack_totp = W::MAY_LACK_TOTP;
    }
}

/// Caller of an open route, with the account if the request carries a valid access token.
#[derive(Clone, Debug)]
pub struct Viewer(Option<SignedIn>);

impl Viewer {
    /// Returns the account of the caller.
    ///
    /// # Errors
    /// `UNAUTHORIZED` without a valid access token.
    pub fn signed_in(&self) -> Result<&SignedIn> {
        self.0.as_ref().ok_or_else(Error::unauthorized)
    }

    /// Checks that the caller has the role OPERATOR, AUDITOR or ADMIN, which is required to see inactive
    /// products.
    ///
    /// # Errors
    /// `UNAUTHORIZED` without a valid access token; `FORBIDDEN` for an account without a staff role.
    pub fn check_staff(&self) -> Result<()> {
        let caller = self.signed_in()?;
        if caller.reads_all() { Ok(()) } else { Err(Error::forbidden()) }
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, Failure> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self(None));
        }
        // An open route stays open to a caller with an invalid token.
        Ok(Self(SignedIn::from_request_parts(parts, app).await.ok()))
    }
}

impl Describe for Viewer {
    fn describe(operation: &mut Operation) {
        operation.token_optional = true;
    }
}
