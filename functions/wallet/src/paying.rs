//! A payment: balance, what is paid for, and place in the queue, all or none of them.

use domain::ids::{PaymentId, UserId};
use domain::queue::Place;
use domain::wallet::{Entry, Purchase, Request};
use domain::{Code, Error, Result};
use edge::{App, QueueToken, about, guard};
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
    /// The token of the queue that guards it.
    pub token: &'a QueueToken,
}

/// Pays, unless the same request has done so before. The payment is the entry that it made.
///
/// # Errors
/// `FORBIDDEN`, `NOT_FOUND`, `IDEMPOTENCY_KEY_REUSED`, `ALREADY_PAID`, `HOLD_EXPIRED`,
/// `INSUFFICIENT_BALANCE`, those of the guard, and `BUSY` when too many append to the ledger at once. Nothing
/// is paid then.
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
    let place = place(app, asked, &goods)?;
    let next = ledger.pay(paid.price(), asked.purchase.clone(), asked.request.cloned(), chance(app), now);
    let entry = match next {
        // What was charged a second ago counts.
        Err(error) if error.code == Code::InsufficientBalance && !consistent => return Ok(None),
        next => next?,
    };
    match app.store().pay(std::slice::from_ref(&entry), paid.sale(), place).await? {
        Paid::Done => Ok(Some(entry)),
        Paid::Moved => Ok(None),
        Paid::SeatsLost => {
            Err(Error::refused(Code::HoldExpired, "The seats are no longer held for this reservation."))
        }
        Paid::PlaceOver => Err(guard::expired()),
    }
}

/// The place with which `goods` were reserved, if their payer shows it. That it is not over is for the
/// payment's own write to find out.
fn place<'a>(app: &App, asked: &Asked<'_>, goods: &'a Goods) -> Result<Option<&'a Place>> {
    let Some(place) = goods.place() else { return Ok(None) };
    let (shown, _) = guard::shown(app, &place.queue_id, asked.user, asked.token)?;
    // Whoever waits anew has a later place, and the one before is over.
    if shown == *place { Ok(Some(place)) } else { Err(guard::expired()) }
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
