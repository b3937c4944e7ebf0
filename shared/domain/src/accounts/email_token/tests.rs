use assertions::assert_each_eq;
use proptest::prelude::*;

use super::super::session::tests::account;
use super::super::{AccountStatus, Role};
use super::*;

use EmailTokenKind::{Confirmation, PasswordReset};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn token(account: &Account, number: u32) -> EmailToken {
    EmailToken::new(account.id.clone(), number, &[number as u8; 32])
}

/// Returns an account that issued its first token of `kind` at the time 0, and the token.
fn issued(kind: EmailTokenKind) -> (Account, EmailToken) {
    let account = account(&[Role::User]);
    let token = token(&account, 1);
    (account.with_email_token(kind, &token, at(0)).unwrap(), token)
}

fn password() -> NewPassword {
    NewPassword { hash: PasswordHash::new("new"), is_long_enough_for_staff: true }
}

fn code<T: fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code
}

#[test]
fn token_survives_its_text_and_hides_its_secret() {
    let token = EmailToken::new(UserId::new("1.x"), 7, &[200; 32]);
    let text = token.expose();
    assert_eq!(EmailToken::parse(&format!(" {text}\n")).unwrap(), token);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{text}");
    assert!(!format!("{token:?}").contains(&token.secret), "{token:?}");
    let numbers = [".x.", ".0.", ".07.", ".+7."].map(|number| text.replace(".7.", number));
    let wrong = ["", "x", "usr_1.1", "usr_1..AAAA", &text[..text.len() - 1]];
    for wrong in wrong.into_iter().chain(numbers.iter().map(String::as_str)) {
        assert_eq!(code(EmailToken::parse(wrong)), Code::EmailTokenInvalid, "{wrong}");
    }
}

#[test]
fn account_of_the_version_before_counts_as_confirmed() {
    assert!(account(&[Role::User]).is_email_confirmed());
    assert!(!issued(Confirmation).0.is_email_confirmed());
    assert!(!issued(Confirmation).0.closed().unwrap().is_email_confirmed());
}

#[test]
fn token_confirms_once_and_says_that_it_was_used() {
    let (account, token) = issued(Confirmation);
    let confirmed = account.with_email_confirmed(&token, at(60), Nonce(1)).unwrap();
    assert_each_eq!(
        (confirmed.is_email_confirmed(), true),
        (confirmed.version, account.version + 1),
        (confirmed.epoch, account.epoch)
    );
    assert_eq!(code(confirmed.with_email_confirmed(&token, at(61), Nonce(2))), Code::EmailTokenUsed);
    assert!(!confirmed.may_issue_email_token(Confirmation), "nothing is left to confirm");
}

#[test]
fn two_requests_of_one_moment_do_not_write_the_same_item() {
    let (account, token) = issued(Confirmation);
    let by = |nonce| account.with_email_confirmed(&token, at(60), Nonce(nonce)).unwrap();
    assert_ne!(by(1), by(2));
}

#[test]
fn lifetime_ends_to_the_second() {
    for (kind, seconds) in [(Confirmation, 24 * 60 * 60), (PasswordReset, 60 * 60)] {
        let (account, token) = issued(kind);
        assert!(account.check_email_token(kind, &token, at(seconds - 1)).is_ok());
        let late = account.check_email_token(kind, &token, at(seconds));
        assert_eq!(code(late), Code::EmailTokenExpired, "{kind:?}");
    }
}

#[test]
fn newer_token_supersedes_the_earlier_one() {
    let (account, first) = issued(PasswordReset);
    let second = token(&account, account.next_email_token_number(PasswordReset));
    let account = account.with_email_token(PasswordReset, &second, at(10)).unwrap();
    let reset = |token: &EmailToken| account.with_password_reset(token, &password(), at(20), Nonce(1));
    assert_eq!(code(reset(&first)), Code::EmailTokenSuperseded);
    assert!(reset(&second).is_ok());
}

#[test]
fn token_of_another_account_kind_or_key_is_invalid() {
    let (account, mine) = issued(PasswordReset);
    let other = Account { id: UserId::new("b"), ..account.clone() };
    let check =
        |account: &Account, kind, token: &EmailToken| code(account.check_email_token(kind, token, at(1)));
    assert_eq!(check(&other, PasswordReset, &mine), Code::EmailTokenInvalid);
    assert_eq!(check(&account, Confirmation, &mine), Code::EmailTokenInvalid);
    let forged = EmailToken::new(account.id.clone(), 1, &[9; 32]);
    assert_eq!(check(&account, PasswordReset, &forged), Code::EmailTokenInvalid);
    assert_eq!(check(&account, PasswordReset, &token(&account, 2)), Code::EmailTokenInvalid);
    assert_eq!(check(&account.closed().unwrap(), PasswordReset, &mine), Code::EmailTokenInvalid);
    let banned = account.with_status(AccountStatus::Banned, &UserId::new("admin")).unwrap();
    assert_eq!(check(&banned, PasswordReset, &mine), Code::Forbidden);
    assert!(!banned.may_issue_email_token(PasswordReset), "a banned account gets no mail");
}

#[test]
fn reset_ends_sessions_and_confirms_the_address() {
    let (account, _) = issued(Confirmation);
    let token = token(&account, 1);
    let account = account.with_email_token(PasswordReset, &token, at(0)).unwrap();
    let reset = account.with_password_reset(&token, &password(), at(60), Nonce(1)).unwrap();
    let person = reset.person().unwrap();
    assert_each_eq!(
        (reset.epoch, account.epoch + 1),
        (reset.is_email_confirmed(), true),
        (person.password_hash.as_str(), "new"),
        (person.has_staff_password, Some(true))
    );
    assert_eq!(code(reset.with_password_reset(&token, &password(), at(61), Nonce(2))), Code::EmailTokenUsed);
}

proptest! {
    #[test]
    fn of_all_issued_tokens_only_the_newest_works_and_only_once(issues in 1u32..6, uses in prop::collection::vec(0u32..7, 1..20)) {
        let mut account = account(&[Role::User]);
        for number in 1..=issues {
            account = account.with_email_token(PasswordReset, &token(&account, number), at(0)).unwrap();
        }
        let mut used = 0;
        for (nonce, number) in uses.into_iter().enumerate() {
            let token = token(&account, number);
            match account.with_password_reset(&token, &password(), at(1), Nonce(nonce as u64 + 1)) {
                Ok(next) => {
                    prop_assert_eq!(number, issues);
                    used += 1;
                    account = next;
                }
                Err(error) if number < issues => prop_assert_eq!(error.code, Code::EmailTokenSuperseded),
                Err(error) if number > issues => prop_assert_eq!(error.code, Code::EmailTokenInvalid),
                Err(error) => prop_assert_eq!(error.code, Code::EmailTokenUsed),
            }
        }
        prop_assert!(used <= 1);
    }
}
