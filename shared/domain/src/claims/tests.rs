mod changes;
mod grants;
mod laws;

use super::{
    Claim, ClaimChange, ClaimChangeKind, ClaimOutcome, EARLIER_KEYS_MAX, Evidence, GrantOutcome, HeldUnit,
    LineName, LineStatus, ReviewDecision, ReviewVerdict,
};
use crate::campaigns::Review;
use crate::ids::Nonce;
use crate::ids::{CampaignId, RewardId, UserId};
use crate::rewards::{Fulfilment, Offer, RewardPayload};
use crate::{Code, Timestamp};
use assertions::assert_each_eq;

fn user() -> UserId {
    UserId::parse("usr_1").unwrap()
}

fn operator() -> UserId {
    UserId::parse("usr_operator").unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000).plus_seconds(seconds)
}

pub(super) fn offer(reward: &str, per_user_limit: u32) -> Offer {
    Offer {
        trail: crate::trail::Trail::default(),
        campaign_id: CampaignId::parse("cmp_1").unwrap(),
        reward_id: RewardId::parse(reward).unwrap(),
        name: "reward".into(),
        payload: RewardPayload::Points(crate::Points(10)),
        fulfilment: Fulfilment::Internal,
        expires_at: None,
        quantity: crate::Quantity::ONE,
        batches: Vec::new(),
        code_buckets: 0,
        per_user_limit,
        condition: None,
        review: None,
        valid_from: None,
        valid_until: None,
        generation: 0,
        removed: false,
        created_at: at(0),
        request_fingerprint: None,
        earlier_fingerprints: Vec::new(),
        version: 1,
    }
}

pub(super) fn claim() -> Claim {
    Claim::new(user(), CampaignId::parse("cmp_1").unwrap(), at(0))
}

fn external(reward: &str, per_user_limit: u32) -> Offer {
    Offer { fulfilment: Fulfilment::External, ..offer(reward, per_user_limit) }
}

fn accepted(review: Review) -> (Claim, Offer) {
    accepted_of(review, offer("rwd_1", 1))
}

/// Settles a non-final attempt for line item `number` of `offer`.
fn settle(claim: &mut Claim, offer: &Offer, number: u32, outcome: &GrantOutcome, second: i64) -> bool {
    settle_with(claim, offer, number, outcome, false, second)
}

/// Settles an attempt for line item `number` of `offer`. `is_last` is `true` if no automatic retry follows.
fn settle_with(
    claim: &mut Claim,
    offer: &Offer,
    number: u32,
    outcome: &GrantOutcome,
    is_last: bool,
    second: i64,
) -> bool {
    let name = LineName { reward_id: offer.reward_id.clone(), number };
    let Some(index) = claim.lines_to_grant(&[name]).first().copied() else { return false };
    if claim.begin(index, Nonce(1)) {
        claim.version += 1;
    }
    let tried = claim.begun(index, is_last).unwrap();
    let news = claim.settle(&tried, outcome, at(second));
    claim.version += u64::from(news);
    news
}

fn gave_up(claim: &mut Claim, offer: &Offer, second: i64) {
    assert!(settle_with(claim, offer, 1, &GrantOutcome::Unknown("timeout".into()), true, second));
}

fn decision<'a>(verdict: ReviewVerdict, by: &'a UserId) -> ReviewDecision<'a> {
    ReviewDecision {
        verdict,
        rewards: &[],
        lines: &[],
        by,
        former: &[],
        note: "note",
        message: None,
        version: None,
    }
}

fn decide(claim: &mut Claim, verdict: ReviewVerdict, second: i64) -> crate::Result<bool> {
    let news = claim.decide(&decision(verdict, &operator()), at(second))?;
    claim.version += u64::from(news);
    Ok(news)
}

fn held(version: u64) -> HeldUnit {
    HeldUnit { stock: "stock".into(), bucket: 0, code: Some("CODE-1".into()), version }
}

fn accepted_of(review: Review, offer: Offer) -> (Claim, Offer) {
    let mut claim = claim();
    claim.accept(&offer, 1, review, Evidence { key: Some("key".into()), ..Evidence::default() }, at(1));
    (claim, offer)
}

#[test]
fn line_in_flight_or_granted_cannot_be_asked_for_again() {
    let (mut claim, offer) = accepted(Review::Auto);
    assert_eq!(claim.ask(&offer, None).unwrap_err().code, Code::AlreadyRequested);
    assert!(settle(&mut claim, &offer, 1, &GrantOutcome::Granted(None), 2));
    assert_eq!(claim.ask(&offer, Some("another")).unwrap_err().code, Code::AlreadyRequested);
}

