//! `PUT /auth/users/{id}/status`: activates, deactivates or bans a user.

use dibs_http::axum::extract::State;
use dibs_http::{AdministratorNow, Done, Json, Path, Route, route};
use domain::Result;
use domain::accounts::AccountStatus;
use domain::ids::UserId;
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::account_changes;
use crate::views::UserView;

/// Route that sets the status of a user.
pub static ROUTE: Route = route!(
    /// Sets the status of an account. Only an active account can sign in, and another status ends the sessions of
    /// the user. Administrators cannot shut themselves out: that is a `CONFLICT`. A repeat changes nothing more.
    PUT ["/auth/users/{id}/status"] "accounts-update-status" update_status, "Activate, deactivate or ban a user",
    [Conflict]
)
.operation_ids(&["updateUserStatus"]);

/// Status to give to an account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserStatusUpdate")]
struct NewStatus {
    /// Status that the account will have: `active`, `inactive` or `banned`. Only an active account can sign
    /// in. The e-mail address of a banned one cannot register again.
    status: SettableStatus,
}

/// Account status that an administrator may set. Only the owner can close an account; deactivate or ban it instead.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum SettableStatus {
    Active,
    Inactive,
    Banned,
}

impl From<SettableStatus> for AccountStatus {
    fn from(status: SettableStatus) -> Self {
        match status {
            SettableStatus::Active => Self::Active,
            SettableStatus::Inactive => Self::Inactive,
            SettableStatus::Banned => Self::Banned,
        }
    }
}

async fn update_status(
    State(app): State<App>,
    by: AdministratorNow,
    Path(id): Path<UserId>,
    Json { value: asked, .. }: Json<NewStatus>,
) -> Result<Done<UserView>> {
    add_entity(&id);
    let changed = account_changes::by_administrator(&app, &by, &id, |account| {
        account.with_status(asked.status.into(), &by.id)
    });
    Ok(Done(changed.await?.into()))
}
