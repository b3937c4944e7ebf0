//! Canonical text of JSON bodies, equal for bodies with the same content.

use serde_json::Value;

/// Returns the text of `value` without white space and with the members of each object sorted by name, so
/// that a repeat with another order or layout has the same fingerprint.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write(value, text);
            }
            text.push(']');
        }
        // A whole number is the same with and without a fraction, as in 2 and 2.0.
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) if float.fract() == 0.0 => text.push_str(&format!("{float:.0}")),
            _ => text.push_str(&number.to_string()),
        },
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_members_does_not_change_the_text() {
        let text = |json: &str| canonical(&serde_json::from_str(json).unwrap());
        assert_eq!(
            text(r#"{"b": [1, {"d": 2, "c": "x\"y"}], "a": null}"#),
            r#"{"a":null,"b":[1,{"c":"x\"y","d":2}]}"#
        );
        assert_eq!(text(r#"{"a":1,"b":2}"#), text(r#"{ "b": 2.0, "a": 1 }"#));
        assert_ne!(text("[1,2]"), text("[2,1]"), "the order of an array says something");
        assert_ne!(text(r#"{"a":"1"}"#), text(r#"{"a":1}"#));
    }
}
