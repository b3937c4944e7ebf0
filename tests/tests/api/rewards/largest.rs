//! Tests of the largest requests that are accepted: they fit into one item, are granted, decided, and decided
//! again.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::Timestamp;
use domain::campaigns::Review;
use domain::claims::{
    Claim, ClaimSize, EvaluatedCondition, Evidence, GrantOutcome, HeldUnit, LINES_MAX, ReviewDecision,
    ReviewVerdict,
};
use domain::conditions::{Condition, Evaluation};
use domain::ids::{CampaignId, Nonce, UserId};
use domain::rewards::Offer;
use serde_json::{Value, json};
use store::Saved;

/// Returns the largest condition that is accepted: 63 external checks, of which only the last one passes.
fn largest() -> Value {
    let check = |name: String| json!({"external": {"check": name}});
    let refused = (0..62).map(|number| check(format!("{number:0>64}")));
    json!({"any": refused.chain([check(format!("vip-{:0>60}", 0))]).collect::<Vec<_>>()})
}

#[tokio::test]
async fn largest_campaign_that_shares_one_condition_is_claimed_in_one_call_and_decided_again() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"review": "manual", "condition": largest()})).await;
    for number in 0..LINES_MAX {
        let badge = json!({"badge_id": format!("b{number}"), "fulfilment": "external"});
        let reward = app.reward("badge", badge).await;
        app.offer(&campaign, &reward, json!({})).await;
    }
    let one_more = json!({"reward_id": app.points(1).await});
    let offers = format!("/events/{campaign}/rewards");
    app.operator().post(&offers, one_more).await.invalid(&["per_user_limit"]);
    let (user, operator) = (app.user(), app.operator());
    let claimed = user.claim_all(&campaign).await.expect(202);
    let accepted =
        claimed["outcomes"].as_array().unwrap().iter().filter(|outcome| outcome["error"].is_null());
    assert_eq!(accepted.count(), LINES_MAX, "{claimed}");
    app.settle().await;
    let text = "\u{1f3ab}".repeat(200);
    let decide = async |action: &str| {
        let path = format!("/events/requests/{}:{campaign}", user.id());
        operator.patch(&path, json!({"action": action, "reason": text, "message": text})).await.expect(200);
        app.settle().await;
    };
    decide("approve").await;
    let request = app.request(&user, &campaign).await;
    assert_each_eq!((request["status"], "granted"), (request["fully_granted"], true));
    let lines = request["lines"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["condition"]["children"].as_array().unwrap().len() == 63));
    app.finish().await;
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + second * 1000)
}

/// Returns the result of evaluating `condition`, with reasons of the maximum length.
fn evaluated(condition: &Condition) -> EvaluatedCondition {
    let reason = "\u{1f3ab}".repeat(200);
    let check = |number: usize| {
        let check = format!("{number:0>64}");
        json!({
            "kind": "external", "check": check, "required": 1, "actual": 0, "passed": false, "reason": reason,
        })
    };
    let vip = format!("vip-{:0>60}", 0);
    let last = json!({"kind": "external", "check": vip, "required": 1, "actual": 1, "passed": true});
    let children: Vec<Value> = (0..62).map(check).chain([last]).collect();
    let any = json!({"kind": "any", "required": 1, "actual": 1, "passed": true, "children": children});
    let evaluation: Evaluation = serde_json::from_value(any).unwrap();
    EvaluatedCondition::new(condition, evaluation)
}

/// Checks the size of a claim in which each line item has every kind of change, the longest texts and a code
/// of its own.
#[tokio::test]
async fn request_with_the_longest_texts_and_history_fits_into_an_item() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    let reward = app.reward("badge", json!({"badge_id": "b".repeat(64), "fulfilment": "external"})).await;
    app.offer(&campaign, &reward, json!({"per_user_limit": LINES_MAX})).await;
    let (id, store) = (CampaignId::parse(&campaign).unwrap(), app.app().store());
    let found = store.get_campaign_with_offers(&id).await.unwrap();
    let condition: Condition = serde_json::from_value(largest()).unwrap();
    let offer = Offer { condition: Some(condition.clone()), ..found.offers[0].clone() };
    let room = ClaimSize::of(&found.campaign.condition, [&offer]);
    room.check(&ClaimSize { lines: 0, bytes: 0 }, "condition").unwrap();
    let (user, by) = (UserId::new("9".repeat(26)), UserId::new("8".repeat(26)));
    let mut claim = Claim::new(user, id, at(0));
    let (text, numbers) = ("\u{1f3ab}".repeat(200), 1..=u32::try_from(LINES_MAX).unwrap());
    let save = async |claim: Claim| {
        let next = Claim { nonce: Nonce(u64::MAX), ..claim.next() };
        let saved = store.save_claim(&next).await.unwrap();
        assert!(matches!(saved, Saved::Done), "version {}", next.version);
        Claim { replaced_decisions: Vec::new(), ..next }
    };
    for round in 0..9 {
        for number in numbers.clone() {
            let evidence = || Evidence {
                key: Some(format!("key{number:04}{round:04}")),
                evaluation: Some(evaluated(&condition)),
                held: Some(HeldUnit {
                    stock: "s".repeat(80),
                    bucket: 99_999,
                    code: Some("c".repeat(64)),
                    version: 99_999,
                }),
            };
            claim.refuse(&offer, number, domain::Code::ConditionUnavailable, evidence(), at(round * 10));
            claim.accept(&offer, number, Review::Manual, evidence(), at(round * 10 + 1));
        }
        let decision = ReviewDecision {
            verdict: ReviewVerdict::Approve,
            rewards: &[],
            lines: &[],
            by: &by,
            former: &[],
            note: &text,
            message: Some(&text),
            version: None,
        };
        assert!(claim.decide(&decision, at(round * 10 + 2)).unwrap());
        for index in 0..LINES_MAX {
            assert!(claim.begin(index, Nonce(u64::MAX)));
            let tried = claim.begun(index, false).unwrap();
            claim.settle(&tried, &GrantOutcome::Unknown(text.clone()), at(round * 10 + 3));
            let tried = claim.begun(index, true).unwrap();
            claim.settle(&tried, &GrantOutcome::Refused(text.clone()), at(round * 10 + 4));
            let tried = claim.begun(index, true).unwrap();
            let outcome = match round {
                8 => GrantOutcome::Granted(Some("r".repeat(250))),
                _ => GrantOutcome::Denied(text.clone()),
            };
            assert!(claim.settle(&tried, &outcome, at(round * 10 + 5)));
        }
        // All of it is one write, so that no worker gets a message to grant the claim in between.
        claim = save(claim).await;
    }
    assert!(claim.fully_granted() && claim.conditions.len() == 1);
    let bytes = serde_json::to_string(&claim).unwrap().len();
    assert!((280_000..room.bytes).contains(&bytes), "{bytes} of {}", room.bytes);
    let read = store.get_claim(&claim.user_id, &claim.campaign_id).await.unwrap();
    assert_eq!(read.evaluation(49), read.evaluation(0));
    app.finish().await;
}
