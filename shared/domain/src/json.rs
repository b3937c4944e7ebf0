//! JSON parser that rejects duplicate members. `serde_json` would use the last of them, other parsers the
//! first.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::{Code, Error, Result};

/// Maximum length of a member's name that an error quotes, in bytes.
const NAME_SHOWN_MAX: usize = 64;

/// Parses `text` as JSON.
///
/// # Errors
/// `BAD_JSON` when it is not JSON; `DUPLICATE_MEMBER` when an object, at any depth, has a member twice.
pub fn read(text: &[u8]) -> Result<Value> {
    let found_twice = Cell::new(false);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Unique(&found_twice).deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| match found_twice.get() {
        true => {
            Error::refused(Code::DuplicateMember, format!("The body has {error}; send each member once."))
        }
        false => Error::refused(Code::BadJson, format!("The body is not JSON: {error}.")),
    })
}

/// Visitor that builds a [`Value`] and sets the cell when it fails because of a duplicate member.
#[derive(Clone, Copy)]
struct Unique<'a>(&'a Cell<bool>);

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element_seed(self)? {
            list.push(entry);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                self.0.set(true);
                let name = &name[..name.floor_char_boundary(NAME_SHOWN_MAX)];
                return Err(de::Error::custom(format!("the member {name:?} twice")));
            }
            let value = members.next_value_seed(self)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn member_that_comes_twice_is_refused_at_any_depth() {
        for text in [
            r#"{"quantity": 1, "quantity": 2}"#,
            r#"{"a": [{"b": {"c": 1, "d": 2, "c": 1}}]}"#,
            r#"[{"a": null, "\u0061": null}]"#,
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert_eq!(error.code, Code::DuplicateMember, "{text}");
        }
        let error = read(br#"{"quantity": 1, "quantity": 2}"#).unwrap_err();
        assert!(error.message.contains(r#"the member "quantity" twice at line 1"#), "{}", error.message);
        assert!(read(br#"{"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}"#).is_ok(), "the same name elsewhere");
    }

    #[test]
    fn what_is_no_json_is_bad_json() {
        let deep = "[".repeat(200);
        for text in ["", "{", "{\"a\": 1} x", "{\"a\": 1e400}", "\"\\ud800\"", deep.as_str()] {
            assert_eq!(read(text.as_bytes()).unwrap_err().code, Code::BadJson, "{text:?}");
        }
        assert_eq!(read(b"\"\xff\"").unwrap_err().code, Code::BadJson);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_is_read_as_serde_reads_it(value in any_json()) {
            let text = value.to_string();
            prop_assert_eq!(read(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }
    }
}
