//! `POST /orders/{order_id}/payments`: requests payment of an order by the external provider.

use axum::extract::State;
use dibs_http::{Accepted, IdempotencyKey, NoBody, Path, Route, User, axum, route};
use domain::ids::{OrderId, fingerprint};
use domain::orders::Order;
use domain::{BusyReason, Code, Error, Result};
use integrations::PaymentOutcome;
use runtime::{App, add_entity};
use serde_json::json;
use store::update_with_retry;

use crate::views::order::OrderView;

pub static ROUTE: Route = route!(
    /// Requests the money for an order from the provider, which reports the outcome with a callback; until
    /// then the order stays open. A repeat while a payment is in progress returns the order with the same
    /// payment. `FORBIDDEN` means that the order is another user's.
    POST ["/orders/{order_id}/payments"] "deals-request-payment" request_payment,
    "Pay an order through the payment provider, which reports the outcome later",
    [AlreadyPaid, HoldExpired, PaymentFailed, Conflict]
)
.operation_ids(&["requestOrderPayment"]);

async fn request_payment(
    State(app): State<App>,
    user: User,
    Path(id): Path<OrderId>,
    key: IdempotencyKey,
    _: NoBody,
) -> Result<Accepted<OrderView>> {
    add_entity(&id);
    if *id.owner() != user.id {
        return Err(Error::forbidden());
    }
    let key_fingerprint = key.0.map(|key| fingerprint(&[&key]));
    let ask = |order: &Order| order.ask_payment(key_fingerprint.as_deref(), app.now());
    let found = app.store().get_order(&id).await?;
    let order = update_with_retry(BusyReason::Order, found, ask, |next| save(&app, next)).await?;
    call_provider(&app, &order, key_fingerprint.as_deref()).await?;
    Ok(Accepted(OrderView::at(&order, app.now())))
}

/// Calls the provider for the payment of `order` that is in progress, unless the request with the key
/// fingerprint `key_fingerprint` has asked for another one, which has ended. Repeats carry the same
/// reference, so the provider treats them as one payment.
///
/// # Errors
/// `PAYMENT_FAILED` with the provider's reason when it refuses; the payment is then recorded as failed.
async fn call_provider(app: &App, order: &Order, key_fingerprint: Option<&str>) -> Result<()> {
    let now = app.now();
    let Some(reference) = order.payment_to_request(key_fingerprint, now) else { return Ok(()) };
    let PaymentOutcome::Refused { reason } = app.integrations().request_payment(now, order, reference).await
    else {
        return Ok(());
    };
    let refuse = |order: &Order| Ok(order.refuse_payment(reference, now));
    update_with_retry(BusyReason::Order, order.clone(), refuse, |next| save(app, next)).await?;
    let message = "The provider does not take this payment; pay in another way, or try again.";
    Err(Error::refused(Code::PaymentFailed, message)
        .with_details(json!({"reason": reason, "reference": reference})))
}

async fn save(app: &App, next: Order) -> Result<store::Saved<Order>> {
    app.store().save_order(&next).await
}
