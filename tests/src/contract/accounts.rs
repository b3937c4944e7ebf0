//! Contract of accounts: an email and an invite code belong to one account, and concurrent changes are not
//! lost.

use crate::assert_each_eq;
use domain::Code;
use domain::accounts::{
    Account, AccountStatus, Email, EmailHash, InviteCode, KnownEmail, Network, Quota, QuotaUsage, Role,
    ThrottleSubject,
};
use domain::ids::UserId;
use domain::wallet::{LedgerEntry, NewestEntries};
use store::{AccountClosure, ChangedBy, Registered};
use tokio::task::JoinSet;

use super::samples::{account, user};
use super::{ContractBackend, at};

fn email(text: &str) -> Email {
    Email::parse(text).expect("an e-mail")
}

/// Checks that a registration and its repeat succeed, and that a taken id, email or invite code is refused
/// without a write.
pub async fn a_registration_takes_email_and_invite_code(backend: &ContractBackend) {
    let store = backend.store();
    let ann = account("ann", "Ann@Example.com", 1);
    assert_eq!(store.register_account(&ann, None).await.unwrap(), Registered::Done);
    assert_eq!(store.register_account(&ann, None).await.unwrap(), Registered::Done, "a repeat");
    let same_id = account("ann", "other@example.com", 9);
    assert_eq!(
        store.register_account(&same_id, None).await.unwrap(),
        Registered::Exists(Box::new(ann.clone()))
    );
    let same_email = account("bob", "ann@EXAMPLE.com", 2);
    assert_eq!(store.register_account(&same_email, None).await.unwrap(), Registered::EmailTaken);
    let same_code = account("bob", "bob@example.com", 1);
    assert_eq!(store.register_account(&same_code, None).await.unwrap(), Registered::InviteCodeTaken);
    assert_eq!(store.get_account_if_exists(&user("bob")).await.unwrap(), None, "a refusal leaves nothing");
    assert_eq!(store.get_account_by_email(&email("bob@example.com")).await.unwrap(), None);
    assert_eq!(store.get_account_by_email(&email("aNN@example.com")).await.unwrap(), Some(ann.clone()));
    assert_eq!(store.inviter(&InviteCode::new(1)).await.unwrap(), Some(ann.id.clone()));
    assert_eq!(store.inviter(&InviteCode::new(2)).await.unwrap(), None);
    assert_eq!(store.get_account(&user("bob")).await.unwrap_err().code, Code::NotFound);
    assert_eq!(store.get_account(&ann.id).await.unwrap(), ann);
}

/// Checks that one of many concurrent registrations with the same email succeeds, in any letter case.
pub async fn an_email_is_one_accounts(backend: &ContractBackend) {
    let mut racers = JoinSet::new();
    for index in 0..16_u128 {
        let store = backend.store();
        let email = if index % 2 == 0 { "race@example.com" } else { "RACE@Example.COM" };
        let account = account(&format!("racer-{index}"), email, index);
        racers.spawn(
            async move { (account.id.clone(), store.register_account(&account, None).await.unwrap()) },
        );
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        racers.join_all().await.into_iter().partition(|(_, registered)| *registered == Registered::Done);
    assert_eq!(won.len(), 1, "{won:?}");
    assert!(lost.iter().all(|(_, registered)| *registered == Registered::EmailTaken), "{lost:?}");
    let owner = backend.store().get_account_by_email(&email("race@example.com")).await.unwrap();
    assert_eq!(owner.map(|owner| owner.id), Some(won[0].0.clone()));
}

/// Returns the author of an account change: `actor`, without a condition on the actor's own account.
fn by(actor: &UserId) -> ChangedBy<'_> {
    ChangedBy { actor, epoch: None, email_hash_key: "a key", at: at(1) }
}

/// Returns the closing entry of an account whose ledger has no other entries.
fn last_entry(account: &Account) -> LedgerEntry {
    NewestEntries::of(account.id.clone(), Vec::new(), true).unwrap().close(domain::ids::Nonce(7), at(1))
}

