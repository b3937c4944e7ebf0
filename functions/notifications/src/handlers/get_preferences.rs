//! `GET /users/me/notifications`: returns the caller's notification preferences.

use dibs_http::axum::extract::State;
use dibs_http::{Done, Route, SignedIn, route};
use domain::Result;
use runtime::App;

use crate::views::PreferencesView;

pub static ROUTE: Route = route!(
    /// Returns the preferences of the caller; the defaults if the caller has chosen none.
    GET ["/users/me/notifications"] "notifications-get-preferences" get_preferences,
    "Get your own notification preferences", []
)
.operation_ids(&["getMyNotifications"]);

async fn get_preferences(State(app): State<App>, caller: SignedIn) -> Result<Done<PreferencesView>> {
    Ok(Done(app.store().get_preferences(&caller.id).await?.into()))
}
