use super::*;
use assertions::assert_each_eq;

pub(super) fn account(id: &str, roles: &[Role]) -> Account {
    let person = Person {
        email: Email::parse("Kim@Example.com").unwrap(),
        name: Name::parse("Kim").unwrap(),
        phone: Phone::parse("010-1234-5678"),
        password_hash: PasswordHash::new("hash"),
        registered_hash: None,
        invite_code: InviteCode::new(7),
        has_staff_password: None,
        email_hash: None,
        confirmation: None,
        password_reset: None,
        authenticator: None,
        request_fingerprint: Some("mark".to_owned()),
    };
    let roles = roles.iter().copied().collect();
    Account::register(UserId::new(id), person, roles, None, Timestamp::from_millis(1_000))
}

#[test]
fn the_form_in_the_store_reads_back() {
    let account = Account { last_login_at: Some(Timestamp::from_millis(5)), ..account("a", &[Role::User]) };
    let stored = serde_json::to_value(&account).unwrap();
    assert_eq!(stored["roles"], serde_json::json!(["USER"]));
    assert_eq!(stored["last_login_at"], 5);
    assert_eq!(serde_json::from_value::<Account>(stored).unwrap(), account);
}

#[test]
fn a_role_is_named_as_it_serialises() {
    for role in [Role::User, Role::Operator, Role::Auditor, Role::Admin] {
        assert_eq!(serde_json::json!(role), role.as_ref());
    }
}

#[test]
fn only_a_new_password_ends_the_sessions() {
    let before = account("a", &[Role::User]);
    let named = before
        .changed(&AccountChanges { name: Patch(Name::parse("Lee")), ..AccountChanges::default() })
        .unwrap();
    assert_each_eq!((named.epoch, 1), (named.version, 2));
    let no_phone =
        before.changed(&AccountChanges { phone: Patch(Some(None)), ..AccountChanges::default() }).unwrap();
    assert_eq!(no_phone.person().unwrap().phone, None);
    let hash = Some(PasswordHash::new("other"));
    let safer =
        before.changed(&AccountChanges { password_hash: Patch(hash), ..AccountChanges::default() }).unwrap();
    assert_each_eq!((safer.epoch, 2), (safer.version, 2));
}

#[test]
fn what_changes_nothing_is_no_new_version() {
    let before = account("a", &[Role::Admin]);
    let by = UserId::new("b");
    assert_eq!(before.changed(&AccountChanges::default()).unwrap(), before);
    assert_eq!(before.with_roles(&before.roles).unwrap(), before);
    assert_eq!(before.with_status(AccountStatus::Active, &by).unwrap(), before);
}

#[test]
fn administrators_cannot_shut_themselves_out() {
    let admin = account("a", &[Role::User, Role::Admin]);
    let (own, other) = (&admin.id, &UserId::new("b"));
    for status in [AccountStatus::Banned, AccountStatus::Inactive] {
        assert_eq!(admin.with_status(status, own).unwrap_err().code, Code::Conflict);
        assert_eq!(admin.with_status(status, other).unwrap().epoch, 2);
    }
    assert_eq!(admin.with_status(AccountStatus::Closed, other).unwrap_err().code, Code::Conflict);
}

#[test]
fn closing_erases_the_person_and_is_for_good() {
    let closed = account("a", &[Role::User]).closed().unwrap();
    let stored = serde_json::to_string(&closed).unwrap();
    for personal in ["Kim", "kim", "Example", "010", "hash", "mark"] {
        assert!(!stored.contains(personal), "{stored}");
    }
    assert_each_eq!((closed.epoch, 2), (closed.version, 2));
    let by = UserId::new("b");
    assert_eq!(closed.with_status(AccountStatus::Active, &by).unwrap_err().code, Code::Conflict);
    assert_eq!(closed.with_roles(&Roles::new()).unwrap_err().code, Code::Conflict);
    assert_eq!(closed.changed(&AccountChanges::default()).unwrap_err().code, Code::Forbidden);
}

