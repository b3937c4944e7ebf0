//! GET /auth/users/{id}

use domain::ids::UserId;
use edge::axum::extract::State;
use edge::{Administrator, App, Done, Path, Result, Route, route};

use crate::views::UserView;

/// The route.
pub static ROUTE: Route = route!(GET ["/auth/users/{id}"] "auth-read-user" read_user, "Read a user", []);

async fn read_user(
    State(app): State<App>,
    _: Administrator,
    Path(id): Path<UserId>,
) -> Result<Done<UserView>> {
    Ok(Done(app.store().account(&id).await?.into()))
}