fn closing<'a>(account: &'a Account, last_entry: &'a LedgerEntry) -> AccountClosure<'a> {
    AccountClosure { by: by(&account.id), email_hash_days: 1, last_entry }
}

/// Checks that closing an account erases the personal data, releases email and invite code, and stores a
/// keyed hash of the email once.
pub async fn closing_frees_email_and_invite_code(backend: &ContractBackend) {
    let store = backend.store();
    let ann = account("ann", "ann@example.com", 1);
    let _ = store.register_account(&ann, None).await.unwrap();
    let last = last_entry(&ann);
    let how = closing(&ann, &last);
    assert_eq!(store.close_account(&ann, &how).await.unwrap().map(|revoked| revoked.epoch), Some(2));
    assert!(store.close_account(&ann, &how).await.unwrap().is_some(), "a repeat knows its own success");
    let closed = store.get_account(&ann.id).await.unwrap();
    assert_each_eq!((closed.status, AccountStatus::Closed), (closed.person, None), (closed.version, 2));
    assert_eq!(store.close_account(&closed, &how).await.unwrap_err().code, Code::Conflict);
    assert_eq!(store.get_account_by_email(&email("ann@example.com")).await.unwrap(), None);
    let kinds: Vec<_> = store.list_account_audit(&ann.id, None, 9).await.unwrap();
    assert_eq!(kinds.iter().map(|entry| entry.kind.as_ref()).collect::<Vec<_>>(), ["closed", "registered"]);
    let known =
        store.get_known_email(&EmailHash::new("a key", &email("ann@example.com")).unwrap()).await.unwrap();
    assert_eq!(known.accounts.iter().map(|former| &former.id).collect::<Vec<_>>(), [&ann.id]);
    let next = account("next", "ann@example.com", 1);
    let unknown = KnownEmail::unknown(known.hash.clone());
    assert_eq!(store.register_account(&next, Some(&unknown)).await.unwrap(), Registered::Moved);
    assert_eq!(store.register_account(&next, Some(&known)).await.unwrap(), Registered::Done);
    assert_eq!(store.get_account_by_email(&email("ann@example.com")).await.unwrap(), Some(next));
}

/// Checks that the revocation list contains each revocation from its time on.
pub async fn a_revocation_is_in_the_list(backend: &ContractBackend) {
    let store = backend.store();
    let ann = account("ann", "ann@example.com", 1);
    let _ = store.register_account(&ann, None).await.unwrap();
    assert_eq!(store.get_revocations_eventual(at(0)).await.unwrap(), []);
    let ban = |account: &Account| account.with_status(AccountStatus::Banned, &user("admin"));
    let banned = store.change_account(&ann.id, &by(&user("admin")), ban).await.unwrap();
    let listed = store.get_revocations_eventual(at(1)).await.unwrap();
    assert_eq!(listed, [banned.revocation.unwrap()]);
    assert_eq!(store.get_revocations_eventual(at(2)).await.unwrap(), []);
}

/// Checks that at least one administrator remains if all of them concurrently close their accounts or remove
/// their own role, and that the last one gets `LAST_ADMINISTRATOR`.
pub async fn an_administrator_remains(backend: &ContractBackend) {
    let store = backend.store();
    let mut all = Vec::new();
    for number in 0..6_u128 {
        let one = account(&format!("admin-{number}"), &format!("admin-{number}@example.com"), number);
        let one = Account { roles: [Role::User, Role::Admin].into(), ..one };
        assert_eq!(store.register_account(&one, None).await.unwrap(), Registered::Done);
        all.push(one);
    }
    let mut leaving = JoinSet::new();
    for (number, one) in all.iter().cloned().enumerate() {
        let store = backend.store();
        leaving.spawn(async move {
            if number % 2 == 0 {
                return store
                    .close_account(&one, &closing(&one, &last_entry(&one)))
                    .await
                    .map(|done| done.is_some());
            }
            let demote = |account: &Account| account.with_roles(&[Role::User].into());
            store.change_account(&one.id, &by(&one.id), demote).await.map(|_| true)
        });
    }
    let left = leaving.join_all().await;
    let mut remain = Vec::new();
    for one in &all {
        remain
            .extend(Some(store.get_account(&one.id).await.unwrap()).filter(Account::is_active_administrator));
    }
    assert!(!remain.is_empty(), "{left:?}");
    // All other administrators are demoted, so that only one is left.
    for one in &remain[1..] {
        let demote = |account: &Account| account.with_roles(&[Role::User].into());
        store.change_account(&one.id, &by(&one.id), demote).await.unwrap();
    }
    let last = store.close_account(&remain[0], &closing(&remain[0], &last_entry(&remain[0]))).await;
    assert_eq!(last.unwrap_err().code, Code::LastAdministrator);
}

