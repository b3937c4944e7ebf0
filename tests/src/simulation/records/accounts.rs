//! Record of the requests about accounts, with their responses.

use std::sync::{Mutex, PoisonError};

use domain::ids::UserId;

use crate::simulation::world::Answer;

/// Record of the requests of all members and administrators in a run.
#[derive(Default)]
pub struct AccountHistory(Mutex<Vec<AccountRequest>>);

/// One request of a member or an administrator, with its response.
#[derive(Clone, Debug)]
pub struct AccountRequest {
    /// Number of the member whose account the request is about.
    pub member: usize,
    /// Account id of the member, if the client knew it.
    pub account: Option<UserId>,
    /// Kind of the request.
    pub action: AccountAction,
    /// Time of sending, in milliseconds of the run.
    pub sent_ms: u64,
    /// Time of the response, in milliseconds of the run.
    pub came_ms: u64,
    /// Response to the request.
    pub answer: Answer,
}

/// Kind of a request by a member or an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountAction {
    /// Registration of an account.
    Register,
    /// Sign-in with the password.
    SignIn,
    /// Refresh of the session with this `Cookie` header.
    Refresh(String),
    /// Sign-out of the session.
    SignOut,
    /// Closing of the account.
    Close,
    /// Claim of a reward, or order of units of a deal.
    Use,
    /// Change of an account's status to this one, by an administrator.
    SetStatus(&'static str),
    /// Change of the roles of an administrator to these, by the other administrator.
    SetRoles(Vec<&'static str>),
}

impl AccountAction {
    /// Returns the short name of the request in the trace.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign in",
            Self::Refresh(_) => "refresh",
            Self::SignOut => "sign out",
            Self::Close => "close",
            Self::Use => "use",
            Self::SetStatus(_) => "set status",
            Self::SetRoles(_) => "set roles",
        }
    }
}

impl AccountHistory {
    /// Returns all requests so far, in the order of their responses.
    pub fn all(&self) -> Vec<AccountRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records a request and its response.
    pub fn add(&self, record: AccountRequest) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }
}
