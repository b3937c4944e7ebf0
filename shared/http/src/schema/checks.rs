//! Validation beyond the vocabulary of JSON Schema, so that a schema accepts exactly the values of its type.

use domain::concerts::Date;
use domain::weburl::{self, WebUrl};
use domain::{Timestamp, text, time};
use jsonschema::{Keyword, ValidationError, ValidationOptions};
use serde_json::{Map, Value};

/// Error message for a text that is not a date.
const DATE_PROBLEM: &str = "must be a day like 2026-12-24";

/// Returns the options of every validator: formats and lengths are checked as dibs defines them.
pub(super) fn options() -> ValidationOptions<'static> {
    jsonschema::options()
        .should_validate_formats(true)
        .with_format("date-time", |text: &str| text.parse::<Timestamp>().is_ok())
        .with_format("date", |text: &str| Date::parse(text).is_some())
        .with_format(weburl::FORMAT, |text: &str| WebUrl::parse(text).is_some())
        .with_keyword("minLength", |schema, limit, _| Ok(Box::new(Length::new(schema, limit, false))))
        .with_keyword("maxLength", |schema, limit, _| Ok(Box::new(Length::new(schema, limit, true))))
}

/// Returns the error message for a text that does not have this format.
pub(super) fn problem_of_format(format: &str) -> Option<&'static str> {
    match format {
        "date-time" => Some(time::PROBLEM),
        "date" => Some(DATE_PROBLEM),
        weburl::FORMAT => Some(weburl::PROBLEM),
        _ => None,
    }
}

/// Returns the error message for a text that does not match this pattern.
pub(super) fn problem_of_pattern(pattern: &str) -> Option<&'static str> {
    match pattern {
        text::LINE_PATTERN => Some(text::LINE_PROBLEM),
        text::PROSE_PATTERN => Some(text::PROSE_PROBLEM),
        _ => None,
    }
}

/// Keyword `minLength` or `maxLength`. Visible text is measured as it is stored: in NFC and without
/// surrounding blanks.
struct Length {
    limit: u64,
    is_most: bool,
    of_kept: bool,
}

impl Length {
    fn new(schema: &Map<String, Value>, limit: &Value, is_most: bool) -> Self {
        let pattern = schema.get("pattern").and_then(Value::as_str);
        Self {
            limit: limit.as_u64().unwrap_or(if is_most { u64::MAX } else { 0 }),
            is_most,
            of_kept: pattern.is_some_and(|pattern| problem_of_pattern(pattern).is_some()),
        }
    }
}

impl<'i> Keyword<'i> for Length {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) {
            return Ok(());
        }
        let bound = if self.is_most { "at most" } else { "at least" };
        Err(ValidationError::custom(format!("must have {bound} {} characters", self.limit)))
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        let Value::String(text) = instance else { return true };
        let length = if self.of_kept { text::length(text) } else { text.chars().count() } as u64;
        if self.is_most { length <= self.limit } else { length >= self.limit }
    }
}
