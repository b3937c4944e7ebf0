//! `POST /notifications/unsubscribe`: unsubscribes the recipient of a mail by one click (RFC 8058).

use dibs_http::axum::extract::State;
use dibs_http::{NoContent, Query, Route, route};
use domain::{Code, Error, Result};
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::preferences::stop_mails;
use crate::services::unsubscription::user_of;

pub static ROUTE: Route = route!(
    /// Ends the mails about notifications to the account that `token` names; the header `List-Unsubscribe` of each
    /// such mail has this URL. The body, which mail programs send as a form, is ignored. A repeat changes nothing
    /// more. `PUT /users/me/notifications` with `mail` turns the mails on again.
    POST ["/notifications/unsubscribe"] "notifications-unsubscribe" unsubscribe,
    "Unsubscribe from mails about notifications by one click", [NotFound]
)
.operation_ids(&["unsubscribeFromNotifications"]);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Unsubscription {
    /// Token of the link in a mail.
    #[schemars(length(min = 1, max = 200))]
    token: String,
}

async fn unsubscribe(
    State(app): State<App>,
    Query(Unsubscription { token }): Query<Unsubscription>,
) -> Result<NoContent> {
    let user = user_of(&app, &token)?.ok_or_else(|| {
        let message = "The token is not that of a mail of this service: open the whole link of the mail, or sign in and \
                       set `mail` to false with PUT /users/me/notifications.";
        Error::refused(Code::NotFound, message)
    })?;
    add_entity(&user);
    stop_mails(&app, &user).await.map(|()| NoContent)
}
