//! `DELETE /users/me/sessions/{id}`: ends one of the caller's sessions.

use dibs_http::axum::extract::State;
use dibs_http::{AccountOwner, NoBody, NoContent, Path, Route, route};
use domain::ids::SessionId;
use domain::{Error, Result};
use runtime::App;

/// Route that ends one of the caller's sessions.
pub static ROUTE: Route = route!(
    /// Ends the session, which may be the present one: its refresh token is over at once, and its access tokens
    /// within a second. A repeat changes nothing more.
    DELETE ["/users/me/sessions/{id}"] "accounts-end-session" end_session, "End one of your sessions", []
)
.operation_ids(&["endMySession"]);

async fn end_session(
    State(app): State<App>,
    caller: AccountOwner,
    Path(id): Path<SessionId>,
    _: NoBody,
) -> Result<NoContent> {
    let session = app.store().get_session_if_exists(&id).await?;
    let own = session.filter(|session| session.user_id == caller.id);
    let session = own.ok_or_else(|| Error::not_found("session"))?;
    let revocation = app.store().end_session(session, app.now()).await?;
    app.revocations().note(revocation).await;
    Ok(NoContent)
}
