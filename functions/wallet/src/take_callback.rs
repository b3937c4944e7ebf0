//! POST /payments/callbacks

use axum::extract::State;
use domain::orders::PaymentReport;
use edge::{App, Done, Result, Route, Signed, axum, route};

use crate::receiving::receive;

/// The route.
pub static ROUTE: Route = route!(
    POST ["/payments/callbacks"] "wallet-take-callback" take_callback,
    "Report what became of a payment: for the outside provider, whose signature lets it in",
    [Unauthorized, NotFound, Conflict]
);

async fn take_callback(
    State(app): State<App>,
    Signed(report): Signed<PaymentReport>,
) -> Result<Done<PaymentReport>> {
    let status = receive(&app, &report).await?;
    Ok(Done(PaymentReport { status, ..report }))
}