#[test]
fn key_finds_the_line_that_it_made_whatever_became_of_it() {
    let (mut claim, offer) = accepted_of(Review::Auto, external("rwd_1", 3));
    assert_eq!(claim.ask(&offer, Some("key")).unwrap(), ClaimOutcome::Repeat(0));
    settle(&mut claim, &offer, 1, &GrantOutcome::Refused("no".into()), 2);
    assert_eq!(claim.ask(&offer, Some("key")).unwrap(), ClaimOutcome::Repeat(0), "after it failed");
    assert_eq!(claim.ask(&offer, Some("other")).unwrap(), ClaimOutcome::Number(1));
    let evidence = Evidence { key: Some("other".into()), ..Evidence::default() };
    claim.accept(&offer, 1, Review::Auto, evidence, at(3));
    assert_eq!(
        claim.ask(&offer, Some("key")).unwrap(),
        ClaimOutcome::Repeat(0),
        "after it was asked for again"
    );
    assert_eq!(claim.ask(&offer, Some("other")).unwrap(), ClaimOutcome::Repeat(0));
}

#[test]
fn key_of_a_refused_request_is_decided_anew() {
    let (mut claim, offer) = (claim(), offer("rwd_1", 3));
    let evidence = || Evidence { key: Some("key".into()), ..Evidence::default() };
    claim.refuse(&offer, 1, Code::ConditionNotMet, evidence(), at(1));
    assert_eq!(claim.ask(&offer, Some("key")).unwrap(), ClaimOutcome::Number(1));
    // An older version of dibs stored the `Idempotency-Key` of a request also with a line item that was
    // refused.
    claim.lines[0].key = Some("key".into());
    let claim = of_version_before(claim);
    assert_eq!(claim.ask(&offer, Some("key")).unwrap(), ClaimOutcome::Number(1));
}

/// Reproduces simulation seed 9000805: both line items had failed, and the `Idempotency-Key` of the second
/// was used again.
#[test]
fn key_stands_in_one_line_of_a_reward() {
    let (mut claim, offer) = accepted_of(Review::Auto, external("rwd_1", 3));
    let evidence = || Evidence { key: Some("second".into()), ..Evidence::default() };
    claim.accept(&offer, 2, Review::Auto, evidence(), at(2));
    for number in [1, 2] {
        settle(&mut claim, &offer, number, &GrantOutcome::Refused("no".into()), 3);
    }
    assert_eq!(claim.ask(&offer, Some("second")).unwrap(), ClaimOutcome::Repeat(1));
    // The line item that is asked for again gets the key, and the other one loses it, although an older
    // version of dibs left the key on both.
    claim.accept(&offer, 1, Review::Auto, evidence(), at(4));
    assert_each_eq!((claim.lines[0].key.as_deref(), Some("second")), (claim.lines[1].key.as_deref(), None));
}

#[test]
fn line_keeps_a_bounded_number_of_keys() {
    let (mut claim, offer) = accepted_of(Review::Auto, external("rwd_1", 1));
    for number in 0..20 {
        settle(&mut claim, &offer, 1, &GrantOutcome::Refused("no".into()), 2);
        let evidence = Evidence { key: Some(format!("key{number}")), ..Evidence::default() };
        claim.accept(&offer, 1, Review::Auto, evidence, at(3));
    }
    assert_eq!(claim.lines[0].earlier_keys.len(), EARLIER_KEYS_MAX);
    assert_eq!(claim.ask(&offer, Some("key18")).unwrap(), ClaimOutcome::Repeat(0));
}

#[test]
fn failed_line_is_asked_for_again_under_its_own_number() {
    let (mut claim, offer) = (claim(), offer("rwd_1", 1));
    claim.refuse(&offer, 1, Code::ConditionNotMet, Evidence::default(), at(1));
    assert_eq!(claim.ask(&offer, None).unwrap(), ClaimOutcome::Number(1));
    claim.accept(&offer, 1, Review::Auto, Evidence::default(), at(2));
    assert_each_eq!((claim.lines.len(), 1), (claim.history.len(), 2));
    assert_each_eq!((claim.first_asked_at(0), at(1)), (claim.requested_at(0), at(2)));
}

#[test]
fn user_may_have_a_reward_as_often_as_its_limit_says() {
    let (mut claim, offer) = (claim(), offer("rwd_1", 3));
    for number in 1..=3 {
        assert_eq!(claim.ask(&offer, None).unwrap(), ClaimOutcome::Number(number));
        claim.accept(&offer, number, Review::Auto, Evidence::default(), at(1));
    }
    assert_eq!(claim.ask(&offer, None).unwrap_err().code, Code::AlreadyRequested);
}

