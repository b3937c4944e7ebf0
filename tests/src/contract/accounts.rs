//! Accounts: an e-mail and an invite code are one account's, and changes meet without a loss.

use domain::Code;
use domain::accounts::{Account, Email, InviteCode, Role, Status, Subject};
use store::Registered;
use tokio::task::JoinSet;

use super::samples::{account, user};
use super::{Bed, at};

fn email(text: &str) -> Email {
    Email::parse(text).expect("an e-mail")
}

/// Each way in which a registration can end.
pub async fn a_registration_takes_email_and_invite_code(bed: &Bed) {
    let store = bed.store();
    let ann = account("ann", "Ann@Example.com", 1);
    assert_eq!(store.register_account(&ann).await.unwrap(), Registered::Done);
    assert_eq!(store.register_account(&ann).await.unwrap(), Registered::Done, "a repeat");
    let same_id = account("ann", "other@example.com", 9);
    assert_eq!(store.register_account(&same_id).await.unwrap(), Registered::Exists(Box::new(ann.clone())));
    let same_email = account("bob", "ann@EXAMPLE.com", 2);
    assert_eq!(store.register_account(&same_email).await.unwrap(), Registered::EmailTaken);
    let same_code = account("bob", "bob@example.com", 1);
    assert_eq!(store.register_account(&same_code).await.unwrap(), Registered::InviteCodeTaken);
    assert_eq!(store.find_account(&user("bob")).await.unwrap(), None, "a refusal leaves nothing");
    assert_eq!(store.account_by_email(&email("bob@example.com")).await.unwrap(), None);
    assert_eq!(store.account_by_email(&email("aNN@example.com")).await.unwrap(), Some(ann.clone()));
    assert_eq!(store.inviter(&InviteCode::new(1)).await.unwrap(), Some(ann.id.clone()));
    assert_eq!(store.inviter(&InviteCode::new(2)).await.unwrap(), None);
    assert_eq!(store.account(&user("bob")).await.unwrap_err().code, Code::NotFound);
    assert_eq!(store.account(&ann.id).await.unwrap(), ann);
}

/// Of many who register with one e-mail at once, in whatever case, one has it.
pub async fn an_email_is_one_accounts(bed: &Bed) {
    let mut racers = JoinSet::new();
    for index in 0..16_u128 {
        let store = bed.store();
        let email = if index % 2 == 0 { "race@example.com" } else { "RACE@Example.COM" };
        let account = account(&format!("racer-{index}"), email, index);
        racers.spawn(async move { (account.id.clone(), store.register_account(&account).await.unwrap()) });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        racers.join_all().await.into_iter().partition(|(_, registered)| *registered == Registered::Done);
    assert_eq!(won.len(), 1, "{won:?}");
    assert!(lost.iter().all(|(_, registered)| *registered == Registered::EmailTaken), "{lost:?}");
    let owner = bed.store().account_by_email(&email("race@example.com")).await.unwrap();
    assert_eq!(owner.map(|owner| owner.id), Some(won[0].0.clone()));
}

/// Closing erases the person and frees what they had, once.
pub async fn closing_frees_email_and_invite_code(bed: &Bed) {
    let store = bed.store();
    let ann = account("ann", "ann@example.com", 1);
    let _ = store.register_account(&ann).await.unwrap();
    store.close_account(&ann.id).await.unwrap();
    store.close_account(&ann.id).await.unwrap();
    store.close_account(&user("nobody")).await.unwrap();
    let closed = store.account(&ann.id).await.unwrap();
    assert_eq!((closed.status, closed.person, closed.version), (Status::Closed, None, 2));
    assert_eq!(store.account_by_email(&email("ann@example.com")).await.unwrap(), None);
    let next = account("next", "ann@example.com", 1);
    assert_eq!(store.register_account(&next).await.unwrap(), Registered::Done);
    store.close_account(&ann.id).await.unwrap();
    assert_eq!(
        store.account_by_email(&email("ann@example.com")).await.unwrap(),
        Some(next),
        "it is hers now"
    );
}

/// Changes that meet are made one after the other; what changes nothing is not written.
pub async fn changes_that_meet_are_all_made(bed: &Bed) {
    let store = bed.store();
    let ann = account("ann", "ann@example.com", 1);
    let _ = store.register_account(&ann).await.unwrap();
    let mut writers = JoinSet::new();
    for role in [Role::Operator, Role::Auditor, Role::Admin] {
        let (store, id) = (bed.store(), ann.id.clone());
        writers.spawn(async move {
            let add = |account: &Account| {
                let mut roles = account.roles.clone();
                roles.insert(role);
                account.with_roles(&roles, &user("admin"))
            };
            store.change_account(&id, add).await.unwrap();
        });
    }
    writers.join_all().await;
    let changed = store.account(&ann.id).await.unwrap();
    assert_eq!((changed.roles.len(), changed.version), (4, 4));
    let same = store.change_account(&ann.id, |account| Ok(account.clone())).await.unwrap();
    assert_eq!(same.version, 4);
    let refused = store.change_account(&ann.id, |_| Err(domain::Error::forbidden())).await;
    assert_eq!(refused.unwrap_err().code, Code::Forbidden);
    let nobody = store.change_account(&user("nobody"), |account| Ok(account.clone())).await;
    assert_eq!(nobody.unwrap_err().code, Code::NotFound);
}

/// A sign-in is noted while the account is in the epoch that the password was checked in.
pub async fn a_sign_in_is_noted_in_its_epoch(bed: &Bed) {
    let store = bed.store();
    let ann = account("ann", "ann@example.com", 1);
    let _ = store.register_account(&ann).await.unwrap();
    assert!(store.note_login(&ann, at(5)).await.unwrap());
    assert!(store.note_login(&ann, at(5)).await.unwrap(), "a repeat");
    assert!(store.note_login(&ann, at(3)).await.unwrap(), "one that is overtaken");
    let noted = store.account(&ann.id).await.unwrap();
    assert_eq!((noted.last_login_at, noted.version), (Some(at(5)), 2));
    let ban = |account: &Account| account.with_status(Status::Banned, &user("admin"));
    store.change_account(&ann.id, ban).await.unwrap();
    assert!(!store.note_login(&ann, at(9)).await.unwrap(), "the account is in another epoch");
    assert_eq!(store.account(&ann.id).await.unwrap().last_login_at, Some(at(5)));
    assert!(!store.note_login(&account("nobody", "nobody@example.com", 2), at(9)).await.unwrap());
}

/// Failures are counted under any number of guesses at once, and none too many gets through.
pub async fn failures_are_counted_under_a_race(bed: &Bed) {
    let subject = Subject::account(&email("ann@example.com"));
    let mut guesses = JoinSet::new();
    for index in 0..40 {
        let (store, subject) = (bed.store(), Subject::account(&email("ann@example.com")));
        guesses
            .spawn(async move { store.record_failure(&subject, at(0), &format!("request-{index}")).await });
    }
    let outcomes = guesses.join_all().await;
    let counted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(refused.into_iter().all(|error| error.code == Code::TooManyRequests));
    let store = bed.store();
    let check = async |second| store.check_throttle(&subject, at(second)).await;
    assert_eq!(check(0).await.unwrap_err().code, Code::TooManyRequests);
    // As many as one after another would have been.
    let alone = Subject::account(&email("alone@example.com"));
    let mut allowed = 0;
    while store.record_failure(&alone, at(0), &format!("request-{allowed}")).await.is_ok() {
        allowed += 1;
    }
    assert_eq!(counted, allowed);
    check(24 * 3600).await.unwrap();
}
