//! Fake of Amazon SES: takes mails in the form of its API v2, and shows them on a page.

use std::collections::VecDeque;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use config::{MailConfig, SecretString};
use domain::Timestamp;
use minijinja::{Environment, context, value::Serde};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::settings::Faults;
use super::{Fakes, interfered, put, reply};

/// Maximum number of mails kept. The oldest ones are dropped.
pub const MAILS_MAX: usize = 1_000;
/// Sender of the mails of a local stack.
pub const MAIL_FROM: &str = "dibs <no-reply@dibs.localhost>";

const REGION: &str = "us-east-1";
const ACCESS_KEY_ID: &str = "local";
const PAGE: &str = include_str!("mails.html");

/// Returns the sender of mails of a stack with the address `base`.
pub fn mail_config(base: &str) -> MailConfig {
    MailConfig {
        from: MAIL_FROM.to_owned(),
        endpoint: base.to_owned(),
        configuration_set: None,
        region: REGION.to_owned(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: SecretString::from("local"),
        session_token: None,
    }
}

/// Mail that the fake has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentMail {
    /// Id of the mail at the mail service.
    pub id: String,
    /// Address of the recipient.
    pub to: String,
    /// Sender.
    pub from: String,
    /// Subject.
    pub subject: String,
    /// Body as plain text.
    pub text: String,
    /// Body as HTML.
    pub html: String,
    /// URL of `List-Unsubscribe`; `None` without that header.
    pub unsubscribe_url: Option<String>,
    /// Name of the template.
    pub template: String,
    /// Time at which the mail was taken, in UTC.
    pub at: Timestamp,
}

#[derive(Default)]
pub(super) struct Mails {
    pub settings: Faults,
    sent: VecDeque<SentMail>,
}

/// Call `SendEmail` as far as the fake understands it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    from_email_address: String,
    destination: Destination,
    content: Content,
    #[serde(default)]
    email_tags: Vec<NamedValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    to_addresses: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    simple: Simple,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Text,
    body: Body,
    #[serde(default)]
    headers: Vec<NamedValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    text: Text,
    html: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NamedValue {
    name: String,
    value: String,
}

impl SentMail {
    /// Returns the mail that `call` sends. `None` if it has not exactly one recipient.
    fn of(call: SendEmail, id: String, at: Timestamp) -> Option<Self> {
        let [to] = <[String; 1]>::try_from(call.destination.to_addresses).ok()?;
        let Simple { subject, body, headers } = call.content.simple;
        let value = |named: &[NamedValue], name: &str| {
            named.iter().find(|pair| pair.name == name).map(|pair| pair.value.clone())
        };
        let unsubscribe_url = value(&headers, "List-Unsubscribe");
        Some(Self {
            id,
            to,
            from: call.from_email_address,
            subject: subject.data,
            text: body.text.data,
            html: body.html.data,
            unsubscribe_url: unsubscribe_url.map(|url| url.trim_matches(['<', '>']).to_owned()),
            template: value(&call.email_tags, "template").unwrap_or_default(),
            at,
        })
    }
}

impl Fakes {
    /// Replaces the settings of the mail service.
    pub fn set_mails(&self, faults: Faults) {
        self.services().mails.settings = faults;
    }

    /// Returns the latest mails, at most [`MAILS_MAX`], oldest first.
    pub fn mails(&self) -> Vec<SentMail> {
        self.services().mails.sent.iter().cloned().collect()
    }

    fn take_mail(&self, body: &[u8]) -> (u16, Value) {
        let Ok(call) = serde_json::from_slice::<SendEmail>(body) else {
            return (400, json!({"__type": "BadRequestException", "message": "not a simple mail"}));
        };
        let (at, mut services) = ((self.0.clock)(), self.services());
        let id = domain::ids::fresh(at, rand::random());
        let Some(mail) = SentMail::of(call, id.clone(), at) else {
            return (400, json!({"__type": "BadRequestException", "message": "not one recipient"}));
        };
        if mail.to.starts_with("refused@") {
            return (400, json!({"__type": "MessageRejected", "message": "told to refuse"}));
        }
        services.mails.sent.push_back(mail);
        if services.mails.sent.len() > MAILS_MAX {
            services.mails.sent.pop_front();
        }
        (200, json!({"MessageId": id}))
    }
}

/// Takes a mail, as `SendEmail` of SES. The call must be signed with the key of a local stack for this service.
pub(super) async fn send(State(fakes): State<Fakes>, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_signed = authorization.is_some_and(|value| {
        value.starts_with(&format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/"))
            && value.contains(&format!("/{REGION}/ses/aws4_request"))
    });
    if !is_signed {
        return reply(403, &json!({"__type": "MissingAuthenticationTokenException"}));
    }
    let interference = fakes.services().mails.settings.next();
    interfered(interference, || fakes.take_mail(&body)).await
}

/// Lists the sent mails, newest first: as a page for browsers, otherwise as JSON.
pub(super) async fn list(State(fakes): State<Fakes>, headers: HeaderMap) -> Response {
    let mut mails = fakes.mails();
    mails.reverse();
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/html") {
        return reply(200, &mails);
    }
    let shown = context! { mails => minijinja::Value::from(Serde(&mails)) };
    match Environment::new().render_named_str("mails.html", PAGE, shown) {
        // The bodies are shown in frames without scripts; nothing is loaded from elsewhere.
        Ok(page) => {
            let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'";
            ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

pub(super) async fn settings(State(fakes): State<Fakes>) -> Response {
    reply(200, &fakes.services().mails.settings)
}

pub(super) async fn put_settings(State(fakes): State<Fakes>, body: Bytes) -> Response {
    put(&body, Faults::check, |faults| fakes.set_mails(faults))
}
