//! Tests of `GET /audit`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{entries_of, export, guarded, pages, paging_is_checked};

fn texts<'a>(entries: &'a [Value], name: &str) -> Vec<&'a str> {
    entries.iter().map(|entry| entry[name].as_str().unwrap_or("-")).collect()
}

#[tokio::test]
async fn only_auditors_and_administrators_read_the_audit() {
    let app = TestApp::start().await;
    guarded(&app, "GET", "/audit", &["user", "operator"]).await;
    for caller in [app.auditor(), app.admin()] {
        caller.get("/audit").await.expect(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn reservation_has_an_entry_of_each_change() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    let held = user.reserve(&concert, &date, json!(["3"])).await.expect(201);
    app.pass_seconds(2);
    user.cancel(&held["id"]).await.expect(200);
    let entries = entries_of(&app, "reservation", held["id"].as_str().unwrap()).await;
    assert_each_eq!(
        (texts(&entries, "what"), vec!["canceled", "held"]),
        (texts(&entries, "actor"), vec![user.id().as_str(); 2]),
        (texts(&entries, "role"), vec!["USER"; 2]),
        (entries[0]["number"].clone(), json!(2)),
        (entries[0]["before"].clone(), entries[1]["after"].clone()),
        (entries[0]["after"]["status"].clone(), json!("canceled")),
        (entries[0]["previous"].clone(), entries[1]["hash"].clone()),
        (entries[1]["before"].clone(), Value::Null)
    );
    assert!(entries[0]["request_id"].is_string() && entries[0]["request_id"] != entries[1]["request_id"]);
    app.finish().await;
}

#[tokio::test]
async fn claim_tells_who_asked_who_decided_and_who_granted() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let (user, operator) = (app.user(), app.operator());
    let request = user.claim(&campaign, &reward).await.expect(202);
    let id = request["id"].as_str().unwrap();
    app.pass_seconds(1);
    let path = format!("/events/requests/{id}");
    operator.patch(&path, json!({"action": "approve", "reason": "looked at it"})).await.expect(200);
    let entries = entries_of(&app, "request", id).await;
    assert_each_eq!(
        (texts(&entries, "what"), vec!["granted", "decided", "requested"]),
        (texts(&entries, "actor"), vec!["system", operator.id().as_str(), user.id().as_str()]),
        (texts(&entries, "role"), vec!["-", "OPERATOR", "USER"]),
        (texts(&entries, "reason"), vec!["-", "looked at it", "-"])
    );
    // Decisions about many requests are found by their operator, whatever the period.
    let path = format!("/audit?actor={}&role=OPERATOR", operator.id());
    let acts = app.auditor().get(&path).await.expect(200);
    assert_eq!(texts(acts.as_array().unwrap(), "what"), ["decided"]);
    app.finish().await;
}

#[tokio::test]
async fn ledger_of_a_user_is_one_chain() {
    let app = TestApp::start().await;
    let user = app.user();
    for amount in [500, 700] {
        user.post("/balance/charge", json!({"amount": amount})).await.expect(201);
    }
    let entries = entries_of(&app, "payment", user.id().as_str()).await;
    assert_each_eq!(
        (texts(&entries, "what"), vec!["charged", "charged"]),
        (entries[0]["before"]["balance"].clone(), json!(500)),
        (entries[0]["after"]["balance"].clone(), json!(1200)),
        (entries[0]["previous"].clone(), entries[1]["hash"].clone())
    );
    app.finish().await;
}

#[tokio::test]
async fn accounts_and_acts_of_staff_are_audited_without_personal_data() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let id = member.caller.id().clone();
    app.admin().put(&format!("/auth/users/{id}/roles"), json!({"roles": ["OPERATOR"]})).await.expect(200);
    let account = entries_of(&app, "account", id.as_str()).await;
    assert_each_eq!(
        (texts(&account, "what"), vec!["roles_changed", "registered"]),
        (account[0]["after"]["roles"].clone(), json!(["OPERATOR"])),
        (texts(&account, "role"), vec!["ADMIN", "-"])
    );
    let (campaign, reward) = app.event_with(json!({}), json!({})).await;
    let event = entries_of(&app, "event", &campaign).await;
    let offer = entries_of(&app, "event_reward", &format!("{campaign}:{reward}")).await;
    let definition = entries_of(&app, "reward", &reward).await;
    for entries in [&event, &offer, &definition] {
        assert_eq!(texts(entries, "what").last(), Some(&"created"), "{entries:?}");
    }
    let all = export(&app).await.join("\n");
    assert!(!all.contains("kim@example.com"), "{all}");
    app.finish().await;
}

#[tokio::test]
async fn upload_of_codes_is_an_entry_of_the_reward() {
    let app = TestApp::start().await;
    let reward = app.operator().post("/rewards/coupon", json!({"name": "Pool", "pool": true})).await;
    let reward = reward.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/rewards/{reward}/codes");
    for codes in [json!(["a", "b"]), json!(["c"])] {
        app.operator().post(&path, json!({"codes": codes})).await.expect(201);
    }
    let entries = entries_of(&app, "reward", &reward).await;
    assert_each_eq!(
        (texts(&entries, "what"), vec!["codes_added", "codes_added", "created"]),
        (entries[0]["after"]["codes_offered"].clone(), json!(3))
    );
    app.finish().await;
}

