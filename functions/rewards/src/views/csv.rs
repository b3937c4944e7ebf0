//! CSV export of claims, one row for each line item.

use csv::{Terminator, WriterBuilder};
use domain::{Error, Result};

use crate::views::claim::ClaimView;

/// Byte order mark, by which spreadsheets recognize UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Characters that may begin a formula in a spreadsheet (OWASP, CSV injection).
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Names of the columns.
const HEAD: [&str; 19] = [
    "request_id",
    "event_id",
    "user_id",
    "reward_id",
    "number",
    "type",
    "status",
    "requested_at",
    "granted_at",
    "reason",
    "decided_by",
    "points",
    "item_id",
    "badge_id",
    "quantity",
    "code_ending",
    "outcome_unknown",
    "reference",
    "message",
];

/// Formats `claims` as CSV (RFC 4180), with a byte order mark and a header row.
///
/// # Errors
/// `INTERNAL_ERROR` when the CSV writer fails, which happens only when memory runs out.
pub fn table(claims: &[ClaimView]) -> Result<Vec<u8>> {
    let mut table = writer(BYTE_ORDER_MARK.into());
    table.write_record(HEAD).map_err(Error::internal)?;
    for claim in claims {
        for line in &claim.lines {
            let kind = serde_json::to_value(line.kind).ok();
            let fields = [
                claim.id.clone(),
                claim.event_id.to_string(),
                claim.user_id.to_string(),
                line.reward_id.to_string(),
                line.number.to_string(),
                kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default().to_owned(),
                line.status.as_ref().to_owned(),
                line.requested_at.to_string(),
                line.granted_at.map(|at| at.to_string()).unwrap_or_default(),
                line.reason.clone().unwrap_or_default(),
                line.decided_by.as_ref().map(ToString::to_string).unwrap_or_default(),
                line.payload.points.map(|points| points.to_string()).unwrap_or_default(),
                line.payload.item_id.clone().unwrap_or_default(),
                line.payload.badge_id.clone().unwrap_or_default(),
                line.payload.quantity.to_string(),
                line.payload.code_ending.clone().unwrap_or_default(),
                line.outcome_unknown.to_string(),
                line.reference.clone().unwrap_or_default(),
                line.message.clone().unwrap_or_default(),
            ];
            table.write_record(fields.map(text_only)).map_err(Error::internal)?;
        }
    }
    table.into_inner().map_err(Error::internal)
}

/// Returns a writer that appends to `table`.
fn writer(table: Vec<u8>) -> csv::Writer<Vec<u8>> {
    // Tabs are quoted as well, since a spreadsheet may split cells at them. Only the character of comments
    // can be added to those that the writer quotes.
    WriterBuilder::new().terminator(Terminator::CRLF).comment(Some(b'\t')).from_writer(table)
}

/// Puts an apostrophe before a text that a spreadsheet would run as a formula.
fn text_only(text: String) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{table, text_only, writer};

    fn cell(text: &str) -> String {
        let mut row = writer(Vec::new());
        row.write_record([&text_only(text.to_owned()), "last"]).unwrap();
        let row = String::from_utf8(row.into_inner().unwrap()).unwrap();
        row.strip_suffix(",last\r\n").unwrap().to_owned()
    }

    #[test]
    fn what_would_break_a_table_or_run_in_one_is_defused() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
    }

    #[test]
    fn every_beginning_that_owasp_names_is_made_text() {
        for begin in ["=", "+", "-", "@", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}"] {
            assert_eq!(cell(&format!("{begin}1")), format!("'{begin}1"), "{begin:?}");
        }
        assert_eq!(cell("\t=1+1"), "\"'\t=1+1\"");
        assert_eq!(cell("a\t=1+1"), "\"a\t=1+1\"", "where tabs separate cells");
        assert_eq!(cell("\n=1+1"), "\"'\n=1+1\"");
        assert_eq!(cell("\r=1+1"), "\"'\r=1+1\"");
    }

    #[test]
    fn table_begins_with_a_byte_order_mark() {
        let bytes = table(&[]).unwrap();
        assert!(bytes.starts_with(b"\xef\xbb\xbfrequest_id,event_id,") && bytes.ends_with(b",message\r\n"));
    }
}
