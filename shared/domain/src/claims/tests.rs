use proptest::collection::vec;
use proptest::prelude::*;

use super::{Ask, Claim, Evidence, GrantOutcome, HISTORY_MAX, Status, Verdict};
use crate::campaigns::Review;
use crate::ids::{CampaignId, RewardId, UserId};
use crate::rewards::{Fulfilment, Gift, Offer};
use crate::{Code, Timestamp};

fn user() -> UserId {
    UserId::parse("usr_1").unwrap()
}

fn operator() -> UserId {
    UserId::parse("usr_operator").unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000).plus_seconds(seconds)
}

fn offer(reward: &str, per_user_limit: u32) -> Offer {
    Offer {
        campaign_id: CampaignId::parse("cmp_1").unwrap(),
        reward_id: RewardId::parse(reward).unwrap(),
        name: "reward".into(),
        gift: Gift::Points(10),
        fulfilment: Fulfilment::Internal,
        expires_at: None,
        quantity: 1,
        lots: Vec::new(),
        code_buckets: 0,
        per_user_limit,
        condition: None,
        review: None,
        valid_from: None,
        valid_until: None,
        generation: 0,
        removed: false,
        created_at: at(0),
        mark: None,
        earlier_marks: Vec::new(),
        version: 1,
    }
}

fn claim() -> Claim {
    Claim::new(user(), CampaignId::parse("cmp_1").unwrap(), at(0))
}

fn accepted(review: Review) -> (Claim, Offer) {
    let (mut claim, offer) = (claim(), offer("rwd_1", 1));
    claim.accept(&offer, 1, review, Evidence { key: Some("key".into()), ..Evidence::default() }, at(1));
    (claim, offer)
}

#[test]
fn what_is_in_flight_or_granted_is_not_asked_for_again() {
    let (mut claim, offer) = accepted(Review::Auto);
    assert_eq!(claim.ask(&offer, None).unwrap_err().code, Code::AlreadyRequested);
    assert!(claim.settle(&offer.reward_id, 1, &GrantOutcome::Granted(None), at(2)));
    assert_eq!(claim.ask(&offer, Some("another")).unwrap_err().code, Code::AlreadyRequested);
}

#[test]
fn the_same_key_finds_the_line_that_it_made() {
    let (claim, offer) = accepted(Review::Auto);
    assert_eq!(claim.ask(&offer, Some("key")).unwrap(), Ask::Repeat(0));
}

#[test]
fn what_only_failed_is_asked_for_again_under_its_own_number() {
    let (mut claim, offer) = (claim(), offer("rwd_1", 1));
    claim.refuse(&offer, 1, Code::ConditionNotMet, Evidence::default(), at(1));
    assert_eq!(claim.ask(&offer, None).unwrap(), Ask::Number(1));
    claim.accept(&offer, 1, Review::Auto, Evidence::default(), at(2));
    assert_eq!((claim.lines.len(), claim.history.len()), (1, 2));
}

#[test]
fn a_user_may_have_a_reward_as_often_as_its_limit_says() {
    let (mut claim, offer) = (claim(), offer("rwd_1", 3));
    for number in 1..=3 {
        assert_eq!(claim.ask(&offer, None).unwrap(), Ask::Number(number));
        claim.accept(&offer, number, Review::Auto, Evidence::default(), at(1));
    }
    assert_eq!(claim.ask(&offer, None).unwrap_err().code, Code::AlreadyRequested);
}

#[test]
fn a_decision_is_made_once_and_its_repeat_is_no_error() {
    let (mut claim, offer) = accepted(Review::Manual);
    assert!(claim.decide(Verdict::Approve, &[], &operator(), "fine", at(2)).unwrap());
    assert!(!claim.decide(Verdict::Approve, &[], &operator(), "fine", at(3)).unwrap());
    let other = claim.decide(Verdict::Reject, &[], &operator(), "not fine", at(4));
    assert_eq!(other.unwrap_err().code, Code::NotInReview);
    assert!(claim.lines[0].status.is_to_grant() && claim.is_to_grant(0));
    assert!(claim.settle(&offer.reward_id, 1, &GrantOutcome::Granted(None), at(5)));
    assert!(claim.fully_granted());
}

#[test]
fn a_rejected_line_stays_rejected() {
    let (mut claim, offer) = accepted(Review::Manual);
    assert!(claim.decide(Verdict::Reject, &[], &operator(), "no", at(2)).unwrap());
    assert_eq!(claim.ask(&offer, None).unwrap_err().code, Code::AlreadyRequested);
    assert!(!claim.has_work());
}

