//! `POST /payments`: pays a reservation or an order from the caller's balance.

use axum::extract::State;
use dibs_http::{Created, IdempotencyKey, Json, Route, User, axum, route};
use domain::Result;
use domain::wallet::Purchase;
use runtime::App;

use crate::services::payments::{BalancePayment, pay};
use crate::views::PaymentView;

pub static ROUTE: Route = route!(
    /// Takes the price from the caller's balance and confirms the reservation or order: both, or neither. A
    /// repeat without an `Idempotency-Key` gets `ALREADY_PAID`. `FORBIDDEN` means that the purchase is
    /// another user's.
    POST ["/payments"] "wallet-create-payment" create_payment,
    "Pay a reservation or an order from your own balance, before its `expires_at` and without a queue token",
    [NotFound, InsufficientBalance, HoldExpired, AlreadyPaid, AccountClosed]
);

async fn create_payment(
    State(app): State<App>,
    user: User,
    key: IdempotencyKey,
    Json { value: purchase, fingerprint }: Json<Purchase>,
) -> Result<Created<PaymentView>> {
    let request = key.keyed_fingerprint(&[ROUTE.name], &fingerprint);
    let asked = BalancePayment { user: &user.id, purchase: &purchase, request: request.as_ref() };
    Ok(Created((&pay(&app, &asked).await?).into()))
}
