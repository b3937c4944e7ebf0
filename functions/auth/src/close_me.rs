//! DELETE /auth/me

use edge::axum::extract::State;
use edge::{App, NoContent, Result, Route, SignedIn, route};

use crate::cookie::WithoutToken;

/// The route.
pub static ROUTE: Route = route!(
    DELETE ["/auth/me"] "auth-close-me" close_me, "Close your own account and erase what is personal in it", []
);

async fn close_me(State(app): State<App>, caller: SignedIn) -> Result<WithoutToken<NoContent>> {
    app.store().close_account(&caller.id).await?;
    Ok(WithoutToken(NoContent))
}
