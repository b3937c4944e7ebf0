//! Sender of mails: address, and the account of AWS that sends.

use std::fmt;

use secrecy::SecretString;
use url::Url;

use crate::ConfigError;

/// Variable with the sender of all mails.
const FROM: &str = "DIBS_MAIL_FROM";
/// Variable with the configuration set of SES.
const CONFIGURATION_SET: &str = "DIBS_MAIL_CONFIGURATION_SET";
/// Variable with an endpoint in place of that of the region, as the SDKs of AWS read it.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_SESV2";
/// Variable with the region, which Lambda sets.
const REGION: &str = "AWS_REGION";

/// Sender of mails through Amazon SES. `Debug` prints no credentials.
#[derive(Clone)]
pub struct MailConfig {
    /// Sender of all mails: an address, or a name with an address, such as `dibs <no-reply@example.com>`.
    pub from: String,
    /// URL of the API of SES, without a path.
    pub endpoint: String,
    /// Configuration set of SES. `None` selects the default of the identity.
    pub configuration_set: Option<String>,
    /// Region of AWS, which is part of the signature.
    pub region: String,
    /// Id of the access key of the function's role.
    pub access_key_id: String,
    /// Secret access key of the function's role.
    pub secret_access_key: SecretString,
    /// Session token of the function's role. `None` for keys of a user.
    pub session_token: Option<SecretString>,
}

impl fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailConfig")
            .field("from", &self.from)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl MailConfig {
    /// Reads `DIBS_MAIL_FROM`, `DIBS_MAIL_CONFIGURATION_SET`, and the region, credentials and optional endpoint
    /// of AWS. Returns `None` without a sender: mails are then refused. An empty variable counts as unset.
    ///
    /// # Errors
    /// Names the variable that is missing, or whose value is no sender or no URL.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        let read = |variable| lookup(variable).filter(|text: &String| !text.is_empty());
        let Some(from) = read(FROM) else { return Ok(None) };
        if !from.contains('@') || from.chars().any(char::is_control) {
            return Err(ConfigError::new(FROM, "must be an address like no-reply@example.com"));
        }
        let needed = |variable| {
            read(variable).ok_or(ConfigError::new(variable, "must be set, since mails are sent with it"))
        };
        let region = needed(REGION)?;
        let endpoint = read(ENDPOINT).unwrap_or_else(|| format!("https://email.{region}.amazonaws.com"));
        if !Url::parse(&endpoint).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(ConfigError::new(
                ENDPOINT,
                "must be a URL like https://email.us-east-1.amazonaws.com",
            ));
        }
        Ok(Some(Self {
            from,
            endpoint,
            configuration_set: read(CONFIGURATION_SET),
            region,
            access_key_id: needed("AWS_ACCESS_KEY_ID")?,
            secret_access_key: SecretString::from(needed("AWS_SECRET_ACCESS_KEY")?),
            session_token: read("AWS_SESSION_TOKEN").map(SecretString::from),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<MailConfig>, ConfigError> {
        MailConfig::from_env(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const AWS: [(&str, &str); 3] = [
        ("AWS_REGION", "ap-northeast-2"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
    ];

    #[test]
    fn no_sender_is_no_mail() {
        assert!(read(&AWS).unwrap().is_none());
    }

    #[test]
    fn endpoint_is_that_of_the_region_unless_another_is_set() {
        let from = (FROM, "dibs <no-reply@example.com>");
        let config = read(&[&AWS[..], &[from]].concat()).unwrap().unwrap();
        assert_each_eq!(
            (config.endpoint.as_str(), "https://email.ap-northeast-2.amazonaws.com"),
            (config.from.as_str(), from.1),
            (format!("{config:?}").contains("hunter2"), false)
        );
        let other = read(&[&AWS[..], &[from, (ENDPOINT, "http://127.0.0.1:9")]].concat()).unwrap().unwrap();
        assert_eq!(other.endpoint, "http://127.0.0.1:9");
    }

    #[test]
    fn error_names_the_variable_that_is_wrong() {
        let from = (FROM, "no-reply@example.com");
        for (variable, pairs) in [
            (FROM, vec![(FROM, "nobody")]),
            (FROM, vec![(FROM, "a@b.co\r\nBcc: c@d.co")]),
            (REGION, vec![from]),
            (ENDPOINT, [&AWS[..], &[from, (ENDPOINT, "ftp://x")]].concat()),
            ("AWS_ACCESS_KEY_ID", vec![from, AWS[0]]),
        ] {
            assert_eq!(read(&pairs).unwrap_err().variable, variable);
        }
    }
}
