//! Tests of `GET /auth/users/{id}`, one account for administrators.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{PASSWORD, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn administrators_read_everybody_and_others_nobody() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}", member.caller.id());
    let read = app.admin().get(&path).await.snapshot(200);
    for (field, value) in member.user.as_object().unwrap() {
        assert_eq!(&read[field], value, "{field}");
    }
    for id in ["usr_nobody", "42", "kim%20minji"] {
        app.admin().get(&format!("/auth/users/{id}")).await.refused(404, "NOT_FOUND");
    }
    for caller in [member.caller.clone(), app.operator(), app.auditor()] {
        caller.get(&path).await.refused(403, "FORBIDDEN");
    }
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.get(&path).await.refused(401, "UNAUTHORIZED");
    }
    app.finish().await;
}

#[tokio::test]
async fn audit_of_an_account_says_who_changed_what() {
    let app = TestApp::start().await;
    let (admin, member) = (app.admin(), app.member("kim@example.com").await);
    let path = format!("/auth/users/{}", member.caller.id());
    admin.put(&format!("{path}/roles"), json!({"roles": ["USER", "AUDITOR"]})).await.expect(200);
    let other = json!({"password": "password124", "current_password": PASSWORD});
    member.caller.patch("/auth/me", other).await.expect(200);
    admin.put(&format!("{path}/status"), json!({"status": "banned"})).await.expect(200);
    let read = admin.get(&path).await.expect(200);
    let told: Vec<_> = read["audit"].as_array().unwrap().iter().collect();
    let kinds: Vec<_> = told.iter().map(|entry| entry["change"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["status_changed", "password_changed", "roles_changed", "registered"]);
    assert_each_eq!((told[0]["before"]["status"], "active"), (told[0]["after"]["status"], "banned"));
    assert_eq!(told[2]["before"]["roles"], json!(["USER"]));
    assert_eq!(told[2]["after"]["roles"], json!(["USER", "AUDITOR"]));
    let (by_admin, by_owner) = (json!(admin.id()), json!(member.caller.id()));
    let actors: Vec<_> = told.iter().map(|entry| &entry["actor"]).collect();
    assert_eq!(actors, [&by_admin, &by_owner, &by_admin, &by_owner]);
    assert_each_eq!((told[3]["before"], Value::Null), (read["audit_next"], Value::Null));
    app.settle().await;
    let events: Vec<String> = app.events().into_iter().map(|event| event.kind.to_string()).collect();
    let wanted = ["registered", "roles_changed", "password_changed", "status_changed"];
    for kind in wanted.map(|kind| format!("account.{kind}")) {
        assert_eq!(events.iter().filter(|one| **one == kind).count(), 1, "{kind} in {events:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn audit_is_read_page_by_page_to_its_end() {
    let app = TestApp::start().await;
    let (admin, member) = (app.admin(), app.member("kim@example.com").await);
    let path = format!("/auth/users/{}", member.caller.id());
    for round in 0..60 {
        let status = if round % 2 == 0 { "inactive" } else { "active" };
        admin.put(&format!("{path}/status"), json!({"status": status})).await.expect(200);
    }
    let first = admin.get(&path).await.expect(200);
    assert_eq!(first["audit"].as_array().map(Vec::len), Some(50));
    let rest = admin.get(&format!("{path}?audit_before={}", first["audit_next"])).await.expect(200);
    assert_each_eq!((rest["audit"].as_array().map(Vec::len), Some(11)), (rest["audit_next"], Value::Null));
    assert_eq!(rest["audit"][10]["change"], "registered");
    admin.get(&format!("{path}?audit_before=0&x=1")).await.invalid(&["audit_before", "x"]);
    app.finish().await;
}
