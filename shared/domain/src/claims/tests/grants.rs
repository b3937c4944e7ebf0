//! Tests of grants whose outcome at the fulfilment service is unknown.

use super::*;
use crate::claims::FulfilmentAttempt;
use crate::ids::Nonce;
use assertions::assert_each_eq;

fn unknown(why: &str) -> GrantOutcome {
    GrantOutcome::Unknown(why.to_owned())
}

fn refused(why: &str) -> GrantOutcome {
    GrantOutcome::Refused(why.to_owned())
}

/// Returns a claim with a line item that holds a unit.
fn holding(review: Review) -> (Claim, Offer) {
    let (mut claim, offer) = (claim(), external("rwd_1", 1));
    let evidence = Evidence { held: Some(held(1)), ..Evidence::default() };
    claim.accept(&offer, 1, review, evidence, at(1));
    claim.version = 1;
    (claim, offer)
}

#[test]
fn first_call_is_written_before_it_is_made() {
    let (mut claim, _) = holding(Review::Auto);
    let attempt =
        |unknown: bool| Some(FulfilmentAttempt { since: 2, unknown, before: false, worker: Nonce(1) });
    assert!(claim.begin(0, Nonce(1)));
    assert_eq!(claim.lines[0].attempt, attempt(false));
    assert!(claim.may_have_acted(0), "the worker may die after the call");
    claim.version = 2;
    assert!(claim.begin(0, Nonce(2)), "the message comes again");
    assert_eq!(claim.lines[0].attempt, attempt(true));
    claim.version = 3;
    assert!(!claim.begin(0, Nonce(3)));
}

#[test]
fn refusal_of_the_only_call_is_final_and_its_unit_returns() {
    let (mut claim, offer) = holding(Review::Auto);
    assert!(settle(&mut claim, &offer, 1, &refused("unknown item"), 2));
    let line = &claim.lines[0];
    assert!(line.is_failed() && line.held.is_none() && line.attempt.is_none());
    assert!(!claim.may_have_acted(0) && !claim.is_to_grant(0));
    assert_eq!(claim.ask(&offer, None).unwrap(), ClaimOutcome::Number(1));
}

#[test]
fn unit_that_the_version_before_took_stays_with_its_refused_line() {
    let (mut claim, offer) = (claim(), external("rwd_1", 1));
    let evidence = Evidence { held: Some(held(0)), ..Evidence::default() };
    claim.accept(&offer, 1, Review::Auto, evidence, at(1));
    assert!(settle(&mut claim, &offer, 1, &refused("unknown item"), 2));
    assert_eq!(claim.lines[0].held, Some(held(0)));
    // An operator releases it by naming the line item.
    assert_eq!(decide(&mut claim, ReviewVerdict::Reject, 3).unwrap_err().code, Code::NotInReview);
    let (by, lines) = (operator(), [claim.lines[0].name()]);
    assert!(
        claim
            .decide(&ReviewDecision { lines: &lines, ..decision(ReviewVerdict::Reject, &by) }, at(4))
            .unwrap()
    );
}

#[test]
fn refusal_after_a_call_without_an_answer_is_no_refusal() {
    let (mut claim, offer) = holding(Review::Auto);
    assert!(settle(&mut claim, &offer, 1, &unknown("timeout"), 2));
    assert!(settle(&mut claim, &offer, 1, &refused("http_404"), 3));
    assert_each_eq!(
        (claim.lines[0].status, LineStatus::Granting),
        (claim.lines[0].held.clone(), Some(held(1)))
    );
    assert!(settle_with(&mut claim, &offer, 1, &refused("http_404"), true, 4));
    assert!(claim.lines[0].is_failed() && claim.may_have_acted(0));
    assert_eq!(claim.lines[0].held, Some(held(1)));
    assert!(settle(&mut claim, &offer, 1, &GrantOutcome::Granted(None), 5), "redriven");
    assert!(claim.fully_granted() && !claim.may_have_acted(0));
}

#[test]
fn refusal_of_one_of_two_calls_at_once_is_no_refusal() {
    let (mut claim, _) = holding(Review::Auto);
    assert!(claim.begin(0, Nonce(1)));
    claim.version = 2;
    let first = claim.begun(0, false).unwrap();
    assert!(claim.begin(0, Nonce(1)));
    claim.version = 3;
    let second = claim.begun(0, false).unwrap();
    for tried in [&first, &second] {
        claim.settle(tried, &refused("http_404"), at(2));
        assert_eq!(claim.lines[0].status, LineStatus::Granting);
        assert!(claim.may_have_acted(0));
    }
}

