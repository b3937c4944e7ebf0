//! `PUT /users/me/notifications`: replaces the caller's notification preferences.

use dibs_http::axum::extract::State;
use dibs_http::{Done, Json, Route, SignedIn, route};
use domain::Result;
use runtime::App;

use crate::services::preferences::update;
use crate::views::{PreferencesUpdate, PreferencesView};

pub static ROUTE: Route = route!(
    /// Replaces all preferences of the caller; what the body leaves out takes its default. `deals` names the deals
    /// whose start the user is told, `queues` the queues whose admission; a user joins a queue first, and asks again
    /// after joining it again. Quiet hours delay all but urgent notifications. A repeat changes nothing more. Mails
    /// about the security of the account leave in any case. `NOT_FOUND` names a deal that does not exist,
    /// `NOT_IN_QUEUE` a queue that the user has not joined.
    PUT ["/users/me/notifications"] "notifications-update-preferences" update_preferences,
    "Replace your own notification preferences", [NotFound, NotInQueue]
)
.operation_ids(&["updateMyNotifications"]);

async fn update_preferences(
    State(app): State<App>,
    caller: SignedIn,
    Json { value, .. }: Json<PreferencesUpdate>,
) -> Result<Done<PreferencesView>> {
    Ok(Done(update(&app, &caller.id, &value.into()).await?.into()))
}
