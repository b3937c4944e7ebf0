//! `GET /payments/{payment_id}`: returns a payment to its owner or an auditor.

use axum::extract::State;
use dibs_http::{Done, Path, Route, UserOrAuditor, axum, route};
use domain::accounts::Role;
use domain::ids::PaymentId;
use domain::wallet::EntryKind;
use domain::{Error, Result};
use runtime::{App, add_entity};

use crate::views::PaymentView;

pub static ROUTE: Route = route!(
    /// Returns a payment. `FORBIDDEN` means that it is another user's.
    GET ["/payments/{payment_id}"] "wallet-get-payment" get_payment,
    "Get a payment",
    []
);

async fn get_payment(
    State(app): State<App>,
    caller: UserOrAuditor,
    Path(id): Path<PaymentId>,
) -> Result<Done<PaymentView>> {
    add_entity(&id);
    if *id.owner() != caller.id && !caller.is(Role::Auditor) {
        return Err(Error::forbidden());
    }
    let entry = app.store().entry(&id).await?.filter(|entry| entry.kind() == EntryKind::Payment);
    let payment = entry.ok_or_else(|| Error::not_found("payment"))?;
    Ok(Done((&payment).into()))
}
