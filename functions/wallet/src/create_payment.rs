//! POST /payments

use axum::extract::State;
use domain::wallet::Purchase;
use edge::{App, Created, IdempotencyKey, Json, QueueToken, Result, Route, User, axum, route};

use crate::ledger::request;
use crate::paying::{Asked, pay};
use crate::views::PaymentView;

/// The route.
pub static ROUTE: Route = route!(
    POST ["/payments"] "wallet-create-payment" create_payment,
    "Pay from one's own balance; an Idempotency-Key is known for a day",
    [
        NotFound, InsufficientBalance, HoldExpired, AlreadyPaid, QueueTokenRequired, QueueTokenInvalid,
        QueueTokenExpired
    ]
);

async fn create_payment(
    State(app): State<App>,
    user: User,
    key: IdempotencyKey,
    token: QueueToken,
    Json { value: purchase, fingerprint }: Json<Purchase>,
) -> Result<Created<PaymentView>> {
    let request = request(&key, ROUTE.name, &fingerprint);
    let asked = Asked { user: &user.id, purchase: &purchase, request: request.as_ref(), token: &token };
    Ok(Created((&pay(&app, &asked).await?).into()))
}
