//! `POST /payments/callbacks`: receives signed reports of the payment provider.

use axum::extract::State;
use dibs_http::{Done, Route, Signed, axum, route};
use domain::ids::ReportId;
use domain::orders::{KeptReport, PaymentReport};
use domain::{Code, Error, Result};
use runtime::{App, Metric, count};
use serde_json::json;

use crate::services::callbacks::receive;

pub static ROUTE: Route = route!(
    /// Books the outcome that the provider reports. Money that comes after the order has ended is added to
    /// the buyer's balance. A report that comes again gets the same response and moves nothing. One that
    /// cannot be booked is refused and kept for staff, who read it with `GET /payments/reports`.
    POST ["/payments/callbacks"] "wallet-handle-payment-callback" handle_payment_callback,
    "Report the outcome of a payment, as the payment provider, with its signature",
    [Unauthorized, NotFound, Conflict, AccountClosed]
)
// A report that cannot be booked is kept, so it is read even if it is long.
.bulk();

async fn handle_payment_callback(
    State(app): State<App>,
    Signed { read, body }: Signed<PaymentReport>,
) -> Result<Done<PaymentReport>> {
    let booked = match read {
        Ok(report) => receive(&app, &report).await.map(|status| PaymentReport { status, ..report }),
        Err(error) => Err(error),
    };
    match booked {
        Ok(report) => Ok(Done(report)),
        // The provider sends the report again after these errors.
        Err(error) if matches!(error.code, Code::Busy | Code::InternalError) => Err(error),
        Err(refusal) => {
            let id = keep(&app, &body, &refusal).await?;
            Err(named(refusal, &id))
        }
    }
}

/// Stores a report that cannot be booked, since money may have moved.
async fn keep(app: &App, body: &[u8], why: &Error) -> Result<ReportId> {
    let report = KeptReport::of(body, why, app.now());
    app.store().save_report(&report).await?;
    count(Metric::ReportsKept, 1);
    tracing::warn!(report_id = %report.id, code = report.code, "a report of the payment provider cannot be booked");
    Ok(report.id)
}

/// Adds the id of the kept report to the refusal, so that staff can find it. A refusal whose details list
/// invalid fields gets no id.
fn named(refusal: Error, id: &ReportId) -> Error {
    let mut details = match refusal.details.clone() {
        None => json!({}),
        Some(details) if details.is_object() => details,
        Some(_) => return refusal,
    };
    details["report_id"] = json!(id);
    refusal.with_details(details)
}
