//! `GET /auth/users/{id}`: returns a user with the audit of the account, for administrators.

use dibs_http::axum::extract::State;
use dibs_http::{AdministratorNow, Done, Path, Query, Route, route};
use domain::Result;
use domain::ids::UserId;
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::views::{AuditView, UserView};

/// Route that returns a user with the audit.
pub static ROUTE: Route = route!(
    /// Returns the account with up to 50 entries of its audit. Send `audit_next` as `audit_before` to get
    /// older entries.
    GET ["/auth/users/{id}"] "accounts-get-user" get_user, "Get a user with the audit of the account, newest first", []
);

/// Maximum number of audit entries in a response.
const AUDIT_MAX: usize = 50;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UserDetailQuery {
    /// Version below which audit entries are returned: `audit_next` of the response before. Without it the
    /// newest entries are returned.
    #[schemars(range(min = 1))]
    audit_before: Option<u64>,
}

/// Account of a user with the audit of its changes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserDetail")]
struct UserDetail {
    #[serde(flatten)]
    user: UserView,
    /// Audit entries of the account, newest first, at most 50: registration, closing, and changes of roles,
    /// status and password. An account created by an earlier version of dibs has only the changes made since
    /// the update.
    audit: Vec<AuditView>,
    /// Value of `audit_before` that returns older entries; null when there are none.
    audit_next: Option<u64>,
}

async fn get_user(
    State(app): State<App>,
    _: AdministratorNow,
    Path(id): Path<UserId>,
    Query(filter): Query<UserDetailQuery>,
) -> Result<Done<UserDetail>> {
    add_entity(&id);
    let (account, mut audit) = futures::future::try_join(
        app.store().get_account(&id),
        app.store().list_account_audit(&id, filter.audit_before, AUDIT_MAX + 1),
    )
    .await?;
    let more = audit.len() > AUDIT_MAX;
    audit.truncate(AUDIT_MAX);
    let audit_next = audit.last().filter(|_| more).map(|entry| entry.version);
    let audit = audit.into_iter().map(AuditView::from).collect();
    Ok(Done(UserDetail { user: account.into(), audit, audit_next }))
}
