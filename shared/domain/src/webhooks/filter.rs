//! Filters of events by type.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use strum::VariantArray;

use crate::error::FieldError;
use crate::events::EventType;
use crate::{Error, Result};

/// Maximum number of patterns of a filter.
const PATTERNS_MAX: usize = 50;
/// Maximum length of a pattern, in bytes.
const LENGTH_MAX: usize = 80;
/// Pattern in the JSON schema of an [`EventPattern`].
const PATTERN: &str = r"^(\*|[a-z][a-z_]*(\.[a-z][a-z_]*)*(\.\*)?)$";
/// Error message for text that is not an [`EventPattern`].
const PROBLEM: &str = "must be a type of events like order.confirmed, all of a kind like order.*, or *";
/// Error message for a pattern that no type of events matches.
const UNKNOWN: &str = "matches no type of events; `webhooks` of GET /openapi.json lists them all";

/// Types of events: one by its name, all that begin alike (`order.*`), or all (`*`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EventPattern(String);

impl EventPattern {
    /// Parses `text`. Returns `None` if it is no pattern.
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = |word: &str| {
            word.starts_with(|letter: char| letter.is_ascii_lowercase())
                && word.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_')
        };
        let name = text.strip_suffix(".*").unwrap_or(text);
        let fits = text == "*" || (text.len() <= LENGTH_MAX && name.split('.').all(is_word));
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns whether events of the type `kind` match.
    pub fn matches(&self, kind: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => kind.starts_with(beginning),
            None => kind == self.0,
        }
    }
}

impl<'de> Deserialize<'de> for EventPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(PROBLEM))
    }
}

impl JsonSchema for EventPattern {
    fn schema_name() -> Cow<'static, str> {
        "EventPattern".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "minLength": 1, "maxLength": LENGTH_MAX, "pattern": PATTERN,
            "examples": ["order.confirmed"],
        })
    }
}

/// Events that a webhook receives: those that match one of the patterns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventFilter(pub Vec<EventPattern>);

impl EventFilter {
    /// Checks that each pattern matches a type of the catalogue, because one that matches none is a mistake.
    ///
    /// # Errors
    /// Returns a `VALIDATION_ERROR` that names each pattern without a type, as `events[1]`.
    pub fn check_types(&self) -> Result<()> {
        let is_known =
            |pattern: &EventPattern| EventType::VARIANTS.iter().any(|kind| pattern.matches(kind.as_str()));
        let unknown = self.0.iter().enumerate().filter(|(_, pattern)| !is_known(pattern));
        let errors: Vec<FieldError> =
            unknown.map(|(place, _)| FieldError::new(format!("events[{place}]"), UNKNOWN)).collect();
        if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
    }

    /// Returns whether events of the type `kind` match.
    pub fn matches(&self, kind: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(kind))
    }
}

impl JsonSchema for EventFilter {
    fn schema_name() -> Cow<'static, str> {
        "EventFilter".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array", "minItems": 1, "maxItems": PATTERNS_MAX,
            "items": generator.subschema_for::<EventPattern>(),
        })
    }
}
