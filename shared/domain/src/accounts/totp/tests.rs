use assertions::assert_each_eq;
use proptest::prelude::*;

use super::super::Role;
use super::super::session::tests::account;
use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn secret() -> TotpSecret {
    TotpSecret::from_bytes(b"12345678901234567890".to_vec())
}

fn totp(seconds: i64) -> SecondFactor {
    SecondFactor::Totp(secret().code(at(seconds)).unwrap())
}

fn recovery() -> Vec<RecoveryCode> {
    (1..=RECOVERY_CODES as u128).map(|number| RecoveryCode::new(number * 0x1_0000_0001_0001)).collect()
}

/// Returns an account whose app was confirmed at the time 0 with the code of the first step.
fn enrolled() -> Account {
    let waiting = account(&[Role::Operator]).with_totp_enrolled("sealed", at(0)).unwrap();
    waiting
        .with_totp_confirmed(&secret(), &secret().code(at(0)).unwrap(), &recovery(), at(0), Nonce(1))
        .unwrap()
}

fn used(account: &Account, factor: &SecondFactor, now: i64) -> Result<Account> {
    let by = Nonce(account.version * 10_000 + now as u64);
    account.with_second_factor(&secret(), factor, at(now), by)
}

fn code<T: fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code
}

#[test]
fn codes_are_those_of_rfc_6238() {
    // Appendix B, SHA-1; its eight digits end in these six.
    for (seconds, digits) in
        [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
    {
        assert_eq!(secret().code(at(seconds)).unwrap().as_str(), digits, "at {seconds}");
    }
}

#[test]
fn uri_names_the_service_and_the_account() {
    let uri = secret().uri("kim+a@example.com").unwrap();
    assert!(uri.starts_with("otpauth://totp/dibs:kim"), "{uri}");
    assert!(
        uri.contains(&format!("secret={}", secret().base32().unwrap())) && uri.contains("issuer=dibs"),
        "{uri}"
    );
}

#[test]
fn app_counts_from_its_confirmation_on_which_ends_sessions() {
    let fresh = account(&[Role::Operator]);
    let waiting = fresh.with_totp_enrolled("sealed", at(0)).unwrap();
    assert_each_eq!((waiting.has_totp(), false), (waiting.epoch, fresh.epoch));
    assert_each_eq!((enrolled().has_totp(), true), (enrolled().epoch, fresh.epoch + 1));
    assert_eq!(code(enrolled().with_totp_enrolled("other", at(1))), Code::Conflict);
    let removed = enrolled().without_totp();
    assert_each_eq!((removed.has_totp(), false), (removed.epoch, enrolled().epoch + 1));
    let again =
        enrolled().with_totp_confirmed(&secret(), &secret().code(at(60)).unwrap(), &[], at(60), Nonce(2));
    assert_eq!(code(again), Code::Conflict);
}

#[test]
fn clock_may_be_a_step_off_and_farther_has_an_answer_of_its_own() {
    let account = enrolled();
    for off in [-30, 0, 30] {
        assert!(used(&account, &totp(600 + off), 600).is_ok(), "{off} seconds");
    }
    for off in [-120, -60, 60, 120] {
        assert_eq!(code(used(&account, &totp(600 + off), 600)), Code::TotpClockOff, "{off} seconds");
    }
    for off in [-150, 150] {
        assert_eq!(code(used(&account, &totp(600 + off), 600)), Code::TotpWrong, "{off} seconds");
    }
}

#[test]
fn code_is_accepted_once_and_none_before_it_afterwards() {
    let account = used(&enrolled(), &totp(600), 600).unwrap();
    for (shown, now) in [(600, 600), (600, 629), (570, 600)] {
        assert_eq!(code(used(&account, &totp(shown), now)), Code::TotpUsed, "code of {shown} at {now}");
    }
    assert!(used(&account, &totp(630), 630).is_ok());
    // The code that confirmed the app is used, too.
    assert_eq!(code(used(&enrolled(), &totp(0), 5)), Code::TotpUsed);
}

#[test]
fn request_recognizes_its_own_earlier_write() {
    let by = |account: &Account, by| account.with_second_factor(&secret(), &totp(600), at(600), Nonce(by));
    let account = by(&enrolled(), 7).unwrap();
    assert_eq!(by(&account, 7).unwrap(), account);
    assert_eq!(code(by(&account, 8)), Code::TotpUsed);
}

#[test]
fn recovery_code_works_once_in_any_spelling() {
    let (account, codes) = (enrolled(), recovery());
    let spelled = codes[3].expose().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    let factor = SecondFactor::Recovery(RecoveryCode(spelled));
    let account = used(&account, &factor, 600).unwrap();
    assert_eq!(code(used(&account, &factor, 601)), Code::TotpWrong);
    assert!(used(&account, &SecondFactor::Recovery(codes[4].clone()), 602).is_ok());
    let unknown = SecondFactor::Recovery(RecoveryCode::new(99));
    assert_eq!(code(used(&account, &unknown, 603)), Code::TotpWrong);
}

#[test]
fn secrets_and_codes_are_not_printed() {
    let shown = format!("{:?} {:?}", totp(600), SecondFactor::Recovery(RecoveryCode::new(99)));
    assert!(!shown.contains(secret().code(at(600)).unwrap().as_str()), "{shown}");
    assert!(!shown.contains(RecoveryCode::new(99).expose()), "{shown}");
}

#[test]
fn staff_without_an_app_may_only_enrol() {
    let roles = |roles: &[Role]| roles.iter().copied().collect::<Roles>();
    assert!(check_staff_totp(&roles(&[Role::User]), false).is_ok());
    for role in [Role::Operator, Role::Auditor, Role::Admin] {
        assert_eq!(code(check_staff_totp(&roles(&[Role::User, role]), false)), Code::TotpEnrolmentRequired);
        assert!(check_staff_totp(&roles(&[role]), true).is_ok());
    }
}

proptest! {
    #[test]
    fn no_code_is_accepted_twice_and_steps_only_rise(tries in prop::collection::vec((-3i64..=3, 0i64..60), 1..40)) {
        let (mut account, mut now, mut accepted) = (enrolled(), 600, Vec::new());
        for (off, passed) in tries {
            now += passed;
            let shown = now + off * 30;
            if let Ok(next) = used(&account, &totp(shown), now) {
                let step = shown / 30;
                prop_assert!(off.abs() <= 1);
                prop_assert!(accepted.last().is_none_or(|last| *last < step));
                accepted.push(step);
                account = next;
            }
        }
    }
}
