//! Mails from templates, in Korean and English.
//!
//! A template has one file a language, with the blocks `subject`, `body`, `action` and `link`. Plain text and
//! HTML are made from the same blocks, so that they cannot differ; `layout.html` escapes what it shows.

use std::sync::LazyLock;

use domain::messages::MailContent;
use domain::notifications::Locale;
use domain::{Error, Result};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};

/// A mail as its recipient sees it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Subject, one line.
    pub subject: String,
    /// Body as plain text.
    pub text: String,
    /// Body as HTML.
    pub html: String,
}

/// Template of the HTML body. Its name makes minijinja escape all values.
const HTML: &str = "layout.html";
/// Template of the plain text.
const TEXT: &str = "layout.txt";

macro_rules! sources {
    ($($name:literal),+) => { &[$(($name, include_str!(concat!("../../templates/", $name)))),+] };
}

const SOURCES: &[(&str, &str)] = sources![
    "layout.html",
    "layout.txt",
    "account.ko.txt",
    "account.en.txt",
    "confirm_email.ko.txt",
    "confirm_email.en.txt",
    "reset_password.ko.txt",
    "reset_password.en.txt",
    "notification.ko.txt",
    "notification.en.txt",
    "let_in.ko.txt",
    "let_in.en.txt",
    "hold_ends.ko.txt",
    "hold_ends.en.txt",
    "request_approved.ko.txt",
    "request_approved.en.txt",
    "request_rejected.ko.txt",
    "request_rejected.en.txt",
    "granted.ko.txt",
    "granted.en.txt",
    "deal_starts.ko.txt",
    "deal_starts.en.txt"
];

static TEMPLATES: LazyLock<std::result::Result<Environment<'static>, minijinja::Error>> =
    LazyLock::new(|| {
        let mut environment = Environment::new();
        // A value that a template names and the data lacks is an error, not an empty text.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in SOURCES {
            environment.add_template(name, source)?;
        }
        Ok(environment)
    });

/// Renders a mail in one language. Links begin with `links_url`; the token is that of the link to unsubscribe, which
/// mails about notifications have.
///
/// # Errors
/// `INTERNAL_ERROR` if the template lacks a block, or the data a value.
pub fn render(
    content: &MailContent,
    locale: Locale,
    links_url: &str,
    unsubscribe_token: Option<&str>,
) -> Result<Rendered> {
    let templates = TEMPLATES.as_ref().map_err(Error::internal)?;
    let name = format!("{}.{}.txt", content.template(), locale.as_ref());
    let given = context! {
        mail => shown_data(content),
        clock_time => clock_time(content),
        links_url => links_url,
        unsubscribe_token => unsubscribe_token,
    };
    let [subject, body, action, link, footer] = blocks(templates, &name, given).map_err(Error::internal)?;
    let paragraphs: Vec<String> = body.split("\n\n").map(|text| text.trim().to_owned()).collect();
    let shown = context! {
        locale => locale.as_ref(),
        subject => subject.as_str(),
        paragraphs => paragraphs,
        action => action,
        link => link,
        footer => footer,
    };
    let layout = |name| templates.get_template(name).and_then(|layout| layout.render(shown.clone()));
    Ok(Rendered {
        subject,
        text: layout(TEXT).map_err(Error::internal)?,
        html: layout(HTML).map_err(Error::internal)?,
    })
}

/// Returns the data of a mail for its template.
fn shown_data(content: &MailContent) -> Value {
    let whole = match content {
        MailContent::Notification(mail) => Value::from(Serde(&mail.content)),
        MailContent::ConfirmEmail(_) | MailContent::ResetPassword(_) => Value::from(Serde(content)),
    };
    // Both are serialized with a tag, and the data beside it.
    whole.get_attr("data").unwrap_or_default()
}

fn clock_time(content: &MailContent) -> Option<String> {
    match content {
        MailContent::Notification(mail) => mail.clock_time.clone(),
        MailContent::ConfirmEmail(_) | MailContent::ResetPassword(_) => None,
    }
}

/// Renders the blocks subject, body, action, link and footer of a template.
fn blocks(
    templates: &Environment<'_>,
    name: &str,
    given: Value,
) -> std::result::Result<[String; 5], minijinja::Error> {
    let mut whole = templates.get_template(name)?.render_captured(given)?;
    let mut block = |name: &str| -> std::result::Result<String, minijinja::Error> {
        Ok(whole.with_state_mut(|state| state.render_block(name))?.trim().to_owned())
    };
    Ok([block("subject")?, block("body")?, block("action")?, block("link")?, block("footer")?])
}

#[cfg(test)]
mod tests;