#[test]
fn decision_is_made_once_and_its_repeat_is_no_error() {
    let (mut claim, offer) = accepted(Review::Manual);
    assert!(decide(&mut claim, ReviewVerdict::Approve, 2).unwrap());
    assert!(!decide(&mut claim, ReviewVerdict::Approve, 3).unwrap());
    let other = decide(&mut claim, ReviewVerdict::Reject, 4);
    assert_eq!(other.unwrap_err().code, Code::NotInReview);
    assert!(claim.lines[0].status.is_to_grant() && claim.is_to_grant(0));
    assert!(settle(&mut claim, &offer, 1, &GrantOutcome::Granted(None), 5));
    assert!(claim.fully_granted());
}

#[test]
fn rejected_line_stays_rejected() {
    let (mut claim, offer) = accepted(Review::Manual);
    assert!(decide(&mut claim, ReviewVerdict::Reject, 2).unwrap());
    assert_eq!(claim.ask(&offer, None).unwrap_err().code, Code::AlreadyRequested);
    assert!(!claim.has_work());
}

#[test]
fn failed_condition_survives_a_decision_about_another_line() {
    let (mut claim, _) = accepted(Review::Manual);
    let unmet = offer("rwd_2", 1);
    claim.refuse(&unmet, 1, Code::ConditionNotMet, Evidence::default(), at(1));
    assert!(decide(&mut claim, ReviewVerdict::Reject, 2).unwrap());
    let statuses: Vec<LineStatus> = claim.lines.iter().map(|line| line.status).collect();
    assert_eq!(statuses, [LineStatus::Rejected, LineStatus::Failed]);
    assert_eq!(claim.ask(&unmet, None).unwrap(), ClaimOutcome::Number(1));
    // Rejecting the failed line item by name is refused as well.
    let (by, lines) = (operator(), [claim.lines[1].name()]);
    let named = ReviewDecision { lines: &lines, ..decision(ReviewVerdict::Reject, &by) };
    assert_eq!(claim.decide(&named, at(3)).unwrap_err().code, Code::NotInReview);
}

#[test]
fn only_lines_that_are_named_are_decided() {
    let mut claim = claim();
    for (reward, number) in [("rwd_1", 1), ("rwd_2", 1), ("rwd_2", 2)] {
        claim.accept(&offer(reward, 2), number, Review::Manual, Evidence::default(), at(1));
    }
    let (by, rewards) = (operator(), [RewardId::parse("rwd_2").unwrap()]);
    let lines = [LineName { reward_id: rewards[0].clone(), number: 2 }];
    let one = ReviewDecision { lines: &lines, ..decision(ReviewVerdict::Reject, &by) };
    assert!(claim.decide(&one, at(2)).unwrap());
    let all = ReviewDecision { rewards: &rewards, ..decision(ReviewVerdict::Approve, &by) };
    assert!(claim.decide(&all, at(3)).unwrap());
    let statuses: Vec<LineStatus> = claim.lines.iter().map(|line| line.status).collect();
    assert_eq!(statuses, [LineStatus::InReview, LineStatus::Approved, LineStatus::Rejected]);
}

#[test]
fn own_request_is_decided_by_another() {
    let (mut claim, _) = accepted(Review::Manual);
    let own = claim.user_id.clone();
    let refused = claim.decide(&decision(ReviewVerdict::Approve, &own), at(2));
    assert_eq!(refused.unwrap_err().code, Code::OwnRequest);
    assert_eq!(claim.lines[0].status, LineStatus::InReview);
}

#[test]
fn decision_about_another_version_is_refused_and_its_repeat_is_not() {
    let (mut claim, offer) = accepted(Review::Manual);
    claim.version = 1;
    let by = operator();
    let seen = ReviewDecision { version: Some(1), ..decision(ReviewVerdict::Approve, &by) };
    let mut later = claim.clone();
    later.accept(&Offer { per_user_limit: 2, ..offer }, 2, Review::Manual, Evidence::default(), at(2));
    later.version = 2;
    let refused = later.decide(&seen, at(3)).unwrap_err();
    assert_each_eq!((refused.code, Code::ChangedSince), (refused.details.unwrap()["version"], 2));
    assert!(claim.decide(&seen, at(3)).unwrap());
    claim.version = 2;
    assert!(!claim.decide(&seen, at(4)).unwrap(), "the answer was lost, and the decision came again");
    let other = ReviewDecision { verdict: ReviewVerdict::Reject, ..seen };
    assert_eq!(claim.decide(&other, at(5)).unwrap_err().code, Code::ChangedSince);
}

