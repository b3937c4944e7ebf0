//! Tests of `GET /auth/users`, the list of accounts.

use dibs_tests::harness::TestApp;

#[tokio::test]
async fn pages_together_are_everybody_newest_first() {
    let app = TestApp::start().await;
    let mut registered = Vec::new();
    for number in 0..5 {
        registered.push(app.register(&format!("n{number}@example.com")).await["id"].clone());
    }
    registered.reverse();
    let (mut found, mut path) = (Vec::new(), "/auth/users?limit=2".to_owned());
    loop {
        let reply = app.admin().get(&path).await;
        let next = reply.json["meta"]["next_cursor"].as_str().map(str::to_owned);
        found.extend(reply.expect(200).as_array().unwrap().iter().map(|user| user["id"].clone()));
        match next {
            Some(cursor) => path = format!("/auth/users?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(found.len(), 5);
    assert_eq!(found, registered);
    app.finish().await;
}

#[tokio::test]
async fn parameters_are_checked_and_named() {
    let app = TestApp::start().await;
    for (query, fields) in [
        ("limit=0", vec!["limit"]),
        ("limit=101", vec!["limit"]),
        ("limit=ten&page=2", vec!["limit", "page"]),
        ("cursor=nonsense", vec!["cursor"]),
        ("cursor=", vec!["cursor"]),
        ("limit=2&limit=3", vec!["limit"]),
    ] {
        app.admin().get(&format!("/auth/users?{query}")).await.invalid(&fields);
    }
    app.finish().await;
}

#[tokio::test]
async fn users_are_listed_for_administrators_only() {
    let app = TestApp::start().await;
    for caller in [app.user(), app.operator(), app.auditor()] {
        caller.get("/auth/users").await.refused(403, "FORBIDDEN");
    }
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.get("/auth/users").await.refused(401, "UNAUTHORIZED");
    }
    app.finish().await;
}
