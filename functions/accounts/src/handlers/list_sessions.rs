//! `GET /users/me/sessions`: lists the caller's open sessions.

use dibs_http::axum::extract::State;
use dibs_http::{AccountOwner, Done, Route, route};
use domain::Result;
use runtime::App;

use crate::views::SessionView;

/// Route that lists the caller's open sessions.
pub static ROUTE: Route = route!(
    /// Returns the open sessions of the caller's account among its 100 newest, with the client that began each. A
    /// session that began before dibs recorded clients is listed from its next refresh on.
    GET ["/users/me/sessions"] "accounts-list-sessions" list_sessions, "List your open sessions, newest first", []
)
.operation_ids(&["listMySessions"]);

/// Maximum number of sessions that are read.
const SESSIONS_MAX: usize = 100;

async fn list_sessions(State(app): State<App>, caller: AccountOwner) -> Result<Done<Vec<SessionView>>> {
    let (found, now) = (app.store().list_sessions(&caller.id, SESSIONS_MAX).await?, app.now());
    let is_open =
        |session: &domain::accounts::Session| session.is_open(caller.epoch.unwrap_or(session.epoch), now);
    let open = found.into_iter().filter(is_open);
    Ok(Done(open.map(|session| SessionView::of(session, caller.session_id.as_ref())).collect()))
}
