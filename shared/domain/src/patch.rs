//! Fields of a partial update, and their application to an entity.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

/// Field of a partial update: `None` when the request omits it, so that it keeps its value, or else the
/// new value. JSON null is accepted only by `Patch<Option<T>>`, whose value is then `Some(None)` and
/// removes the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch<T>(pub Option<T>);

impl<T> Default for Patch<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Sets each of the named fields of `$next` for which `$changes` has a value.
macro_rules! apply {
    ($changes:expr => $next:expr; $($field:ident)+) => {
        $(if let Some(value) = &$changes.$field.0 {
            $next.$field = value.clone().into();
        })+
    };
}

pub(crate) use apply;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Changes {
        name: Patch<String>,
        note: Patch<Option<String>>,
    }

    #[derive(Debug, PartialEq)]
    struct Thing {
        name: String,
        note: Option<String>,
    }

    fn applied(body: &str) -> Result<Thing, serde_json::Error> {
        let changes: Changes = serde_json::from_str(body)?;
        let mut thing = Thing { name: "a".into(), note: Some("b".into()) };
        apply!(changes => thing; name note);
        Ok(thing)
    }

    #[test]
    fn absent_field_keeps_its_value_and_null_removes_it_where_it_is_optional() {
        let thing = |name: &str, note: Option<&str>| Thing { name: name.into(), note: note.map(Into::into) };
        assert_eq!(applied("{}").unwrap(), thing("a", Some("b")));
        assert_eq!(applied(r#"{"name": "c"}"#).unwrap(), thing("c", Some("b")));
        assert_eq!(applied(r#"{"note": null}"#).unwrap(), thing("a", None));
        assert!(applied(r#"{"name": null}"#).is_err(), "a name cannot be removed");
    }

    #[test]
    fn schema_accepts_null_only_where_the_field_is_optional() {
        let schema = schemars::schema_for!(Changes).to_value();
        assert_eq!(schema["properties"]["name"]["type"], "string");
        assert_eq!(schema["properties"]["note"]["type"], serde_json::json!(["string", "null"]));
        assert!(schema.get("required").is_none(), "{schema}");
    }
}
