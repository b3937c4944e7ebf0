//! Changes of the generated schemas that tools for OpenAPI need and that the validation of requests does
//! not.

use serde_json::{Map, Value};

/// First character beyond the Basic Multilingual Plane.
const ASTRAL: char = '\u{10000}';

/// Makes a generated schema one that every tool reads: without null defaults and descriptions, without a choice
/// of a single form, and without ranges of a pattern beyond U+FFFF. A null default of an optional field
/// contradicts its type, and an absent field of an update keeps its value. A regular expression without the flag
/// `u`, as most linters build it, reads a range of characters beyond U+FFFF as one of surrogates. A property
/// without a description gets one where it follows from the schema.
pub(super) fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(values) => values.iter_mut().for_each(tidy),
        Value::Object(members) => {
            for name in ["default", "description"] {
                if members.get(name).is_some_and(Value::is_null) {
                    members.remove(name);
                }
            }
            unwrap_single(members);
            if let Some(Value::String(pattern)) = members.get_mut("pattern") {
                *pattern = without_astral_ranges(pattern);
            }
            describe_only_property(members);
            members.values_mut().for_each(tidy);
        }
        _ => {}
    }
}

/// Replaces a `oneOf` or `anyOf` with a single alternative by this alternative. A description beside it
/// takes precedence over that of the alternative.
fn unwrap_single(members: &mut Map<String, Value>) {
    for name in ["oneOf", "anyOf"] {
        let is_single = matches!(members.get(name), Some(Value::Array(forms)) if forms.len() == 1);
        if !is_single {
            continue;
        }
        if let Some(Value::Array(mut forms)) = members.remove(name)
            && let Some(Value::Object(form)) = forms.pop()
        {
            for (name, value) in form {
                members.entry(name).or_insert(value);
            }
        }
    }
}

/// Adds missing descriptions of properties. A constant property gets one that names its value. The only
/// property of an object gets the description of the object, to which schemars writes the comment of a
/// Rust enum variant.
fn describe_only_property(members: &mut Map<String, Value>) {
    let form = members.get("description").cloned();
    let Some(Value::Object(properties)) = members.get_mut("properties") else { return };
    let is_only = properties.len() == 1;
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        if property.contains_key("description") || property.contains_key("$ref") {
            continue;
        }
        match (property.get("const"), &form) {
            (Some(value), _) => property.insert("description".to_owned(), format!("Always {value}.").into()),
            (None, Some(form)) if is_only => property.insert("description".to_owned(), form.clone()),
            _ => None,
        };
    }
}

/// Removes the ranges `a-b` of characters beyond U+FFFF from a character class.
fn without_astral_ranges(pattern: &str) -> String {
    let (mut kept, mut characters) = (String::new(), pattern.chars().peekable());
    while let Some(character) = characters.next() {
        if character < ASTRAL {
            kept.push(character);
        } else if characters.next_if_eq(&'-').is_some() {
            characters.next();
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schema_has_no_null_default_single_choice_or_astral_range() {
        let mut schema = json!({
            "properties": {
                "a": {"type": "integer", "default": null},
                "b": {"oneOf": [{"const": "x", "description": "form"}], "description": "choice"},
                "c": {"pattern": "[^a\u{1bca0}-\u{1bca3}\u{e0000}-\u{e0fff}]"},
                "d": {"const": "user"},
                "e": {"properties": {"order_id": {"type": "string"}}, "description": "Units of an order."},
            },
        });
        tidy(&mut schema);
        let wanted = json!({
            "properties": {
                "a": {"type": "integer"},
                "b": {"const": "x", "description": "choice"},
                "c": {"pattern": "[^a]"},
                "d": {"const": "user", "description": "Always \"user\"."},
                "e": {
                    "properties": {"order_id": {"type": "string", "description": "Units of an order."}},
                    "description": "Units of an order.",
                },
            },
        });
        assert_eq!(schema, wanted);
    }
}
