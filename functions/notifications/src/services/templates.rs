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
    "reset_password.en.txt"
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

/// Renders a mail in one language. Links begin with `links_url`.
///
/// # Errors
/// `INTERNAL_ERROR` if the template lacks a block, or the data a value.
pub fn render(content: &MailContent, locale: Locale, links_url: &str) -> Result<Rendered> {
    let templates = TEMPLATES.as_ref().map_err(Error::internal)?;
    let name = format!("{}.{}.txt", content.as_ref(), locale.as_ref());
    let given = context! { mail => Value::from(Serde(content)), links_url => links_url };
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
mod tests {
    use super::*;
    use domain::messages::{MailToken, TokenMail};

    fn token() -> TokenMail {
        TokenMail { token: MailToken::new("tok_1"), valid_minutes: 30 }
    }

    /// One mail of each template. A new template does not compile before it is here.
    fn samples() -> Vec<MailContent> {
        let samples = vec![MailContent::ConfirmEmail(token()), MailContent::ResetPassword(token())];
        for sample in &samples {
            match sample {
                MailContent::ConfirmEmail(_) | MailContent::ResetPassword(_) => {}
            }
        }
        samples
    }

    #[test]
    fn each_template_exists_in_each_language_and_looks_as_before() {
        for content in samples() {
            for locale in Locale::ALL {
                let mail = render(&content, *locale, "https://dibs.example").unwrap();
                assert!(!mail.subject.is_empty() && !mail.subject.contains('\n'), "{mail:?}");
                let name = format!("{}.{}", content.as_ref(), locale.as_ref());
                insta::assert_snapshot!(name, format!("{}\n\n{}\n{}", mail.subject, mail.text, mail.html));
            }
        }
    }

    #[test]
    fn languages_differ() {
        for content in samples() {
            let [ko, en] =
                [Locale::Ko, Locale::En].map(|locale| render(&content, locale, "https://x").unwrap());
            assert!(ko.subject != en.subject && ko.text != en.text, "{}", content.as_ref());
            assert!(en.text.is_ascii(), "{}", en.text);
        }
    }

    #[test]
    fn html_escapes_what_a_mail_shows() {
        let token = MailToken::new("<script>");
        let mail = MailContent::ConfirmEmail(TokenMail { token, valid_minutes: 1 });
        let mail = render(&mail, Locale::En, "https://x").unwrap();
        assert!(!mail.html.contains("<script>") && mail.html.contains("&lt;script&gt;"), "{}", mail.html);
        assert!(mail.text.contains("<script>"));
    }
}
