//! CSV tables (RFC 4180), safe to open in a spreadsheet.

use csv::{Terminator, WriterBuilder};
use domain::{Error, Result};

/// Byte order mark, by which spreadsheets recognize UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Characters that may begin a formula in a spreadsheet (OWASP, CSV injection).
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Formats a header row with the names `head` and the `rows` as CSV, with a byte order mark. A text that a
/// spreadsheet would run as a formula gets an apostrophe in front.
///
/// # Errors
/// `INTERNAL_ERROR` when a row has another number of cells than `head`, or memory runs out.
pub fn csv_table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut table = writer(BYTE_ORDER_MARK.into());
    table.write_record(head).map_err(Error::internal)?;
    for row in rows {
        table.write_record(row.into_iter().map(text_only)).map_err(Error::internal)?;
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
    use super::{csv_table, text_only, writer};

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
        let bytes = csv_table(&["name", "number"], [vec!["=1".to_owned(), "2".to_owned()]]).unwrap();
        assert_eq!(bytes, b"\xef\xbb\xbfname,number\r\n'=1,2\r\n");
    }

    #[test]
    fn row_of_another_length_is_an_error() {
        assert!(csv_table(&["name", "number"], [vec![String::new()]]).is_err());
    }
}