#[tokio::test]
async fn list_is_newest_first_and_its_filters_narrow_it() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({})).await;
    let users = [app.user(), app.user(), app.user()];
    for user in &users {
        app.pass_seconds(1);
        user.claim(&campaign, &reward).await.expect(202);
        app.settle().await;
    }
    let auditor = app.auditor();
    let list = async |query: &str| {
        let found = auditor.get(&format!("/audit?{query}")).await.expect(200);
        found.as_array().unwrap().clone()
    };
    let requested = list("what=requested").await;
    let newest_first: Vec<&str> = users.iter().rev().map(|user| user.id().as_str()).collect();
    let at = requested[1]["at"].as_str().unwrap();
    assert_each_eq!(
        (texts(&requested, "actor"), newest_first),
        (list("subject_kind=request").await.len(), 6),
        (list("subject_kind=event").await.len(), 1),
        (list("subject_kind=request&actor=system").await.len(), 3),
        (list(&format!("actor={}", users[0].id())).await.len(), 1),
        (list(&format!("what=requested&from={at}")).await.len(), 2),
        (list(&format!("what=requested&to={at}")).await.len(), 1),
        (list("actor=usr_nobody&role=OPERATOR").await.len(), 0)
    );
    app.finish().await;
}

#[tokio::test]
async fn pages_together_are_the_list() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({})).await;
    for _ in 0..4 {
        app.user().claim(&campaign, &reward).await.expect(202);
    }
    app.settle().await;
    let auditor = app.auditor();
    for query in ["", "&subject_kind=request", "&what=granted"] {
        let whole = auditor.get(&format!("/audit?limit=100{query}")).await.expect(200);
        let (paged, _) = pages(&auditor, &format!("/audit?limit=2{query}")).await;
        assert_eq!(Value::from(paged), whole, "{query}");
    }
    app.finish().await;
}

#[tokio::test]
async fn pages_of_a_subject_and_of_an_actor_together_are_the_list() {
    let app = TestApp::start().await;
    let (user, operator) = (app.user(), app.operator());
    for amount in 1..=5 {
        app.pass_seconds(1);
        user.post("/balance/charge", json!({"amount": amount})).await.expect(201);
        operator.post("/concerts", json!({"name": "a concert"})).await.expect(201);
    }
    app.settle().await;
    let of_subject = format!("subject_kind=payment&subject_id={}", user.id());
    let of_actor = format!("actor={}&role=OPERATOR", operator.id());
    for query in [of_subject, of_actor] {
        let (paged, _) = pages(&app.auditor(), &format!("/audit?limit=2&{query}")).await;
        let times = texts(&paged, "at");
        assert_each_eq!((paged.len(), 5), (times.is_sorted_by(|one, other| one >= other), true), "{query}");
    }
    app.finish().await;
}

#[tokio::test]
async fn export_as_csv_is_a_table() {
    let app = TestApp::start().await;
    app.user().post("/balance/charge", json!({"amount": 500})).await.expect(201);
    app.settle().await;
    let reply = app.auditor().get("/audit?format=csv").await;
    assert_each_eq!((reply.status, 200), (reply.header("content-type"), Some("text/csv; charset=utf-8")));
    let mut rows = reply.text().split("\r\n");
    assert!(rows.next().unwrap().starts_with("\u{feff}subject_kind,subject_id,number,"));
    assert!(rows.next().unwrap().starts_with("payment,usr_user-"));
    app.finish().await;
}

#[tokio::test]
async fn export_is_verified() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({})).await;
    app.user().claim(&campaign, &reward).await.expect(202);
    app.settle().await;
    let lines = export(&app).await;
    let report = domain::audit::verify(lines.iter().map(String::as_str), &[]);
    assert_each_eq!((report.fault, None), (report.entries, lines.len() as u64));
    assert!(lines.len() >= 5, "{lines:?}");
    app.finish().await;
}

#[tokio::test]
async fn filters_that_contradict_themselves_are_refused() {
    let app = TestApp::start().await;
    let auditor = app.auditor();
    auditor.get("/audit?subject_id=usr_1").await.invalid(&["subject_kind"]);
    let now = app.now();
    auditor.get(&format!("/audit?from={now}&to={now}")).await.invalid(&["to"]);
    auditor.get("/audit?what=dreamt").await.invalid(&["what"]);
    paging_is_checked(&auditor, "/audit").await;
    for (kind, id) in
        [("order", "usr_1:none"), ("order", "no-order"), ("payment", "usr_1"), ("queue", "que_none")]
    {
        let path = format!("/audit?subject_kind={kind}&subject_id={id}");
        auditor.get(&path).await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}

#[tokio::test]
async fn change_that_is_not_recorded_yet_is_not_passed_over() {
    let mut app = TestApp::start().await;
    app.stop_relays().await;
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 500})).await.expect(201);
    let path = format!("/audit?subject_kind=payment&subject_id={}", user.id());
    app.auditor().get(&path).await.refused(503, "BUSY");
    app.abandon();
}
