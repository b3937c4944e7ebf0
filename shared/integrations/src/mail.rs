//! Client of Amazon SES, which delivers mails: `SendEmail` of its API v2, signed with AWS's Signature Version 4.
//!
//! It is a call like those to the other outside services, so that a local stack and the simulation can take the
//! service's part. The SDK's crate for SES has some hundred operations, of which dibs needs one.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use config::{ExposeSecret, MailConfig, SecretString};
use domain::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{self, NOT_CONFIGURED};
use crate::transport::{self, ExternalService, Received, ServiceCall};
use crate::{Endpoint, Integrations};

/// Path of `SendEmail`.
const PATH: &str = "/v2/email/outbound-emails";
/// Name of the service in a signature.
const SERVICE: &str = "ses";
/// Types of errors that concern this mail alone, so that a repeat cannot succeed. All others concern the
/// account, the configuration or the load.
const REFUSALS: [&str; 2] = ["MessageRejected", "BadRequestException"];

/// Mail to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Address of the recipient.
    pub to: String,
    /// Subject, one line.
    pub subject: String,
    /// Body as plain text.
    pub text: String,
    /// Body as HTML.
    pub html: String,
    /// URL that unsubscribes the recipient by one `POST` (RFC 8058). `None` for a mail that cannot be
    /// unsubscribed.
    pub unsubscribe_url: Option<String>,
    /// Id of the mail, by which the events of SES name it.
    pub id: String,
    /// Name of the template, by which SES counts deliveries and complaints.
    pub template: String,
}

/// Outcome of a call that sends a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// SES has taken the mail.
    Sent,
    /// SES refuses this mail permanently, or no sender is configured.
    Refused {
        /// Type of the error, or `not_configured`.
        reason: String,
    },
    /// SES has not taken the mail, and may take it later.
    NotSent {
        /// Type of the error, or the status, such as `http_429`.
        reason: String,
    },
    /// The outcome is unknown: SES may have taken the mail.
    Unknown {
        /// Cause: `timeout`, `connection`, or the status, such as `http_500`.
        reason: String,
    },
}

/// Sender of mails: account of AWS, and address.
pub(crate) struct Sender {
    endpoint: Endpoint,
    from: String,
    configuration_set: Option<String>,
    region: String,
    credentials: Credentials,
}

impl Sender {
    /// Creates the sender of `config`. Returns `None` if its endpoint is not a URL, which
    /// [`MailConfig::from_env`] has already excluded.
    pub fn new(config: MailConfig) -> Option<Self> {
        let token = config.session_token.as_ref().map(|token| token.expose_secret().to_owned());
        let secret = config.secret_access_key.expose_secret();
        Some(Self {
            endpoint: Endpoint::at(&format!("{}{PATH}", config.endpoint.trim_end_matches('/')))?,
            from: config.from,
            configuration_set: config.configuration_set,
            region: config.region,
            credentials: Credentials::new(config.access_key_id, secret, token, None, "environment"),
        })
    }

    /// Creates the sender of [`Integrations::scripted`].
    pub fn scripted() -> Option<Self> {
        Self::new(MailConfig {
            from: "dibs <no-reply@dibs.example>".to_owned(),
            endpoint: "http://scripted".to_owned(),
            configuration_set: None,
            region: "us-east-1".to_owned(),
            access_key_id: "scripted".to_owned(),
            secret_access_key: SecretString::from("scripted"),
            session_token: None,
        })
    }

    fn body(&self, mail: &Mail) -> Value {
        let utf8 = |text: &str| json!({"Data": text, "Charset": "UTF-8"});
        let mut simple = json!({
            "Subject": utf8(&one_line(&mail.subject)),
            "Body": {"Text": utf8(&mail.text), "Html": utf8(&mail.html)},
        });
        if let Some(url) = &mail.unsubscribe_url {
            simple["Headers"] = json!([
                {"Name": "List-Unsubscribe", "Value": format!("<{}>", one_line(url))},
                {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
            ]);
        }
        let mut body = json!({
            "FromEmailAddress": self.from,
            "Destination": {"ToAddresses": [mail.to]},
            "Content": {"Simple": simple},
            "EmailTags": [
                {"Name": "template", "Value": mail.template},
                {"Name": "mail_id", "Value": mail.id},
            ],
        });
        if let Some(name) = &self.configuration_set {
            body["ConfigurationSetName"] = json!(name);
        }
        body
    }

    /// Returns the call with its signature, or `None` if it cannot be signed.
    fn call(&self, now: Timestamp, body: Vec<u8>) -> Option<ServiceCall> {
        let identity = self.credentials.clone().into();
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millis()).ok()?);
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(at)
            .settings(SigningSettings::default());
        let parameters = parameters.build().ok()?.into();
        let mut headers = vec![("content-type", "application/json".to_owned())];
        let named = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let url = self.endpoint.url.as_str();
        let request = SignableRequest::new(transport::METHOD, url, named, SignableBody::Bytes(&body)).ok()?;
        let (signed, _) = sign(request, &parameters).ok()?.into_parts();
        let signed: Vec<_> = signed.headers().map(|(name, value)| (name, value.to_owned())).collect();
        for name in ["authorization", "x-amz-date", "x-amz-security-token"] {
            headers
                .extend(signed.iter().find(|(key, _)| *key == name).map(|(_, value)| (name, value.clone())));
        }
        Some(ServiceCall {
            service: ExternalService::Mail,
            method: transport::METHOD,
            path: self.endpoint.path.clone(),
            headers,
            body,
        })
    }
}

#[derive(Deserialize)]
struct Taken {
    #[serde(rename = "MessageId")]
    message_id: String,
}

#[derive(Deserialize)]
struct Failed {
    #[serde(rename = "__type")]
    kind: String,
}

