//! Reports of the payment provider that cannot be booked: unknown order or payment, different amount, unknown
//! status (such as a refund or chargeback), or unreadable body. They are stored unchanged for staff, since
//! money may have moved.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{OrderId, ReportId, derived};
use crate::time::millis;
use crate::{Error, Timestamp};

/// Maximum length of the stored body, in bytes. An item may have 400 KB, and a page of the list up to 100
/// reports.
pub const BODY_BYTES_KEPT: usize = 48 * 1024;
/// Maximum length of a field that is extracted from the body, in bytes.
const FIELD_BYTES_MAX: usize = 1024;

/// Report that the payment provider signed and that could not be booked. It is never modified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptReport {
    /// Id of the report, derived from the whole body, so a repeated report has the same id.
    pub id: ReportId,
    /// Body of the provider's request as text, cut after [`BODY_BYTES_KEPT`] bytes.
    pub body: String,
    /// Error code of the response to the provider.
    pub code: String,
    /// Error message of the response to the provider.
    pub message: String,
    /// Id of the order in the report; `None` if it is missing or invalid.
    #[serde(default)]
    pub order_id: Option<OrderId>,
    /// Payment reference in the report, at most 1 KiB of it; `None` if it is missing or invalid.
    #[serde(default)]
    pub reference: Option<String>,
    /// Payment status in the report, at most 1 KiB of it; `None` if it is missing or invalid.
    #[serde(default)]
    pub status: Option<String>,
    /// Amount in the report, in whole units of the currency; `None` if it is missing or invalid.
    #[serde(default)]
    pub amount: Option<u64>,
    /// Time at which the report was first received, in UTC.
    #[serde(with = "millis")]
    pub received_at: Timestamp,
}

impl KeptReport {
    /// Creates the record of the payment report `body`, which was rejected with the error `why`, and extracts
    /// its readable fields. Id and fields come from the whole body, although only [`BODY_BYTES_KEPT`] bytes
    /// of it are stored.
    pub fn of(body: &[u8], why: &Error, now: Timestamp) -> Self {
        let mut text = String::from_utf8_lossy(body).into_owned();
        let id = ReportId::new(derived(&["payment-report", &text]));
        text.truncate(text.floor_char_boundary(BODY_BYTES_KEPT));
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let field = |name: &str| {
            let value = json.get(name).and_then(Value::as_str)?;
            Some(value[..value.floor_char_boundary(FIELD_BYTES_MAX)].to_owned())
        };
        Self {
            id,
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
    use assertions::assert_each_eq;

    #[test]
    fn report_is_kept_with_what_can_be_read_of_it() {
        let why = Error::refused(Code::Conflict, "Another amount.");
        let at = Timestamp::from_millis;
        let body =
            r#"{"reference": "a:1", "order_id": "usr_a:1", "status": "refunded", "amount": 5, "fee": 1}"#;
        let kept = KeptReport::of(body.as_bytes(), &why, at(7));
        assert_each_eq!((kept.body.as_str(), body), (kept.code.as_str(), "CONFLICT"), (kept.amount, Some(5)));
        assert_each_eq!((kept.reference.as_deref(), Some("a:1")), (kept.status.as_deref(), Some("refunded")));
        assert_eq!(kept.order_id, OrderId::parse("usr_a:1"));
        assert_eq!(kept.id, KeptReport::of(body.as_bytes(), &why, at(9)).id, "the same content");
        let odd = KeptReport::of(b"\xffoops", &why, at(7));
        assert_each_eq!((odd.body.as_str(), "\u{fffd}oops"), (odd.order_id, None), (odd.amount, None));
        assert_ne!(odd.id, kept.id);
    }

    #[test]
    fn long_report_is_kept_as_far_as_an_item_can_take_it() {
        let why = Error::refused(Code::NotFound, "There is no such payment.");
        let of = |end: &str| {
            let (pad, reference) = ("\u{20ac}".repeat(300_000), "r".repeat(5_000));
            let body =
                format!(r#"{{"pad": "{pad}", "reference": "{reference}", "amount": 5, "end": "{end}"}}"#);
            KeptReport::of(body.as_bytes(), &why, Timestamp::from_millis(7))
        };
        let (one, other) = (of("a"), of("b"));
        assert!((BODY_BYTES_KEPT - 3..=BODY_BYTES_KEPT).contains(&one.body.len()), "{}", one.body.len());
        assert_each_eq!((one.amount, Some(5)), (one.reference.map(|text| text.len()), Some(1024)));
        assert_ne!(one.id, other.id, "told apart by what is not kept");
    }
}
