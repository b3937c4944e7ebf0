//! What the outside provider reports of a payment that it was asked for. The log of the order says whether it is
//! news, and is written with the money, so that a report which comes twice moves it once.

use domain::ids::UserId;
use domain::orders::{Order, Outcome, PaymentReport};
use domain::wallet::Purchase;
use domain::{Code, Error, Result};
use edge::{App, about};
use store::{Paid, Sale, Saved};

use crate::ledger::{Look, ROUNDS_MAX, chance, look};

/// Takes `report`. What is known of the payment then: that it failed, or, once that was ever said, that it is
/// completed.
///
/// # Errors
/// `NOT_FOUND` when there is no such order, or the provider was never asked for this payment; `CONFLICT` when
/// it was asked for another amount; `BUSY` when too many append to the ledger at once. Nothing is written
/// then.
pub async fn receive(app: &App, report: &PaymentReport) -> Result<Outcome> {
    about(&report.order_id);
    let store = app.store();
    for round in 0..ROUNDS_MAX {
        let order = store.order(&report.order_id).await?;
        let written = match (order.known_of(report)?, report.status) {
            (Some(known @ Outcome::Completed), _) | (Some(known), Outcome::Failed) => return Ok(known),
            (None, Outcome::Failed) => {
                let next = order.fail_payment(&report.reference, app.now());
                matches!(store.save_order(&next).await?, Saved::Done)
            }
            (_, Outcome::Completed) => take_in(app, &order, &report.reference, round > 0).await?,
        };
        if written {
            return Ok(report.status);
        }
    }
    Err(Error::busy("too many append to a ledger at once"))
}

/// Adds the money that was taken as `reference` to the buyer's balance, and pays `order` with it if that can
/// still be paid. `false` when something has changed that this was decided on.
async fn take_in(app: &App, order: &Order, reference: &str, consistent: bool) -> Result<bool> {
    let buyer: &UserId = order.id.owner();
    let Look::New(ledger) = look(app, buyer, None, consistent).await? else { return Ok(false) };
    let (store, chance, now) = (app.store(), chance(app), app.now());
    let charge = ledger.receive(order.total_price(), reference, chance, now)?;
    let ledger = ledger.followed_by(charge.clone());
    let paid = match order.pay_through(reference, ledger.next_id(), now) {
        Err(error) if matches!(error.code, Code::AlreadyPaid | Code::HoldExpired) => {
            let noted = order.note_payment(reference, now);
            let entry = charge.id();
            let done = store.pay(&[charge], Sale::Units(&noted), None).await? == Paid::Done;
            if done {
                about(&entry);
            }
            return Ok(done);
        }
        paid => paid?,
    };
    let purchase = Purchase::Order(order.id.clone());
    let payment = ledger.pay(order.total_price(), purchase, None, chance, now)?;
    let entries = [charge, payment];
    Ok(store.pay(&entries, Sale::Units(&paid), order.place.as_ref()).await? == Paid::Done)
}