#[test]
fn only_lines_of_the_named_rewards_are_decided() {
    let mut claim = claim();
    for reward in ["rwd_1", "rwd_2"] {
        claim.accept(&offer(reward, 1), 1, Review::Manual, Evidence::default(), at(1));
    }
    let named = [RewardId::parse("rwd_2").unwrap()];
    assert!(claim.decide(Verdict::Approve, &named, &operator(), "fine", at(2)).unwrap());
    assert_eq!(claim.lines[0].status, Status::InReview);
    assert_eq!(claim.lines[1].status, Status::Approved);
}

#[test]
fn what_was_given_up_comes_back_from_the_dead_letters_and_what_was_refused_does_not() {
    let (mut claim, offer) = accepted(Review::Auto);
    claim.settle(&offer.reward_id, 1, &GrantOutcome::GaveUp("http_503".into()), at(2));
    assert!(claim.lines[0].is_failed() && claim.is_to_grant(0));
    claim.settle(&offer.reward_id, 1, &GrantOutcome::Refused("unknown item".into()), at(3));
    assert!(claim.lines[0].is_failed() && !claim.is_to_grant(0));
}

#[test]
fn nobody_says_no_to_what_the_fulfilment_service_may_have_done() {
    let (mut claim, offer) = accepted(Review::Manual);
    assert!(claim.decide(Verdict::Approve, &[], &operator(), "fine", at(2)).unwrap());
    claim.settle(&offer.reward_id, 1, &GrantOutcome::GaveUp("timeout".into()), at(3));
    assert_eq!(
        claim.decide(Verdict::Reject, &[], &operator(), "no", at(4)).unwrap_err().code,
        Code::NotInReview
    );
    assert_eq!(claim.ask(&offer, None).unwrap(), Ask::Number(1));
    claim.accept(&offer, 1, Review::Manual, Evidence::default(), at(5));
    assert_eq!(claim.lines[0].status, Status::Requested, "it was approved before, and is not reviewed again");
    claim.settle(&offer.reward_id, 1, &GrantOutcome::Refused("unknown item".into()), at(6));
    assert!(claim.decide(Verdict::Reject, &[], &operator(), "no", at(7)).unwrap());
}

#[test]
fn the_trouble_of_one_delivery_is_no_news_where_another_came_to_an_end() {
    for end in [GrantOutcome::Refused("no".into()), GrantOutcome::GaveUp("slow".into())] {
        let (mut claim, offer) = accepted(Review::Auto);
        assert!(claim.settle(&offer.reward_id, 1, &end, at(2)));
        let ended = claim.clone();
        assert!(!claim.settle(&offer.reward_id, 1, &GrantOutcome::Unfinished("late".into()), at(3)));
        assert_eq!(claim, ended);
    }
}

#[test]
fn two_equal_changes_are_two_changes() {
    let (mut claim, offer) = (claim(), offer("rwd_1", 1));
    claim.refuse(&offer, 1, Code::ConditionNotMet, Evidence::default(), at(1));
    let before = claim.clone();
    claim.refuse(&offer, 1, Code::ConditionNotMet, Evidence::default(), at(1));
    assert_eq!(claim.changes_since(Some(&before)).len(), 1);
    assert_eq!(claim.changes_since(None).len(), 2);
}

#[test]
fn changes_are_told_apart_when_the_oldest_had_to_go() {
    let (mut claim, offer) = (claim(), offer("rwd_1", 1));
    for second in 0..i64::try_from(HISTORY_MAX).unwrap() {
        claim.refuse(&offer, 1, Code::ConditionNotMet, Evidence::default(), at(second));
    }
    let before = claim.clone();
    claim.refuse(&offer, 1, Code::ConditionNotMet, Evidence::default(), at(1_000));
    assert_eq!(claim.history.len(), HISTORY_MAX);
    assert_eq!(claim.changes_since(Some(&before)), &claim.history[HISTORY_MAX - 1..]);
}

#[test]
fn a_claim_id_names_its_user_and_campaign() {
    let claim = claim();
    assert_eq!(Claim::parse_id(&claim.id()), Some((claim.user_id, claim.campaign_id)));
    assert_eq!(Claim::parse_id("nonsense"), None);
    assert_eq!(Claim::parse_id("a#b:c"), None);
}