/// Checks that concurrent changes are all applied, and that a change without effect is not written.
pub async fn changes_that_meet_are_all_made(backend: &ContractBackend) {
    let store = backend.store();
    let ann = account("ann", "ann@example.com", 1);
    let _ = store.register_account(&ann, None).await.unwrap();
    let mut writers = JoinSet::new();
    for role in [Role::Operator, Role::Auditor, Role::Admin] {
        let (store, id) = (backend.store(), ann.id.clone());
        writers.spawn(async move {
            let add = |account: &Account| {
                let mut roles = account.roles.clone();
                roles.insert(role);
                account.with_roles(&roles)
            };
            store.change_account(&id, &by(&user("admin")), add).await.unwrap();
        });
    }
    writers.join_all().await;
    let changed = store.get_account(&ann.id).await.unwrap();
    assert_each_eq!((changed.roles.len(), 4), (changed.version, 4));
    let admin = user("admin");
    let same = store.change_account(&ann.id, &by(&admin), |account| Ok(account.clone())).await.unwrap();
    assert_eq!(same.account.version, 4);
    let refused = store.change_account(&ann.id, &by(&admin), |_| Err(domain::Error::forbidden())).await;
    assert_eq!(refused.unwrap_err().code, Code::Forbidden);
    let nobody = store.change_account(&user("nobody"), &by(&admin), |account| Ok(account.clone())).await;
    assert_eq!(nobody.unwrap_err().code, Code::NotFound);
}

/// Checks that a sign-in is recorded only while the account is in the epoch in which the password was
/// verified.
pub async fn a_sign_in_is_noted_in_its_epoch(backend: &ContractBackend) {
    let store = backend.store();
    let ann = account("ann", "ann@example.com", 1);
    let _ = store.register_account(&ann, None).await.unwrap();
    assert!(store.record_login(&ann, at(5)).await.unwrap());
    assert!(store.record_login(&ann, at(5)).await.unwrap(), "a repeat");
    assert!(store.record_login(&ann, at(3)).await.unwrap(), "one that is overtaken");
    let noted = store.get_account(&ann.id).await.unwrap();
    assert_each_eq!((noted.last_login_at, Some(at(5))), (noted.version, 2));
    let ban = |account: &Account| account.with_status(AccountStatus::Banned, &user("admin"));
    store.change_account(&ann.id, &by(&user("admin")), ban).await.unwrap();
    assert!(!store.record_login(&ann, at(9)).await.unwrap(), "the account is in another epoch");
    assert_eq!(store.get_account(&ann.id).await.unwrap().last_login_at, Some(at(5)));
    assert!(!store.record_login(&account("nobody", "nobody@example.com", 2), at(9)).await.unwrap());
}

