use super::*;
use domain::Timestamp;
use domain::ids::{DealId, QueueId};
use domain::messages::{MailToken, NotificationMail, TokenMail};
use domain::notifications::{
    HoldEnding, LetIn, NotificationContent, NotificationKind, RequestDecided, StartedDeal,
};

fn token(valid_minutes: u32) -> TokenMail {
    TokenMail { token: MailToken::new("tok_1"), valid_minutes }
}

fn notification(kind: NotificationKind) -> MailContent {
    let ends_at = Timestamp::from_millis(1_795_251_600_000);
    let decided = |reason: Option<&str>| RequestDecided {
        request_id: "usr_1:cmp_1".to_owned(),
        event: "Winter <b>event</b>".to_owned(),
        reward: "A gem".to_owned(),
        reason: reason.map(str::to_owned),
    };
    let content = match kind {
        NotificationKind::LetIn => {
            NotificationContent::LetIn(LetIn { queue_id: QueueId::new("1"), queue: "Rush hour".to_owned() })
        }
        NotificationKind::HoldEnds => {
            let (id, what) = ("usr_1:rsv".to_owned(), "The concert".to_owned());
            NotificationContent::HoldEnds(HoldEnding { id, what, count: 2, ends_at })
        }
        NotificationKind::RequestApproved => NotificationContent::RequestApproved(decided(None)),
        NotificationKind::RequestRejected => NotificationContent::RequestRejected(decided(Some("Not yet"))),
        NotificationKind::Granted => NotificationContent::Granted(decided(None)),
        NotificationKind::DealStarts => NotificationContent::DealStarts(StartedDeal {
            deal_id: DealId::new("1"),
            product: "A kettle".to_owned(),
            price: 19_900,
            ends_at,
        }),
    };
    let clock_time = content.moment().map(|_| "21:05".to_owned());
    MailContent::Notification(NotificationMail { content, clock_time })
}

/// Returns one mail of each template.
fn samples() -> Vec<MailContent> {
    let notifications = NotificationKind::ALL.iter().map(|kind| notification(*kind));
    [MailContent::ConfirmEmail(token(24 * 60)), MailContent::ResetPassword(token(60))]
        .into_iter()
        .chain(notifications)
        .collect()
}

fn rendered(content: &MailContent, locale: Locale) -> Rendered {
    let token = matches!(content, MailContent::Notification(_)).then_some("usr_1.sig");
    render(content, locale, "https://dibs.example", token).unwrap()
}

#[test]
fn each_template_exists_in_each_language_and_looks_as_before() {
    for content in samples() {
        for locale in Locale::ALL {
            let mail = rendered(&content, *locale);
            assert!(!mail.subject.is_empty() && !mail.subject.contains('\n'), "{mail:?}");
            let name = format!("{}.{}", content.template(), locale.as_ref());
            insta::assert_snapshot!(name, format!("{}\n\n{}\n{}", mail.subject, mail.text, mail.html));
        }
    }
}

#[test]
fn languages_differ() {
    for content in samples() {
        let [ko, en] = [Locale::Ko, Locale::En].map(|locale| rendered(&content, locale));
        assert!(ko.subject != en.subject && ko.text != en.text, "{}", content.template());
        assert!(en.text.is_ascii(), "{}", en.text);
    }
}

#[test]
fn html_escapes_what_a_mail_shows() {
    let mail = rendered(&notification(NotificationKind::Granted), Locale::En);
    assert!(!mail.html.contains("<b>") && mail.html.contains("&lt;b&gt;"), "{}", mail.html);
    assert!(mail.text.contains("<b>event</b>"));
}

#[test]
fn mail_about_a_notification_says_how_to_unsubscribe_and_one_about_the_account_does_not() {
    for content in samples() {
        let is_notification = matches!(content, MailContent::Notification(_));
        let mail = rendered(&content, Locale::En);
        assert_eq!(mail.text.contains("/unsubscribe#token=usr_1.sig"), is_notification, "{}", mail.text);
    }
}
