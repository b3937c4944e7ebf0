//! A payment: the balance and what is paid for, both or neither. Owning a live hold is the right to pay it: no
//! token of a waiting room is asked for, and the place is marked done with the payment if it is still open.

use domain::ids::{PaymentId, UserId};
use domain::wallet::{Entry, Purchase, Request};
use domain::{Code, Error, Result};
use edge::{App, about};
use futures::future::try_join;
use serde_json::json;
use store::Paid;

use crate::goods::Goods;
use crate::ledger::{Look, ROUNDS_MAX, chance, look};
use crate::views::PaymentView;

/// Who wants to pay for what.
pub struct Asked<'a> {
    /// Who.
    pub user: &'a UserId,
    /// For what.
    pub purchase: &'a Purchase,
    /// The request, when it came with an `Idempotency-Key`.
    pub request: Option<&'a Request>,
}

/// Pays, unless the same request has done so before. The payment is the entry that it made.
///
/// # Errors
/// `FORBIDDEN`, `NOT_FOUND`, `IDEMPOTENCY_KEY_REUSED`, `ALREADY_PAID`, `HOLD_EXPIRED`,
/// `INSUFFICIENT_BALANCE`, and `BUSY` when too many append to the ledger at once. Nothing is paid then.
pub async fn pay(app: &App, asked: &Asked<'_>) -> Result<Entry> {
    about(&asked.purchase.id());
    if asked.purchase.owner() != asked.user {
        return Err(Error::forbidden());
    }
    for round in 0..ROUNDS_MAX {
        if let Some(entry) = attempt(app, asked, round > 0).await? {
            about(&entry.id());
            return Ok(entry);
        }
    }
    Err(Error::busy("too many append to a ledger at once"))
}

/// Decides on what is there and writes it. Nothing when what was there has changed, or was too old to decide
/// on unless the look at the ledger is `consistent`.
async fn attempt(app: &App, asked: &Asked<'_>, consistent: bool) -> Result<Option<Entry>> {
    let ledger = look(app, asked.user, asked.request, consistent);
    let (goods, ledger) = try_join(Goods::find(app, asked.purchase), ledger).await?;
    let ledger = match ledger {
        Look::Made(entry) => return Ok(Some(*entry)),
        Look::New(ledger) => ledger,
    };
    if let Some(payment) = goods.payment() {
        return repeated(app, payment, asked.request).await.map(Some);
    }
    let now = app.now();
    let paid = goods.pay(ledger.next_id(), now)?;
    let next = ledger.pay(paid.price(), asked.purchase.clone(), asked.request.cloned(), chance(app), now);
    let entry = match next {
        // What was charged a second ago counts.
        Err(error) if error.code == Code::InsufficientBalance && !consistent => return Ok(None),
        next => next?,
    };
    match app.store().pay(std::slice::from_ref(&entry), paid.sale(), goods.place()).await? {
        Paid::Done => Ok(Some(entry)),
        Paid::Moved => Ok(None),
        Paid::SeatsLost => {
            Err(Error::refused(Code::HoldExpired, "The seats are no longer held for this reservation."))
        }
    }
}

/// What has been paid before: the answer to the same request, and a refusal to any other.
async fn repeated(app: &App, payment: &PaymentId, request: Option<&Request>) -> Result<Entry> {
    let entry = app.store().entry(payment).await?;
    let entry = entry.ok_or_else(|| Error::internal(format!("the payment {payment} is in no ledger")))?;
    if request.map_or(Ok(false), |request| entry.is_of(request))? {
        return Ok(entry);
    }
    Err(Error::refused(Code::AlreadyPaid, "This has been paid.")
        .with_details(json!({"payment": PaymentView::from(&entry)})))
}