#[test]
fn role_taken_away_raises_the_epoch_and_a_role_given_does_not() {
    let operator = account("a", &[Role::User, Role::Operator]);
    let more = operator.with_roles(&Roles::from([Role::User, Role::Operator, Role::Admin])).unwrap();
    assert_each_eq!((more.epoch, 1), (more.version, 2));
    let other = more.with_roles(&Roles::from([Role::User, Role::Auditor])).unwrap();
    assert_each_eq!((other.epoch, 2), (other.version, 3));
}

#[test]
fn account_that_is_banned_or_inactive_is_not_closed() {
    let (member, by) = (account("a", &[Role::User]), UserId::new("b"));
    for status in [AccountStatus::Banned, AccountStatus::Inactive] {
        assert_eq!(member.with_status(status, &by).unwrap().closed().unwrap_err().code, Code::Forbidden);
    }
    assert_eq!(member.closed().unwrap().closed().unwrap_err().code, Code::Forbidden);
}

#[test]
fn every_change_of_standing_has_an_audit_entry_and_others_have_none() {
    let (member, by, at) = (account("a", &[Role::User]), UserId::new("b"), Timestamp::from_millis(9));
    let kind = |before: Option<&Account>, after: &Account| {
        AccountAudit::between(before, after, &by, at).map(|entry| entry.kind)
    };
    assert_eq!(kind(None, &member), Some(AccountChangeKind::Registered));
    let named = member
        .changed(&AccountChanges { name: Patch(Name::parse("Lee")), ..AccountChanges::default() })
        .unwrap();
    assert_eq!(kind(Some(&member), &named), None);
    let hash = Some(PasswordHash::new("other"));
    let safer =
        member.changed(&AccountChanges { password_hash: Patch(hash), ..AccountChanges::default() }).unwrap();
    assert_eq!(kind(Some(&member), &safer), Some(AccountChangeKind::PasswordChanged));
    let banned = member.with_status(AccountStatus::Banned, &by).unwrap();
    assert_eq!(kind(Some(&member), &banned), Some(AccountChangeKind::StatusChanged));
    let auditor = member.with_roles(&Roles::from([Role::Auditor])).unwrap();
    let entry = AccountAudit::between(Some(&member), &auditor, &by, at).unwrap();
    assert_each_eq!((entry.kind, AccountChangeKind::RolesChanged), (entry.version, 2), (entry.actor, by));
    assert_eq!(entry.before.unwrap().roles, member.roles);
    assert_eq!(kind(Some(&member), &member.closed().unwrap()), Some(AccountChangeKind::Closed));
}

#[test]
fn revocation_follows_from_a_raised_epoch_unless_the_account_is_let_in() {
    let (member, by, at) = (account("a", &[Role::User]), UserId::new("b"), Timestamp::from_millis(9));
    let banned = member.with_status(AccountStatus::Banned, &by).unwrap();
    assert_eq!(Revocation::between(&member, &banned, at).unwrap().epoch, 2);
    let active = banned.with_status(AccountStatus::Active, &by).unwrap();
    assert_eq!(Revocation::between(&banned, &active, at), None);
    let more = member.with_roles(&Roles::from([Role::User, Role::Operator])).unwrap();
    assert_eq!(Revocation::between(&member, &more, at), None);
    assert!(Revocation::between(&more, &more.with_roles(&member.roles).unwrap(), at).is_some());
}

#[test]
fn invitation_counts_once_for_an_address() {
    let (ann, bob) = (UserId::new("ann"), UserId::new("bob"));
    let until = Timestamp::from_millis(9);
    let former = |invited_by| vec![FormerAccount { id: UserId::new("x"), invited_by, until }];
    let invited = |by: Option<&UserId>, former| Account {
        invited_by: by.cloned(),
        former,
        ..account("a", &[Role::User])
    };
    assert_eq!(invited(None, vec![]).counted_inviter(), None);
    assert_eq!(invited(Some(&ann), vec![]).counted_inviter(), Some(&ann));
    assert_eq!(invited(Some(&ann), former(Some(bob))).counted_inviter(), Some(&ann));
    assert_eq!(invited(Some(&ann), former(Some(ann.clone()))).counted_inviter(), None);
}