/// Reproduces simulation seeds 72002670 and 72004698: both workers had read the same version.
#[test]
fn first_calls_of_two_workers_are_not_taken_for_one() {
    let (mut first, _) = holding(Review::Auto);
    let mut second = first.clone();
    assert!(first.begin(0, Nonce(7)) && second.begin(0, Nonce(8)));
    assert_ne!(first, second, "a write that finds its own content takes it for its own success");
    // The second worker finds what the first one wrote.
    let mut claim = Claim { version: 2, ..first };
    assert!(claim.begin(0, Nonce(8)));
    claim.version = 3;
    let tried = claim.begun(0, false).unwrap();
    assert!(claim.settle(&tried, &refused("http_404"), at(2)));
    assert!(claim.may_have_acted(0) && claim.lines[0].status == LineStatus::Granting);
}

/// The version before this one drops the number that it does not know when it writes the claim.
#[test]
fn first_call_whose_number_the_version_before_dropped_is_not_taken_for_the_only_one() {
    let (mut claim, _) = holding(Review::Auto);
    assert!(claim.begin(0, Nonce(7)));
    claim.version = 2;
    let tried = claim.begun(0, false).unwrap();
    let text = serde_json::to_string(&claim).unwrap();
    let mut claim: Claim = serde_json::from_str(&text.replace(",\"worker\":7", "")).unwrap();
    assert!(claim.is_under_way(&tried) && claim.settle(&tried, &refused("http_404"), at(2)));
    assert!(claim.may_have_acted(0) && claim.lines[0].status == LineStatus::Granting);
    assert!(claim.settle(&tried, &GrantOutcome::Granted(None), at(3)));
}

#[test]
fn services_own_word_about_the_grant_is_final_after_any_call() {
    let (mut claim, offer) = holding(Review::Auto);
    settle(&mut claim, &offer, 1, &unknown("timeout"), 2);
    assert!(settle(&mut claim, &offer, 1, &GrantOutcome::Denied("never made".into()), 3));
    assert!(claim.lines[0].is_failed() && claim.lines[0].held.is_none() && !claim.may_have_acted(0));
}

#[test]
fn late_refusal_says_nothing_of_a_newer_request() {
    let (mut claim, offer) = holding(Review::Auto);
    assert!(claim.begin(0, Nonce(1)));
    claim.version = 2;
    let late = claim.begun(0, false).unwrap();
    settle(&mut claim, &offer, 1, &GrantOutcome::Denied("never made".into()), 3);
    claim.accept(&offer, 1, Review::Auto, Evidence::default(), at(4));
    claim.version += 1;
    assert!(claim.begin(0, Nonce(1)));
    claim.version += 1;
    let before = claim.clone();
    for outcome in [refused("http_404"), GrantOutcome::Denied("never".into()), unknown("timeout")] {
        assert!(!claim.settle(&late, &outcome, at(5)));
        assert_eq!(claim, before);
    }
}

#[test]
fn line_that_may_be_handed_over_is_frozen() {
    let (mut claim, offer) = holding(Review::Manual);
    assert!(decide(&mut claim, ReviewVerdict::Approve, 2).unwrap());
    gave_up(&mut claim, &offer, 3);
    let (by, lines) = (operator(), [claim.lines[0].name()]);
    let named = ReviewDecision { lines: &lines, ..decision(ReviewVerdict::Reject, &by) };
    assert_eq!(claim.decide(&named, at(4)).unwrap_err().code, Code::NotInReview);
    let frozen = claim.lines[0].clone();
    let edited = Offer {
        quantity: crate::Quantity(7),
        payload: RewardPayload::Badge("other".into()),
        ..offer.clone()
    };
    assert_eq!(claim.ask(&edited, None).unwrap(), ClaimOutcome::Retry(0));
    claim.refuse(&edited, 1, Code::ConditionUnavailable, Evidence::default(), at(5));
    assert_eq!(claim.lines[0], frozen, "a failed condition");
    claim.accept(&edited, 1, Review::Manual, Evidence::default(), at(6));
    assert_eq!(
        claim.lines[0].status,
        LineStatus::Requested,
        "it was approved before, and is not reviewed again"
    );
    let told = |line: &crate::claims::LineItem| {
        (line.payload.clone(), line.quantity, line.held.clone(), line.attempt)
    };
    assert_eq!(told(&claim.lines[0]), told(&frozen));
    settle(&mut claim, &edited, 1, &refused("unknown item"), 7);
    assert_eq!(decide(&mut claim, ReviewVerdict::Reject, 8).unwrap_err().code, Code::NotInReview);
}

