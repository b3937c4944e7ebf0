//! Invariants of accounts: there is always an administrator, a ban is effective and survives closing the
//! account, refreshing never ends a session, and limits per person survive a new registration.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::accounts::{Account, AccountStatus, Role};
use domain::claims;
use domain::ids::UserId;
use store::schema::ACCOUNTS;

use super::Case;
use crate::simulation::actors::members::{Member, cookie_header};
use crate::simulation::records::accounts::{AccountAction, AccountRequest};
use crate::simulation::workload::Workload;
use crate::simulation::world::histories::writes::read;

/// Time after which every instance knows of a ban: at most a second between two reads of the revocation list,
/// the replication lag, and the time that a response takes.
const BAN_COUNTS_AFTER: Duration = Duration::from_secs(4);
/// Number of the member who registers after everything has settled.
const LATE_MEMBER: usize = 90;

/// Checks that at least one active account has the role `ADMIN`.
pub fn there_is_an_administrator(case: &Case<'_>) -> Vec<String> {
    if !case.workload.world.core.env.theme.accounts {
        return Vec::new();
    }
    let items = case.workload.world.core.scan(&ACCOUNTS).into_iter();
    let accounts =
        items.filter(|item| item["roles"].is_object() && item["epoch"].is_object()).map(read::<Account>);
    let mut active =
        accounts.filter(|one| one.status == AccountStatus::Active && one.roles.contains(&Role::Admin));
    active.next().map_or_else(|| vec!["there is no administrator any more".to_owned()], |_| Vec::new())
}

/// Checks that all refreshes with one refresh token get the same successor, and that none is refused unless
/// the session may have ended.
pub fn refreshing_signs_nobody_out(case: &Case<'_>) -> Vec<String> {
    let requests = case.workload.account_requests.all();
    let mut by_token: BTreeMap<&String, Vec<&AccountRequest>> = BTreeMap::new();
    for record in &requests {
        if let AccountAction::Refresh(shown) = &record.action {
            by_token.entry(shown).or_default().push(record);
        }
    }
    let mut violations = Vec::new();
    for (token, tries) in &by_token {
        let renewed = tries.iter().filter(|record| record.answer.status() == 200);
        let mut successors: BTreeSet<String> =
            renewed.map(|record| cookie_header(record.answer.cookies())).collect();
        // A refresh token that is not yet due for renewal is answered with itself, or without a cookie.
        successors.retain(|successor| successor != *token && !successor.is_empty());
        if successors.len() > 1 {
            violations.push(format!("one refresh token got {} successors: {tries:?}", successors.len()));
        }
        let refused = tries.iter().filter(|record| record.answer.status() == 401);
        violations.extend(
            refused
                .filter(|record| !is_over(&requests, record))
                .map(|record| format!("was signed out: {record:?}")),
        );
    }
    violations
}

/// Returns `true` if the session of a refused refresh may have ended: the account was banned or closed, or
/// the member signed out, by a request that was not refused.
fn is_over(requests: &[AccountRequest], refused: &AccountRequest) -> bool {
    requests.iter().any(|record| {
        let ends = matches!(
            record.action,
            AccountAction::SetStatus(_) | AccountAction::Close | AccountAction::SignOut
        );
        let may_be = !matches!(record.answer.status(), 400..500);
        ends && may_be && record.member == refused.member && record.sent_ms <= refused.came_ms
    })
}

/// Checks that a person who closed an account and registered again under the same email exceeds no limit per
/// user.
pub fn one_person_has_what_one_person_may(case: &Case<'_>) -> Vec<String> {
    let mut accounts: BTreeMap<usize, BTreeSet<UserId>> = BTreeMap::new();
    for record in case.workload.account_requests.all() {
        accounts.entry(record.member).or_default().extend(record.account);
    }
    let mut violations = Vec::new();
    for (member, ids) in accounts {
        for offer in &case.workload.rewards.offers {
            let of_person = case.facts.lines().filter(|(claim, line)| {
                ids.contains(&claim.user_id)
                    && claim.campaign_id == offer.campaign
                    && line.reward_id == offer.reward
                    && line.status != claims::LineStatus::Failed
            });
            let count = of_person.count() as u64;
            if count > offer.per_user_limit {
                violations.push(format!("member {member} has {} {count} times with {ids:?}", offer.reward));
            }
        }
    }
    violations
}

/// Bans a new member after all faults have ended. Checks that their access token, session and email are
/// refused from then on, that closing the account does not lift the ban, and that an administrator can lift
/// it.
pub async fn bans_count(workload: &Workload) -> Vec<String> {
    if !workload.world.core.env.theme.accounts {
        return Vec::new();
    }
    let mut violations = Vec::new();
    let mut expect = |what: &str, answer: &super::super::world::Answer, statuses: &[u16]| {
        if !statuses.contains(&answer.status()) {
            violations.push(format!("{what} was answered with {answer:?}"));
        }
    };
    workload.restore_administrators().await;
    tokio::time::sleep(BAN_COUNTS_AFTER).await;
    let mut member = Member::new(workload.clone(), LATE_MEMBER);
    let [registered, signed_in] = member.come_back().await;
    expect("a registration", &registered, &[201]);
    expect("a sign-in", &signed_in, &[200]);
    let Some(id) = registered.data()["id"].as_str().and_then(UserId::parse) else { return violations };
    let banned = workload.set_status(0, LATE_MEMBER, &id, "banned").await;
    expect("a ban", &banned, &[200]);
    tokio::time::sleep(BAN_COUNTS_AFTER).await;
    for _ in 0..workload.world.api.len() * 2 {
        let [used, refreshed, closed, signed_in] = member.try_all().await;
        expect("a call of a banned user", &used, &[401, 403]);
        expect("a refresh of a banned user", &refreshed, &[401, 403]);
        expect("closing a banned account", &closed, &[401, 403]);
        expect("a sign-in of a banned user", &signed_in, &[401, 403]);
    }
    let [again, _] = Member::new(workload.clone(), LATE_MEMBER).come_back().await;
    // A ban outlives the account, so the refusal must not be that the email is in use.
    expect("a registration of a banned e-mail", &again, &[403]);
    let lifted = workload.set_status(1, LATE_MEMBER, &id, "active").await;
    expect("lifting a ban", &lifted, &[200]);
    // The sign-in finds the account by an eventually consistent read.
    tokio::time::sleep(BAN_COUNTS_AFTER).await;
    let [_, signed_in] = member.come_back().await;
    expect("a sign-in after the ban", &signed_in, &[200]);
    violations
}
