//! Service that pays from the balance: it writes the debit and the paid reservation or order, both or
//! neither. Owning a live hold is the right to pay it, so no queue token is required. The position in the
//! waiting room ends as done with the payment if it is still open.

use domain::ids::{PaymentId, UserId};
use domain::wallet::{LedgerEntry, Purchase};
use domain::{Code, Error, KeyedFingerprint, Result};
use futures::future::try_join;
use runtime::{App, add_entity};
use serde_json::json;
use store::{PaymentWritten, TryResult};

use crate::services::ledger::{LedgerSearch, retry_ledger, search_ledger};
use crate::services::purchasables::Purchasable;
use crate::views::PaymentView;

/// Parameters of a payment request.
pub struct BalancePayment<'a> {
    /// User who pays from their balance.
    pub user: &'a UserId,
    /// Reservation or order to pay.
    pub purchase: &'a Purchase,
    /// Idempotency data of the request; `None` without an `Idempotency-Key`.
    pub request: Option<&'a KeyedFingerprint>,
}

/// Pays a reservation or an order and returns the ledger entry, which is the payment. Returns the earlier
/// entry when the request is a repeat.
///
/// # Errors
/// `FORBIDDEN` for a purchase of another user; `NOT_FOUND`; `IDEMPOTENCY_KEY_REUSED`; `ALREADY_PAID`;
/// `HOLD_EXPIRED`; `INSUFFICIENT_BALANCE`; `BUSY` when concurrent appends won each try. Nothing is paid in
/// these cases.
pub async fn pay(app: &App, asked: &BalancePayment<'_>) -> Result<LedgerEntry> {
    add_entity(&asked.purchase.id());
    if asked.purchase.owner() != asked.user {
        return Err(Error::forbidden());
    }
    let entry = retry_ledger(async |consistent| {
        Ok(attempt(app, asked, consistent).await?.map_or(TryResult::Conflict(true), TryResult::Done))
    });
    let entry = entry.await?;
    add_entity(&entry.id());
    Ok(entry)
}

/// Tries to pay once. Returns `None` when the ledger or the purchase changed in between, or when an
/// eventually consistent read (without `consistent`) shows too low a balance.
async fn attempt(app: &App, asked: &BalancePayment<'_>, consistent: bool) -> Result<Option<LedgerEntry>> {
    let ledger = search_ledger(app, asked.user, asked.request, consistent);
    let (purchasable, ledger) = try_join(Purchasable::find(app, asked.purchase), ledger).await?;
    let ledger = match ledger {
        LedgerSearch::Made(entry) => return Ok(Some(*entry)),
        LedgerSearch::New(ledger) => ledger,
    };
    if let Some(payment) = purchasable.payment() {
        return repeated(app, payment, asked.request).await.map(Some);
    }
    let now = app.now();
    let paid = purchasable.pay(ledger.next_id(), now)?;
    let next = ledger.pay(paid.price(), asked.purchase.clone(), asked.request.cloned(), app.nonce(), now);
    let entry = match next {
        // A charge of the last second may be missing, so the balance is read consistently before the refusal.
        Err(error) if error.code == Code::InsufficientBalance && !consistent => return Ok(None),
        next => next?,
    };
    match app.store().pay(std::slice::from_ref(&entry), paid.sale(), purchasable.queue_position()).await? {
        PaymentWritten::Done => Ok(Some(entry)),
        PaymentWritten::Moved => Ok(None),
        PaymentWritten::SeatsLost => Err(Error::refused(
            Code::HoldExpired,
            "The hold of this reservation has ended; reserve seats again.",
        )),
    }
}

/// Resolves a payment of a paid purchase: returns the entry to a repeat and `ALREADY_PAID` to any other
/// request.
async fn repeated(app: &App, payment: &PaymentId, request: Option<&KeyedFingerprint>) -> Result<LedgerEntry> {
    let entry = app.store().entry(payment).await?;
    let entry = entry.ok_or_else(|| Error::internal(format!("the payment {payment} is in no ledger")))?;
    if request.map_or(Ok(false), |request| entry.is_of(request))? {
        return Ok(entry);
    }
    Err(Error::refused(Code::AlreadyPaid, "This is paid already; details.payment is the payment.")
        .with_details(json!({"payment": PaymentView::from(&entry)})))
}
