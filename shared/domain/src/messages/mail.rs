//! Message that asks the mailer to send a mail.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::UserId;
use crate::notifications::{Locale, NotificationContent};

/// SQS message: a mail to send. It contains no address: the mailer reads that of the account when it sends, so
/// that a closed account gets no mail and no queue holds personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMail {
    /// Id of the mail, the same in each repeat of the message: 1 to 80 characters of an id. The mailer sends
    /// one mail for each id.
    pub id: String,
    /// Account whose address receives the mail.
    pub to: UserId,
    /// Language of the mail. `None` selects the language of the account's notification preferences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// Time from which the mail is useless, and is dropped in place of being sent late.
    pub useless_from: Timestamp,
    /// Template of the mail with its data.
    #[serde(flatten)]
    pub content: MailContent,
}

/// Template of a mail, with the data that it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "template", content = "data", rename_all = "snake_case")]
pub enum MailContent {
    /// Asks the owner of a new account to confirm the address.
    ConfirmEmail(TokenMail),
    /// Lets the owner of an account choose a new password.
    ResetPassword(TokenMail),
    /// Tells a user about something that happened. Its template is the kind of the notification.
    Notification(NotificationMail),
}

/// Data of a mail about a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationMail {
    /// Content of the notification.
    pub content: NotificationContent,
    /// Time of day of the moment that the mail names, in the user's time zone, such as `21:05`. `None` if it
    /// names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_time: Option<String>,
}

impl MailContent {
    /// Returns the name of the template.
    pub fn template(&self) -> &str {
        match self {
            Self::ConfirmEmail(_) => "confirm_email",
            Self::ResetPassword(_) => "reset_password",
            Self::Notification(mail) => mail.content.as_ref(),
        }
    }
}

/// Data of a mail with a link that contains a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenMail {
    /// Token of the link.
    pub token: MailToken,
    /// Validity of the token when the mail was requested, in minutes.
    pub valid_minutes: u32,
}

/// Secret token in a mail: letters, digits, `_`, `-` and `.` only, so that a link contains it as it is. `Debug`
/// does not print it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailToken(String);

impl MailToken {
    /// Wraps a token so that it cannot be printed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> SendMail {
        let token = MailToken::new("hunter2");
        SendMail {
            id: "confirm-1".to_owned(),
            to: UserId::new("1"),
            locale: Some(Locale::Ko),
            useless_from: Timestamp::from_millis(5),
            content: MailContent::ConfirmEmail(TokenMail { token, valid_minutes: 30 }),
        }
    }

    #[test]
    fn message_survives_its_json() {
        let text = serde_json::to_string(&mail()).unwrap();
        assert!(text.contains(r#""template":"confirm_email""#), "{text}");
        assert_eq!(serde_json::from_str::<SendMail>(&text).unwrap(), mail());
    }

    #[test]
    fn token_is_not_printed() {
        let shown = format!("{:?}", mail());
        assert!(shown.contains("MailToken") && !shown.contains("hunter2"), "{shown}");
    }
}
