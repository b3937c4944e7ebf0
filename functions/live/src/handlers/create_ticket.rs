//! `POST /live/tickets`: creates a ticket that binds a WebSocket connection to the caller.

use axum::extract::State;
use dibs_http::{Created, NoBody, Route, SignedIn, axum, route};
use domain::Result;
use domain::live::{LiveTicket, LiveUser};
use runtime::App;
use store::Saved;

use crate::views::TicketView;

pub static ROUTE: Route = route!(
    /// Returns a ticket for one WebSocket connection, to be used within 30 seconds. Send it over this connection as
    /// `{"action": "authenticate", "ticket": …}`. The rights that it gives end after 15 minutes; another ticket, sent
    /// on the same connection before, renews them. A repeat creates another ticket. The topics of deals and of concerts
    /// without a queue need none.
    POST ["/live/tickets"] "live-create-ticket" create_ticket,
    "Create a ticket for a connection with live updates",
    []
)
.operation_ids(&["createLiveTicket"]);

async fn create_ticket(State(app): State<App>, caller: SignedIn, _: NoBody) -> Result<Created<TicketView>> {
    let (user_id, roles, epoch, since) = (caller.id, caller.roles, caller.epoch, app.now());
    let session_id = caller.session_id;
    let secret = format!("{:032x}", app.entropy());
    let ticket = LiveTicket::new(&secret, LiveUser { user_id, roles, epoch, session_id, since });
    // Another ticket with the same 128 random bits cannot exist.
    let (Saved::Done | Saved::Conflict(_)) = app.store().create_ticket(&ticket).await?;
    Ok(Created(TicketView { ticket: secret, expires_at: ticket.expires_at() }))
}