#[derive(Clone, Debug)]
enum Step {
    Ask(usize, Option<u8>, Review, bool),
    Decide(Verdict, Option<usize>),
    Settle(usize, u32, GrantOutcome),
}

fn step() -> impl Strategy<Value = Step> {
    let review = prop_oneof![Just(Review::Auto), Just(Review::Manual)];
    let outcome = prop_oneof![
        Just(GrantOutcome::Granted(None)),
        Just(GrantOutcome::Unfinished("slow".into())),
        Just(GrantOutcome::GaveUp("slow".into())),
        Just(GrantOutcome::Refused("no".into())),
    ];
    prop_oneof![
        (0..3usize, proptest::option::of(0..3u8), review, any::<bool>())
            .prop_map(|(reward, key, review, met)| Step::Ask(reward, key, review, met)),
        (prop_oneof![Just(Verdict::Approve), Just(Verdict::Reject)], proptest::option::of(0..3usize))
            .prop_map(|(verdict, reward)| Step::Decide(verdict, reward)),
        (0..3usize, 1..3u32, outcome)
            .prop_map(|(reward, number, outcome)| Step::Settle(reward, number, outcome)),
    ]
}

fn take(claim: &mut Claim, offers: &[Offer], step: &Step, now: Timestamp) {
    match step {
        Step::Ask(reward, key, review, met) => {
            let (offer, key) = (&offers[*reward], key.map(|key| format!("key{key}")));
            let Ok(Ask::Number(number)) = claim.ask(offer, key.as_deref()) else { return };
            let evidence = Evidence { key, ..Evidence::default() };
            if *met {
                claim.accept(offer, number, *review, evidence, now);
            } else {
                claim.refuse(offer, number, Code::ConditionNotMet, evidence, now);
            }
        }
        Step::Decide(verdict, reward) => {
            let named: Vec<RewardId> = reward.iter().map(|index| offers[*index].reward_id.clone()).collect();
            // That there is nothing to decide about is a fine answer here.
            drop(claim.decide(*verdict, &named, &operator(), "why", now));
        }
        // A worker settles only what it was told to grant.
        Step::Settle(reward, number, outcome) => {
            let id = &offers[*reward].reward_id;
            let index = claim.lines.iter().position(|line| line.reward_id == *id && line.number == *number);
            if index.is_some_and(|index| claim.is_to_grant(index)) {
                claim.settle(id, *number, outcome, now);
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_a_line_is_had_once_and_its_last_change_is_where_it_stands(
        steps in vec(step(), 0..60)
    ) {
        let offers = [offer("rwd_1", 1), offer("rwd_2", 2), offer("rwd_3", 3)];
        let mut claim = claim();
        for (second, step) in steps.iter().enumerate() {
            let before = claim.clone();
            take(&mut claim, &offers, step, at(i64::try_from(second).unwrap()));
            for (index, line) in before.lines.iter().enumerate() {
                if matches!(line.status, Status::Granted | Status::Rejected) {
                    prop_assert_eq!(&claim.lines[index], line, "a final line changed");
                }
            }
        }
        let mut names: Vec<_> = claim.lines.iter().map(|line| (&line.reward_id, line.number)).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), claim.lines.len(), "a line is there twice");
        for offer in &offers {
            let lines = claim.lines.iter().filter(|line| line.reward_id == offer.reward_id).count();
            prop_assert!(lines <= offer.per_user_limit as usize);
        }
        for (index, line) in claim.lines.iter().enumerate() {
            let last = claim.history.iter().rev().find(|change| change.line == index);
            prop_assert!(last.is_none_or(|change| change.to == line.status));
        }
    }

    #[test]
    fn the_same_outcome_twice_changes_nothing(steps in vec(step(), 0..40)) {
        let offers = [offer("rwd_1", 1), offer("rwd_2", 2), offer("rwd_3", 3)];
        let mut claim = claim();
        for step in &steps {
            take(&mut claim, &offers, step, at(1));
            if let Step::Settle(reward, number, outcome) = step {
                let once = claim.clone();
                claim.settle(&offers[*reward].reward_id, *number, outcome, at(2));
                let settled = once.lines.iter().any(|line| {
                    line.reward_id == offers[*reward].reward_id
                        && line.number == *number
                        && matches!(line.status, Status::Granted)
                });
                if settled {
                    prop_assert_eq!(&claim, &once);
                }
                claim = once;
            }
        }
    }
}
