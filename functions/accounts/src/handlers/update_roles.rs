//! `PUT /auth/users/{id}/roles`: replaces the roles of a user.

use dibs_http::axum::extract::State;
use dibs_http::{AdministratorNow, Done, Json, Path, Route, route};
use domain::Result;
use domain::accounts::Roles;
use domain::ids::UserId;
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::account_changes;
use crate::views::UserView;

/// Route that replaces the roles of a user.
pub static ROUTE: Route = route!(
    /// Replaces all roles of the user. An added role counts from the next access token on; a removed one ends every
    /// session and access token of the user. A repeat changes nothing more.
    PUT ["/auth/users/{id}/roles"] "accounts-update-roles" update_roles, "Replace the roles of a user",
    [Conflict, LastAdministrator, StaffPasswordNeeded]
)
.operation_ids(&["updateUserRoles"]);

/// Roles to give to a user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserRolesUpdate")]
struct NewRoles {
    /// All roles that the user will have, 1 to 4. An added role counts from the next access token on. A
    /// removed role ends every session and access token of the user within a second.
    #[schemars(length(min = 1, max = 4))]
    roles: Roles,
}

async fn update_roles(
    State(app): State<App>,
    by: AdministratorNow,
    Path(id): Path<UserId>,
    Json { value: asked, .. }: Json<NewRoles>,
) -> Result<Done<UserView>> {
    add_entity(&id);
    let changed = account_changes::by_administrator(&app, &by, &id, |account| {
        if app.settings().strict_passwords {
            account.check_staff_password(&asked.roles)?;
        }
        account.with_roles(&asked.roles)
    });
    Ok(Done(changed.await?.into()))
}