/// Checks that refreshes within the same quarter of an hour record the user's presence once, and that a
/// refresh of an earlier account epoch records nothing.
pub async fn presence_is_recorded_once_in_its_slot(backend: &ContractBackend) {
    let store = backend.store();
    let ann = account("ann", "ann@example.com", 1);
    let _ = store.register_account(&ann, None).await.unwrap();
    let mut refreshes = JoinSet::new();
    for second in 900..908 {
        let (store, ann) = (backend.store(), ann.clone());
        refreshes.spawn(async move { store.record_presence(&ann, at(second)).await.unwrap() });
    }
    assert!(refreshes.join_all().await.into_iter().all(|recorded| recorded));
    let seen = store.get_account(&ann.id).await.unwrap();
    assert_each_eq!((seen.version, 2), (seen.last_login_at, None));
    assert!(store.record_presence(&ann, at(1799)).await.unwrap());
    assert_eq!(store.get_account(&ann.id).await.unwrap(), seen, "the same quarter");
    assert!(store.record_presence(&ann, at(1800)).await.unwrap());
    assert_eq!(store.get_account(&ann.id).await.unwrap().last_seen_at, Some(at(1800)));
    let ban = |account: &Account| account.with_status(AccountStatus::Banned, &user("admin"));
    store.change_account(&ann.id, &by(&user("admin")), ban).await.unwrap();
    assert!(!store.record_presence(&ann, at(2700)).await.unwrap(), "the account is in another epoch");
}

fn tried(address: &str, name: &str) -> (ThrottleSubject, Quota) {
    let (network, email) = (Network::of(address), email(name));
    (
        ThrottleSubject::account(b"key", &email, Some(&network)),
        Quota::accounts_tried(b"key", &network, &email),
    )
}

/// Checks that concurrent failed sign-ins are all counted, and that no attempt beyond the limit of ten
/// passes.
pub async fn failures_are_counted_under_a_race(backend: &ContractBackend) {
    let (subject, _) = tried("10.0.0.1", "ann@example.com");
    let mut guesses = JoinSet::new();
    for index in 0..40 {
        let (store, subject) = (backend.store(), subject.clone());
        guesses.spawn(async move {
            let seen = store.get_throttle(&subject).await?;
            store.record_failure(&subject, seen, at(0), &format!("request-{index}")).await
        });
    }
    let outcomes = guesses.join_all().await;
    let counted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(refused.into_iter().all(|error| error.code == Code::TooManyRequests));
    assert_eq!(counted, 10, "as many as one after another");
    let throttle = backend.store().get_throttle(&subject).await.unwrap();
    assert_eq!(throttle.check(&subject, at(0)).unwrap_err().code, Code::TooManyRequests);
    throttle.check(&subject, at(15 * 60)).unwrap();
    throttle.check(&tried("10.0.0.2", "ann@example.com").0, at(0)).unwrap();
}

/// Checks that a quota counts each distinct entry of a network once per window, up to its limit.
pub async fn quota_is_used_once_for_each_entry(backend: &ContractBackend) {
    let store = backend.store();
    let of = |user: &str| Quota::registrations(b"key", &Network::of("10.0.0.1"), &UserId::new(user), 3);
    let mut racers = JoinSet::new();
    for index in 0..12 {
        let (store, quota) = (backend.store(), of(&format!("user-{}", index / 2)));
        racers.spawn(async move { store.use_quota(&quota, QuotaUsage::default(), at(10)).await });
    }
    let outcomes = racers.join_all().await;
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(refused.clone().all(|error| error.code == Code::TooManyRequests));
    assert_eq!(refused.count(), 6, "three of six have room, each twice");
    let used = store.get_used(&of("any")).await.unwrap();
    assert_each_eq!((used.window_s, at(0).as_seconds()), (used.entries.len(), 3));
    // A caller that decides on an outdated count cannot exceed the limit.
    let late = store.use_quota(&of("late"), QuotaUsage::default(), at(20)).await.unwrap_err();
    assert_each_eq!((late.code, Code::TooManyRequests), (late.retry_after_s, Some(3581)));
    store.use_quota(&of("late"), used, at(3600)).await.unwrap();
    let used = store.get_used(&of("any")).await.unwrap();
    assert_each_eq!((used.window_s, at(3600).as_seconds()), (used.entries.len(), 1));
}
