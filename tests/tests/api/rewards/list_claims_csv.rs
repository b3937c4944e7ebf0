//! Tests of `GET /events/requests?format=csv`, the export of requests.

use dibs_tests::assert_each_eq;
use std::collections::BTreeSet;

use dibs_tests::harness::TestApp;
use domain::claims::{ReviewDecision, ReviewVerdict};
use domain::ids::{CampaignId, UserId};
use futures::future::join_all;
use serde_json::json;
use store::Saved;

const HEAD: &str = "request_id,event_id,user_id,reward_id,number,type,status,requested_at,granted_at,reason,\
                    decided_by,points,item_id,badge_id,quantity,code_ending,outcome_unknown,reference,message";

#[tokio::test]
async fn a_row_for_each_line() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({"per_user_limit": 2})).await;
    let user = app.user();
    user.claim(&campaign, &reward).await.expect(202);
    user.claim(&campaign, &reward).await.expect(202);
    let request = app.request(&user, &campaign).await;
    let reply = app.auditor().get(&format!("/events/requests?format=csv&event_id={campaign}")).await;
    assert_each_eq!((reply.status, 200), (reply.header("content-type"), Some("text/csv; charset=utf-8")));
    assert_eq!(reply.header("link"), None);
    let rows: Vec<&str> = reply.text().split("\r\n").collect();
    assert_each_eq!((rows.len(), 4), (rows[0].strip_prefix('\u{feff}'), Some(HEAD)), (rows[3], ""));
    for (row, line) in rows[1..3].iter().zip(request["lines"].as_array().unwrap()) {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        let expected = format!(
            "{}:{campaign},{campaign},{},{reward},{},POINT,granted,{},{},,,10,,,1,,false,,",
            user.id(),
            user.id(),
            line["number"],
            text("requested_at"),
            text("granted_at"),
        );
        assert_eq!(*row, expected);
    }
    app.finish().await;
}

#[tokio::test]
async fn csv_has_no_formula_that_a_spreadsheet_runs() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    for (reason, cell) in [
        ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\u{ff1d}1", "'\u{ff1d}1"),
        ("\u{ff20}1", "'\u{ff20}1"),
        ("a, \"b\"", "\"a, \"\"b\"\"\""),
    ] {
        let user = app.user();
        let request = user.claim(&campaign, &reward).await.expect(202);
        let path = format!("/events/requests/{}", request["id"].as_str().unwrap());
        let operator = app.operator();
        operator.patch(&path, json!({"action": "reject", "reason": reason})).await.expect(200);
        let reply = app.auditor().get(&format!("/events/requests?format=csv&user_id={}", user.id())).await;
        let cells = format!(",,{cell},{},10,", operator.id());
        assert!(reply.text().contains(&cells), "{reason:?}: {}", reply.text());
    }
    app.finish().await;
}

#[tokio::test]
async fn csv_comes_in_pages_that_name_the_next_page() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let users: Vec<_> = (0..410).map(|_| app.user()).collect();
    for some in users.chunks(50) {
        let replies = join_all(some.iter().map(|user| user.claim(&campaign, &reward).into_future())).await;
        assert!(replies.iter().all(|reply| reply.status == 202));
    }
    app.settle().await;
    let (mut found, mut sizes) = (BTreeSet::new(), Vec::new());
    let mut path = format!("/events/requests?format=csv&event_id={campaign}&status=granted");
    loop {
        let reply = app.auditor().get(&path).await;
        assert!(reply.bytes.len() < 5_000_000);
        let rows: Vec<String> = reply.text().lines().skip(1).map(str::to_owned).collect();
        sizes.push(rows.len());
        found.extend(rows);
        let Some(link) = reply.header("link") else { break };
        path =
            link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap().to_owned();
        assert!(path.contains(&format!("event_id={campaign}")) && path.contains("status=granted"), "{path}");
    }
    assert_each_eq!((sizes, vec![200, 200, 10]), (found.len(), 410));
    app.finish().await;
}

#[tokio::test]
async fn reasons_that_the_version_before_accepted_are_defused() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let (id, store, by) = (CampaignId::parse(&campaign).unwrap(), app.app().store(), UserId::new("operator"));
    for (reason, cell) in [
        ("\t=1+1", "\"'\t=1+1\""),
        ("\r\n@SUM(1)", "\"'\r\n@SUM(1)\""),
        ("fine\t=1+1", "\"fine\t=1+1\""),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ] {
        let user = app.user();
        user.claim(&campaign, &reward).await.expect(202);
        app.settle().await;
        // Clients cannot write such a reason any more, so it is stored directly.
        let mut claim = store.get_claim(user.id(), &id).await.unwrap();
        let (note, message) = (reason, Some(reason));
        let verdict = ReviewVerdict::Reject;
        let decision = ReviewDecision {
            verdict,
            rewards: &[],
            lines: &[],
            by: &by,
            former: &[],
            note,
            message,
            version: None,
        };
        assert!(claim.decide(&decision, app.now()).unwrap());
        assert!(matches!(store.save_claim(&claim.next()).await.unwrap(), Saved::Done));
        let reply = app.auditor().get(&format!("/events/requests?format=csv&user_id={}", user.id())).await;
        let expected = format!(",{cell},{by},10,,,1,,false,,{cell}\r\n");
        assert!(reply.text().ends_with(&expected), "{reason:?}: {}", reply.text());
    }
    app.finish().await;
}
