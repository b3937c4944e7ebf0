//! Service that books reports of the payment provider. The order's log shows whether a report is new. It is
//! written in the same transaction as the money, so a repeated report moves money once.

use domain::ids::UserId;
use domain::orders::{Order, PaymentReport, ProviderOutcome};
use domain::wallet::Purchase;
use domain::{Code, Result};
use runtime::{App, add_entity};
use store::{PaymentWritten, PurchaseWrite, Saved, TryResult};

use crate::services::ledger::{LedgerSearch, retry_ledger, search_ledger};

/// Books `report` and returns the outcome of its payment: completed if this or an earlier report said so,
/// or else failed.
///
/// # Errors
/// `NOT_FOUND` when the order does not exist or this payment was never requested; `CONFLICT` when the amount
/// differs from the requested one; `BUSY` when concurrent appends won each try. Nothing is written in these
/// cases.
pub async fn receive(app: &App, report: &PaymentReport) -> Result<ProviderOutcome> {
    add_entity(&report.order_id);
    let store = app.store();
    let attempt = async |consistent| {
        let order = store.get_order(&report.order_id).await?;
        let written = match (order.outcome_of_report(report)?, report.status) {
            (Some(known @ ProviderOutcome::Completed), _) | (Some(known), ProviderOutcome::Failed) => {
                return Ok(TryResult::Done(known));
            }
            (None, ProviderOutcome::Failed) => {
                let next = order.fail_payment(&report.reference, app.now());
                matches!(store.save_order(&next).await?, Saved::Done)
            }
            (_, ProviderOutcome::Completed) => {
                book_provider_payment(app, &order, &report.reference, consistent).await?
            }
        };
        Ok(if written { TryResult::Done(report.status) } else { TryResult::Conflict(true) })
    };
    retry_ledger(attempt).await
}

/// Adds the money taken under `reference` to the buyer's balance and pays `order` with it, if it can still be
/// paid. Returns `false` when the ledger or the order changed in between.
async fn book_provider_payment(app: &App, order: &Order, reference: &str, consistent: bool) -> Result<bool> {
    let buyer: &UserId = order.id.owner();
    let LedgerSearch::New(ledger) = search_ledger(app, buyer, None, consistent).await? else {
        return Ok(false);
    };
    let (store, nonce, now) = (app.store(), app.nonce(), app.now());
    let charge = ledger.receive(order.total_price(), reference, nonce, now)?;
    let ledger = ledger.followed_by(charge.clone());
    let paid = match order.pay_by_provider(reference, ledger.next_id(), now) {
        Err(error) if matches!(error.code, Code::AlreadyPaid | Code::HoldExpired) => {
            let noted = order.record_late_payment(reference, now);
            let entry = charge.id();
            let done =
                store.pay(&[charge], PurchaseWrite::Units(&noted), None).await? == PaymentWritten::Done;
            if done {
                add_entity(&entry);
            }
            return Ok(done);
        }
        paid => paid?,
    };
    let purchase = Purchase::Order(order.id.clone());
    let payment = ledger.pay(order.total_price(), purchase, None, nonce, now)?;
    let entries = [charge, payment];
    Ok(store.pay(&entries, PurchaseWrite::Units(&paid), order.queue_position.as_ref()).await?
        == PaymentWritten::Done)
}
