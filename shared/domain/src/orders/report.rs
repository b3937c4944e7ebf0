//! Reports of the payment provider that cannot be booked: about an order or a payment that nobody knows, with
//! another amount, with a status that dibs has no word for (a refund, a chargeback), or not readable at all. They
//! are kept as they came, for staff to look at, since money may have moved.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{OrderId, ReportId, derived};
use crate::time::millis;
use crate::{Error, Timestamp};

/// A report that the provider signed and that could not be booked. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptReport {
    /// Follows from the content: a report that comes again is the same one.
    pub id: ReportId,
    /// The body of the call, as text.
    pub body: String,
    /// Code of the refusal that the provider was given.
    pub code: String,
    /// Sentence of that refusal.
    pub message: String,
    /// Order that it names, if it can be read.
    #[serde(default)]
    pub order_id: Option<OrderId>,
    /// Payment that it names, if it can be read.
    #[serde(default)]
    pub reference: Option<String>,
    /// What it says became of the payment, if it can be read.
    #[serde(default)]
    pub status: Option<String>,
    /// Amount that it names, if it can be read.
    #[serde(default)]
    pub amount: Option<u64>,
    /// When it came first.
    #[serde(with = "millis")]
    pub received_at: Timestamp,
}

impl KeptReport {
    /// Keeps `body`, which was refused with `why`, and what of it can be read.
    pub fn of(body: &[u8], why: &Error, now: Timestamp) -> Self {
        let text = String::from_utf8_lossy(body).into_owned();
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let field = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            id: ReportId::new(derived(&["payment-report", &text])),
            code: why.code.as_str().to_owned(),
            message: why.message.to_string(),
            order_id: field("order_id").as_deref().and_then(OrderId::parse),
            reference: field("reference"),
            status: field("status"),
            amount: json.get("amount").and_then(Value::as_u64),
            received_at: now,
            body: text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    #[test]
    fn report_is_kept_with_what_can_be_read_of_it() {
        let why = Error::refused(Code::Conflict, "Another amount.");
        let at = Timestamp::from_millis;
        let body =
            r#"{"reference": "a:1", "order_id": "usr_a:1", "status": "refunded", "amount": 5, "fee": 1}"#;
        let kept = KeptReport::of(body.as_bytes(), &why, at(7));
        assert_eq!((kept.body.as_str(), kept.code.as_str(), kept.amount), (body, "CONFLICT", Some(5)));
        assert_eq!((kept.reference.as_deref(), kept.status.as_deref()), (Some("a:1"), Some("refunded")));
        assert_eq!(kept.order_id, OrderId::parse("usr_a:1"));
        assert_eq!(kept.id, KeptReport::of(body.as_bytes(), &why, at(9)).id, "the same content");
        let odd = KeptReport::of(b"\xffoops", &why, at(7));
        assert_eq!((odd.body.as_str(), odd.order_id, odd.amount), ("\u{fffd}oops", None, None));
        assert_ne!(odd.id, kept.id);
    }
}