impl Integrations {
    /// Sends `mail` with one call. `now` is the signing time. SES knows no idempotency key: a repeat after an
    /// unknown outcome may send the mail twice. Nothing of the mail is logged but its template.
    pub async fn send_mail(&self, now: Timestamp, mail: &Mail) -> MailOutcome {
        let Some(sender) = &self.mail else {
            return MailOutcome::Refused { reason: NOT_CONFIGURED.to_owned() };
        };
        let Some(call) = sender.call(now, sender.body(mail).to_string().into_bytes()) else {
            return MailOutcome::NotSent { reason: "not_signed".to_owned() };
        };
        let received = self.transport.send(&sender.endpoint.url, call, self.transport.deadline()).await;
        outcome_of_reply(received)
    }
}

fn outcome_of_reply(received: Received) -> MailOutcome {
    let (status, body, aws_error) = match received {
        Received::Timeout => return MailOutcome::Unknown { reason: answer::TIMEOUT.to_owned() },
        Received::Connection => return MailOutcome::Unknown { reason: answer::CONNECTION.to_owned() },
        Received::Answer { status, body, aws_error } => (status, body, aws_error),
    };
    if (200..=299).contains(&status) {
        return match answer::read::<Taken>(body.as_deref()) {
            Some(Taken { message_id }) if !message_id.is_empty() => MailOutcome::Sent,
            _ => MailOutcome::Unknown { reason: answer::BAD_ANSWER.to_owned() },
        };
    }
    let named = aws_error.or_else(|| answer::read::<Failed>(body.as_deref()).map(|failed| failed.kind));
    // The header may go on with a colon and a URL.
    let kind = named.as_deref().and_then(|name| name.split(':').next()).and_then(answer::reason);
    let reason = kind.unwrap_or_else(|| answer::status(status));
    match status {
        400 if REFUSALS.contains(&reason.as_str()) => MailOutcome::Refused { reason },
        400..=499 => MailOutcome::NotSent { reason },
        _ => MailOutcome::Unknown { reason },
    }
}

/// Replaces control characters, so that no value can begin a header of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn mail() -> Mail {
        Mail {
            to: "kim@example.com".to_owned(),
            subject: "안녕\r\nBcc: all@example.com".to_owned(),
            text: "text".to_owned(),
            html: "<p>text</p>".to_owned(),
            unsubscribe_url: Some("https://dibs.example/u?t=1".to_owned()),
            id: "01J".to_owned(),
            template: "granted".to_owned(),
        }
    }

    fn answered(status: u16, body: &str, aws_error: Option<&str>) -> MailOutcome {
        let (body, aws_error) = (Some(body.as_bytes().to_vec()), aws_error.map(str::to_owned));
        outcome_of_reply(Received::Answer { status, body, aws_error })
    }

    #[test]
    fn subject_cannot_begin_another_header() {
        let body = Sender::scripted().unwrap().body(&mail());
        let simple = &body["Content"]["Simple"];
        assert_eq!(simple["Subject"]["Data"], "안녕  Bcc: all@example.com");
        assert_eq!(simple["Headers"][0]["Value"], "<https://dibs.example/u?t=1>");
        assert_eq!(simple["Headers"][1]["Value"], "List-Unsubscribe=One-Click");
    }

    #[test]
    fn mail_without_unsubscription_has_no_such_header() {
        let mail = Mail { unsubscribe_url: None, ..mail() };
        let body = Sender::scripted().unwrap().body(&mail);
        assert!(body["Content"]["Simple"].get("Headers").is_none(), "{body}");
    }

    /// Compares the signature with one that botocore 1.43 (`SigV4Auth`, service `ses`) made of the same
    /// request.
    #[test]
    fn call_is_signed_for_ses() {
        let sender = Sender::new(MailConfig {
            from: "no-reply@dibs.example".to_owned(),
            endpoint: "https://email.us-east-1.amazonaws.com".to_owned(),
            configuration_set: None,
            region: "us-east-1".to_owned(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: Some(SecretString::from("a-session")),
        });
        let now = Timestamp::from_millis(1_440_938_160_000);
        let call = sender.unwrap().call(now, b"{}".to_vec()).unwrap();
        assert_each_eq!(
            (call.header("x-amz-date"), Some("20150830T123600Z")),
            (call.header("x-amz-security-token"), Some("a-session"))
        );
        assert_eq!(call.header("authorization"), Some(BOTOCORE));
    }

    const BOTOCORE: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/ses/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, \
        Signature=ecda4b711b3b7bba3e03feecff1aeb9cd87687cb782425dd531f70f8f0702dc9";

    #[test]
    fn outcome_follows_from_the_type_of_the_error() {
        let refused = |reason: &str| MailOutcome::Refused { reason: reason.to_owned() };
        let not_sent = |reason: &str| MailOutcome::NotSent { reason: reason.to_owned() };
        let unknown = |reason: &str| MailOutcome::Unknown { reason: reason.to_owned() };
        assert_each_eq!(
            (answered(200, r#"{"MessageId":"1"}"#, None), MailOutcome::Sent),
            (answered(200, "<html>", None), unknown("bad_answer")),
            (answered(400, "", Some("MessageRejected:http://x")), refused("MessageRejected")),
            (answered(400, r#"{"__type":"BadRequestException"}"#, None), refused("BadRequestException")),
            (answered(400, "", Some("SendingPausedException")), not_sent("SendingPausedException")),
            (answered(403, "", None), not_sent("http_403")),
            (answered(429, "", Some("TooManyRequestsException")), not_sent("TooManyRequestsException")),
            (answered(500, "", None), unknown("http_500")),
            (outcome_of_reply(Received::Timeout), unknown("timeout"))
        );
    }
}
