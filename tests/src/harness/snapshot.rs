//! Comparison of whole answers with committed snapshots.

use domain::Timestamp;
use domain::concerts::Date;
use serde_json::{Value, json};

use super::Reply;

/// Length of a ULID.
const ULID_LENGTH: usize = 26;

impl Reply {
    /// Checks the status, compares the whole `data` of the body with the snapshot of the operation, and returns it.
    /// Ids, times and secrets are left out of the comparison.
    ///
    /// `INSTA_UPDATE=always cargo test …` writes the snapshots in `tests/tests/snapshots`.
    #[track_caller]
    pub fn snapshot(self, status: u16) -> Value {
        let name = self.operation_id();
        let data = self.expect(status);
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_json_snapshot!(name, redacted(&data)));
        data
    }
}

/// Returns the value with a placeholder for all that differs from run to run.
fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(redacted_text(text)),
        Value::Array(values) => values.iter().map(redacted).collect(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                let is_drawn = name == "invite_code" && value.is_string();
                (name.clone(), if is_drawn { json!("[code]") } else { redacted(value) })
            };
            Value::Object(fields.iter().map(field).collect())
        }
        other => other.clone(),
    }
}

fn redacted_text(text: &str) -> String {
    if text.parse::<Timestamp>().is_ok() {
        return "[time]".to_owned();
    }
    if Date::parse(text).is_some() {
        return "[date]".to_owned();
    }
    if text.starts_with("ey") && text.matches('.').count() == 2 {
        return "[token]".to_owned();
    }
    let is_id = |part: &str| {
        part.len() == ULID_LENGTH
            && part.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    };
    let mut redacted = String::new();
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
        let end = part.len() - usize::from(part.ends_with(|letter: char| letter.is_ascii_punctuation()));
        redacted.push_str(if is_id(&part[..end]) { "[id]" } else { &part[..end] });
        redacted.push_str(&part[end..]);
    }
    redacted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_times_and_secrets_are_redacted_and_the_rest_stays() {
        let data = json!({
            "id": "usr_01M8GMYJQXVZKX8WZX8JD1241Z:cmp_01M8GMYZJD18NAC0X5QXG8BESP", "at": "2026-11-28T08:00:00Z",
            "date": "2026-11-28", "invite_code": "ABCD1234", "access_token": "eyJh.eyJz.c2ln", "name": "Kim Minji",
            "lines": [{"number": 1, "user_id": "user-3"}],
        });
        let wanted = json!({
            "id": "usr_[id]:cmp_[id]", "at": "[time]", "date": "[date]", "invite_code": "[code]",
            "access_token": "[token]", "name": "Kim Minji", "lines": [{"number": 1, "user_id": "user-3"}],
        });
        assert_eq!(redacted(&data), wanted);
    }
}