#[test]
fn repeated_failures_are_one_entry_and_push_nothing_out() {
    let (mut claim, offer) = accepted(Review::Manual);
    assert!(decide(&mut claim, ReviewVerdict::Approve, 2).unwrap());
    settle(&mut claim, &offer, 1, &GrantOutcome::Granted(None), 3);
    let unmet = super::tests::offer("rwd_2", 1);
    for second in 10..150 {
        let before = claim.clone();
        claim.refuse(&unmet, 1, Code::ConditionNotMet, Evidence::default(), at(second));
        claim.version += 1;
        assert_eq!(claim.changes_since(Some(&before)).len(), 1, "each is told");
    }
    let kinds: Vec<(ClaimChangeKind, u32)> =
        claim.history.iter().map(|change| (change.kind(), change.times)).collect();
    assert_eq!(
        kinds,
        [
            (ClaimChangeKind::Request, 1),
            (ClaimChangeKind::Decision, 1),
            (ClaimChangeKind::Grant, 1),
            (ClaimChangeKind::FailedRequest, 140)
        ]
    );
    let failed = claim.history.last().unwrap();
    assert_each_eq!((failed.first_at, Some(at(10))), (failed.at, at(149)));
    assert_eq!(claim.granted_at(0), Some(at(3)));
}

#[test]
fn replaced_decision_is_handed_to_the_store() {
    let (mut claim, offer) = accepted_of(Review::Manual, external("rwd_1", 1));
    for round in 0..3 {
        assert!(decide(&mut claim, ReviewVerdict::Approve, 10 * round + 2).unwrap());
        settle(&mut claim, &offer, 1, &GrantOutcome::Refused("no".into()), 10 * round + 3);
        claim.accept(&offer, 1, Review::Manual, Evidence::default(), at(10 * round + 4));
        claim.version += 1;
    }
    let decided: Vec<_> = claim.replaced_decisions.iter().map(|change| (change.at, change.times)).collect();
    assert_eq!(decided, [(at(2), 1), (at(12), 1)]);
    assert_eq!(claim.decision(0).map(|change| (change.at, change.times)), Some((at(22), 3)));
    assert_eq!(claim.decisions_apart(), 2);
}

/// Returns the claim as an older version of dibs wrote it: changes without versions, line items without
/// attempts.
fn of_version_before(mut claim: Claim) -> Claim {
    claim.lines.iter_mut().for_each(|line| line.attempt = None);
    claim.history.iter_mut().for_each(|change| change.version = 0);
    claim
}

#[test]
fn claim_of_the_version_before_tells_its_times_and_changes() {
    let (mut claim, offer) = accepted(Review::Auto);
    settle(&mut claim, &offer, 1, &GrantOutcome::Granted(None), 5);
    let old = of_version_before(claim.clone());
    let text = serde_json::to_value(&old).unwrap();
    assert_eq!(text["history"][0].as_object().unwrap().len(), 4, "as that version wrote it: {text}");
    assert_each_eq!(
        (old.requested_at(0), at(1)),
        (old.first_asked_at(0), at(1)),
        (old.granted_at(0), Some(at(5)))
    );
    let mut before = old.clone();
    before.history.pop();
    let new: Vec<&ClaimChange> = old.changes_since(Some(&before));
    assert_eq!(new.iter().map(|change| change.to).collect::<Vec<_>>(), [LineStatus::Granted]);
}

#[test]
fn a_claim_id_names_its_user_and_campaign() {
    let claim = claim();
    assert_eq!(Claim::parse_id(&claim.id()), Some((claim.user_id, claim.campaign_id)));
    assert_eq!(Claim::parse_id("nonsense"), None);
    assert_eq!(Claim::parse_id("a#b:c"), None);
}

#[test]
fn write_of_a_request_is_known_by_its_number_after_others_went_on() {
    let mut next = claim();
    next.accept(&offer("rwd_1", 2), 1, Review::Auto, Evidence::default(), at(1));
    let mut claim = next.next_by(Nonce(7));
    assert!(claim.is_written_by(Nonce(7)) && !claim.is_written_by(Nonce(8)));
    settle(&mut claim, &offer("rwd_1", 2), 1, &GrantOutcome::Granted(None), 2);
    assert!(claim.is_written_by(Nonce(7)), "a worker leaves it in place");
    for request in [Nonce(8), Nonce(9)] {
        claim = claim.next_by(request);
        assert!(claim.is_written_by(Nonce(7)) && claim.is_written_by(request));
    }
    assert!(!claim.next_by(Nonce(10)).is_written_by(Nonce(7)), "so many are kept");
}

#[test]
fn write_of_a_decision_is_known_after_a_worker_went_on() {
    let (mut claim, offer) = accepted(Review::Manual);
    let before = claim.clone();
    decide(&mut claim, ReviewVerdict::Approve, 2).unwrap();
    let written = claim.clone();
    settle(&mut claim, &offer, 1, &GrantOutcome::Granted(None), 3);
    assert!(claim.has_decisions_of(&written) && written.has_decisions_of(&written));
    assert!(!before.has_decisions_of(&written) && !written.has_decisions_of(&before));
    let mut other = before;
    decide(&mut other, ReviewVerdict::Approve, 4).unwrap();
    assert!(!claim.has_decisions_of(&other), "another operator's");
}
