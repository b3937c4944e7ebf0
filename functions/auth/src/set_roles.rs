//! PUT /auth/users/{id}/roles

use domain::accounts::Roles;
use domain::ids::UserId;
use edge::axum::extract::State;
use edge::{Administrator, App, Done, Json, Path, Result, Route, route};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::UserView;

/// The route.
pub static ROUTE: Route = route!(
    PUT ["/auth/users/{id}/roles"] "auth-set-roles" set_roles, "Give a user other roles",
    [Conflict, StaffPasswordNeeded]
);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewRoles {
    /// All that the user will have; they count from the next access token on.
    #[schemars(length(min = 1, max = 4))]
    roles: Roles,
}

async fn set_roles(
    State(app): State<App>,
    by: Administrator,
    Path(id): Path<UserId>,
    Json { value: asked, .. }: Json<NewRoles>,
) -> Result<Done<UserView>> {
    let changed = app.store().change_account(&id, |account| {
        if app.settings().strict_passwords {
            account.check_staff_password(&asked.roles)?;
        }
        account.with_roles(&asked.roles, &by.id)
    });
    Ok(Done(changed.await?.into()))
}