#[test]
fn given_up_line_can_be_approved_by_its_name_to_be_tried_again() {
    let (mut claim, offer) = holding(Review::Auto);
    gave_up(&mut claim, &offer, 2);
    assert_eq!(decide(&mut claim, ReviewVerdict::Approve, 3).unwrap_err().code, Code::NotInReview);
    let (by, lines) = (operator(), [claim.lines[0].name()]);
    assert!(
        claim
            .decide(&ReviewDecision { lines: &lines, ..decision(ReviewVerdict::Approve, &by) }, at(4))
            .unwrap()
    );
    assert!(claim.lines[0].status == LineStatus::Approved && claim.may_have_acted(0));
}

#[test]
fn given_up_line_is_tried_only_by_a_message_that_names_it() {
    let (mut claim, offer) = holding(Review::Auto);
    gave_up(&mut claim, &offer, 2);
    let other = external("rwd_2", 1);
    claim.accept(&other, 1, Review::Auto, Evidence::default(), at(3));
    assert_eq!(claim.lines_to_grant(&[claim.lines[1].name()]), [1]);
    assert_eq!(claim.lines_to_grant(&[claim.lines[0].name()]), [0], "redriven");
    assert_eq!(claim.lines_to_grant(&[]), [1, 0], "a message of the version before; the new one first");
}

#[test]
fn line_that_was_never_asked_for_has_no_unknown_outcome() {
    let (mut claim, offer) = holding(Review::Auto);
    let not_asked = GrantOutcome::NotAsked("not_configured".into());
    assert!(settle_with(&mut claim, &offer, 1, &not_asked, true, 2));
    assert!(claim.lines[0].is_failed() && !claim.may_have_acted(0) && claim.is_to_grant(0));
    assert_eq!(claim.ask(&offer, None).unwrap(), ClaimOutcome::Number(1));
}

/// Reproduces simulation seed 137: two deliveries of one message call the fulfilment service at once, and the
/// one after which nobody tries again ends first.
#[test]
fn trouble_of_one_delivery_is_no_news_where_another_came_to_an_end() {
    for end in [unknown("slow"), GrantOutcome::Denied("never made".into()), GrantOutcome::Granted(None)] {
        let (mut claim, _) = holding(Review::Auto);
        assert!(claim.begin(0, Nonce(1)));
        claim.version = 2;
        let late = claim.begun(0, false).unwrap();
        assert!(claim.begin(0, Nonce(2)));
        claim.version = 3;
        let last = claim.begun(0, true).unwrap();
        assert!(claim.settle(&last, &end, at(2)));
        let ended = claim.clone();
        assert!(!claim.settle(&late, &unknown("late"), at(3)), "after {end:?}");
        assert_eq!(claim, ended, "after {end:?}");
    }
}

#[test]
fn line_of_the_version_before_may_have_been_handed_over() {
    let of = |outcomes: &[GrantOutcome]| {
        let (mut claim, offer) = holding(Review::Auto);
        for (outcome, second) in outcomes.iter().zip(2..) {
            settle_with(&mut claim, &offer, 1, outcome, second > 2, second);
        }
        of_version_before(claim)
    };
    assert!(of(&[]).may_have_acted(0), "that version wrote nothing before it called");
    assert!(of(&[unknown("timeout"), unknown("timeout")]).may_have_acted(0));
    let mut lost_then_refused = of(&[unknown("timeout")]);
    lost_then_refused.change(0, LineStatus::Failed, at(9), None, Some("refused: http_404".into()));
    lost_then_refused.history.last_mut().unwrap().version = 0;
    assert!(lost_then_refused.may_have_acted(0), "which that version took for a refusal");
    assert!(!of(&[refused("http_422")]).may_have_acted(0));
    let mut reviewed = lost_then_refused.clone();
    reviewed.change(0, LineStatus::InReview, at(10), Some(user()), None);
    reviewed.history.last_mut().unwrap().version = 0;
    assert_eq!(decide(&mut reviewed, ReviewVerdict::Reject, 11).unwrap_err().code, Code::NotInReview);
    assert!(decide(&mut reviewed, ReviewVerdict::Approve, 11).unwrap() && reviewed.may_have_acted(0));
    let mut asked_again = lost_then_refused.clone();
    asked_again.retry(0, None, at(11));
    assert!(asked_again.lines[0].attempt.is_some_and(|attempt| attempt.unknown && attempt.before));
    let mut denied = lost_then_refused;
    let offer = external("rwd_1", 1);
    assert!(settle(&mut denied, &offer, 1, &GrantOutcome::Denied("never made".into()), 10));
    assert!(!denied.may_have_acted(0), "the old history is no evidence any more");
}
