//! Rules for new passwords, in addition to their 8 to 100 characters. Eight characters must remain after
//! normalization. Deployments with strict passwords also reject common passwords and require longer ones for
//! staff.

use config::Settings;
use domain::accounts::{Password, STAFF_PASSWORD_CHARS_MIN};
use domain::{Code, Error, Result};
use serde_json::json;

use crate::services::passwords::normalized;

const CHARS_MIN: usize = 8;

/// Common passwords, one a line. Lines that begin with `#` name the sources.
const COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");

/// Checks a new password of a user, with the stricter rules for staff if `is_staff`.
///
/// # Errors
/// `PASSWORD_TOO_SHORT`, with the minimum length in its details; `PASSWORD_TOO_COMMON`.
pub fn check(settings: &Settings, password: &Password, is_staff: bool) -> Result<()> {
    check_by(settings.strict_passwords, password, is_staff)
}

/// Checks a new password of staff by the strict rules, whatever the deployment's are.
///
/// # Errors
/// `PASSWORD_TOO_SHORT`, with the minimum length in its details; `PASSWORD_TOO_COMMON`.
pub fn check_strict_staff(password: &Password) -> Result<()> {
    check_by(true, password, true)
}

fn check_by(strict: bool, password: &Password, is_staff: bool) -> Result<()> {
    let characters_min = if strict && is_staff { STAFF_PASSWORD_CHARS_MIN } else { CHARS_MIN };
    if characters(password) < characters_min {
        let who = if characters_min == CHARS_MIN { "a password" } else { "the password of staff" };
        let text = format!("Choose a longer password: {who} has {characters_min} characters at least.");
        return Err(Error::refused(Code::PasswordTooShort, text)
            .with_details(json!({"characters_min": characters_min})));
    }
    if strict && is_common(&normalized(password.as_str())) {
        let text = "Choose another password: this one is among the first that somebody would try.";
        return Err(Error::refused(Code::PasswordTooCommon, text));
    }
    Ok(())
}

/// Returns whether the password has at least the twelve characters that staff need.
pub fn has_staff_length(password: &Password) -> bool {
    characters(password) >= STAFF_PASSWORD_CHARS_MIN
}

fn characters(password: &Password) -> usize {
    normalized(password.as_str()).chars().count()
}

fn is_common(password: &str) -> bool {
    let small = password.to_lowercase();
    is_monotonous(&small) || COMMON_PASSWORDS.lines().any(|line| line == small)
}

/// Returns whether `text` repeats one character (`aaaa`) or two in turn (`abab`), or is a sequence of
/// consecutive code points in ascending or descending order (`12345`, `dcba`).
fn is_monotonous(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let steps = |step: i64| {
        characters
            .windows(2)
            .all(|pair| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0])) == step)
    };
    let by_turns = characters.windows(3).all(|three| three[0] == three[2]);
    by_turns || steps(1) || steps(-1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn refusal(strict: bool, password: &str, is_staff: bool) -> Option<Code> {
        let settings = Settings { strict_passwords: strict, ..Settings::default() };
        check(&settings, &Password::parse(password).unwrap(), is_staff).err().map(|error| error.code)
    }

    #[test]
    fn commonest_passwords_are_refused_where_they_are_strict() {
        let common = ["password", "PASSWORD123", "1q2w3e4r", "qwer1234", "aaaaaaaa", "        ", "abababab"];
        let runs = ["12345678", "abcdefghijkl", "987654321", "ｐａｓｓｗｏｒｄ"];
        for password in common.into_iter().chain(runs) {
            assert_eq!(refusal(true, password, false), Some(Code::PasswordTooCommon), "{password}");
            assert_eq!(refusal(false, password, false), None, "{password}");
        }
        for password in ["battery-staple-9", "correct horse", "비밀번호는 길게"] {
            assert_eq!(refusal(true, password, false), None, "{password}");
        }
    }

    #[test]
    fn staff_need_twelve_characters_where_passwords_are_strict() {
        for (password, refused) in [("elevenchars", Some(Code::PasswordTooShort)), ("twelve chars", None)] {
            assert_eq!(refusal(true, password, true), refused);
            assert_each_eq!((refusal(true, password, false), None), (refusal(false, password, true), None));
            assert_eq!(has_staff_length(&Password::parse(password).unwrap()), refused.is_none());
        }
    }

    #[test]
    fn length_counts_in_the_form_that_is_hashed() {
        // Eight letters with combining accents are eight characters here, and four with composed ones.
        assert_eq!(refusal(false, &"e\u{301}".repeat(4), false), Some(Code::PasswordTooShort));
        assert_eq!(refusal(false, &"e\u{301}".repeat(8), false), None);
    }

    #[test]
    fn list_is_of_small_letters_and_of_no_password_that_is_too_short() {
        let lines: Vec<&str> = COMMON_PASSWORDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!((1_000..5_000).contains(&lines.len()), "{}", lines.len());
        for line in lines {
            assert!(line.len() >= CHARS_MIN && line.to_lowercase() == line, "{line}");
        }
    }
}
