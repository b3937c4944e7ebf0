//! Who calls, proven by a signed access token; which roles may, said by the type of a handler's argument.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use domain::accounts::{Role, Roles};
use domain::ids::UserId;
use domain::{Error, Result};

use crate::route::{Access, Describe, Operation};
use crate::{AccessClaims, App, Failure, call};

/// A signed-in caller who holds one of the roles of `W`.
#[derive(Clone, Debug)]
pub struct Caller<W> {
    /// Whose account it is.
    pub id: UserId,
    /// The roles that the token carries, at most 15 minutes old.
    pub roles: Roles,
    /// Epoch of the account when the token was issued; none in a token of the version before.
    pub epoch: Option<u32>,
    /// Closed accounts of the same e-mail address, whose claims count for this one. Mostly none, at most 8.
    pub former: Vec<UserId>,
    who: PhantomData<W>,
}

/// A set of roles as a type.
pub trait Who {
    /// Who that is.
    const ACCESS: Access;
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
    /// Any signed-in account.
    SignedIn AnyAccount = Access::SignedIn;
    /// Someone who claims, waits, holds or buys.
    User Users = Access::Roles(&[Role::User, Role::Admin]);
    /// Someone who sets things up and reviews.
    Operator Operators = Access::Roles(&[Role::Operator, Role::Admin]);
    /// Someone who may read everybody's.
    Reader Readers = Access::Roles(&[Role::Operator, Role::Auditor, Role::Admin]);
    /// Someone who may do everything.
    Administrator Administrators = Access::Roles(&[Role::Admin]);
    /// A user for themselves, or an auditor who reads.
    UserOrAuditor UsersAndAuditors = Access::Roles(&[Role::User, Role::Auditor, Role::Admin]);
    /// A user for themselves, or an operator for a user.
    UserOrOperator UsersAndOperators = Access::Roles(&[Role::User, Role::Operator, Role::Admin]);
}

impl<W> Caller<W> {
    /// Whether the caller holds `role`, or is an administrator.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role) || self.roles.contains(&Role::Admin)
    }

    /// Whether the caller may read what is other people's.
    pub fn reads_all(&self) -> bool {
        self.is(Role::Operator) || self.is(Role::Auditor)
    }
}

impl<W: Who> FromRequestParts<App> for Caller<W> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, Failure> {
        let claims = app.tokens().verify(bearer(parts)?, app.now())?;
        call::by(&claims.sub);
        app.revocations().check(app, &claims, W::ACCESS.is_for_staff()).await?;
        if !W::ACCESS.allows(&claims.roles) {
            return Err(Error::forbidden().into());
        }
        let AccessClaims { sub: id, roles, epoch, former, .. } = claims;
        Ok(Self { id, roles, epoch, former, who: PhantomData })
    }
}

impl<W: Who> Describe for Caller<W> {
    fn describe(operation: &mut Operation) {
        operation.access = W::ACCESS;
    }
}

/// Whoever calls an open route: a signed-in caller where the request carries a valid access token.
#[derive(Clone, Debug)]
pub struct Viewer(Option<SignedIn>);

impl Viewer {
    /// Checks that the caller is staff, who see what is not released yet.
    ///
    /// # Errors
    /// `UNAUTHORIZED` without a valid access token; `FORBIDDEN` for an account without a role of staff.
    pub fn check_staff(&self) -> Result<()> {
        let caller = self.0.as_ref().ok_or_else(Error::unauthorized)?;
        if caller.reads_all() { Ok(()) } else { Err(Error::forbidden()) }
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, Failure> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self(None));
        }
        // What is open stays so for a token that is no longer valid.
        Ok(Self(SignedIn::from_request_parts(parts, app).await.ok()))
    }
}

impl Describe for Viewer {
    fn describe(_: &mut Operation) {}
}

fn bearer(parts: &Parts) -> Result<&str> {
    let header = parts.headers.get(header::AUTHORIZATION).ok_or_else(Error::unauthorized)?;
    let (scheme, token) =
        header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(Error::unauthorized)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Error::unauthorized()) }
}
