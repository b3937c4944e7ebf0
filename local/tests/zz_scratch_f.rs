use dibs::{Options, Stack};
use domain::accounts::Role;
use domain::ids::UserId;
use serde_json::{Value, json};

struct T { base: String, client: reqwest::Client, op: String, user: String, admin: String, auditor: String }

impl T {
    async fn call(&self, who: &str, method: &str, path: &str, body: Option<Value>, key: Option<&str>) -> (u16, Value) {
        let method: reqwest::Method = method.parse().unwrap();
        let mut r = self.client.request(method.clone(), format!("{}{path}", self.base)).bearer_auth(who);
        if let Some(body) = body { r = r.header("content-type", "application/json").body(body.to_string()); }
        if let Some(key) = key { r = r.header("idempotency-key", key); }
        let res = r.send().await.unwrap();
        let status = res.status().as_u16();
        let text = res.text().await.unwrap();
        let v: Value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        println!("{method} {path} -> {status} {}", v.to_string().chars().take(700).collect::<String>());
        (status, v)
    }
}

#[tokio::test]
async fn scratch() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stack = Stack::start(&Options { standins_at: format!("http://{address}"), ..Options::default() }).await.unwrap();
    let router = stack.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let token = |id: &str, role: Role| {
        stack.app.tokens().issue(&UserId::parse(id).unwrap(), &[role].into_iter().collect(), stack.app.now()).unwrap()
    };
    let t = T {
        base: format!("http://{address}/api/v1"),
        client: reqwest::Client::new(),
        op: token("usr_op", Role::Operator),
        user: token("usr_u", Role::User),
        admin: token("usr_ad", Role::Admin),
        auditor: token("usr_au", Role::Auditor),
    };
    // campaigns
    let body = json!({"name": "e", "starts_at": "2026-11-01T00:00:00Z", "ends_at": "2036-11-01T00:00:00Z", "time_zone": "Asia/Seoul",
        "condition": {"distinct_days": {"type": "login", "at_least": 2}}, "status": "active"});
    let (s, e) = t.call(&t.op, "POST", "/events", Some(body.clone()), Some("k1")).await;
    assert_eq!(s, 201);
    let (s, e2) = t.call(&t.op, "POST", "/events", Some(body.clone()), Some("k1")).await;
    assert_eq!((s, &e), (201, &e2));
    let mut other = body.clone(); other["name"] = json!("f");
    assert_eq!(t.call(&t.op, "POST", "/events", Some(other), Some("k1")).await.0, 422);
    assert_eq!(t.call(&t.user, "POST", "/events", Some(body.clone()), None).await.0, 403);
    assert_eq!(t.call(&t.auditor, "POST", "/events", Some(body.clone()), None).await.0, 403);
    assert_eq!(t.call(&t.op, "POST", "/events", Some(json!({"name": "", "condition": {"count": {"type": "a", "at_least": 0}}, "status": "huh", "ends_at": 5})), None).await.0, 400);
    assert_eq!(t.call(&t.op, "POST", "/events", Some(json!({"name": "x", "time_zone": "Mars", "starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-11-01T00:00:00Z"})), None).await.0, 400);
    let id = e["data"]["id"].as_str().unwrap().to_owned();
    for n in 0..5 {
        let mut b = body.clone(); b["name"] = json!(format!("draft{n}")); b["status"] = json!("draft");
        t.call(&t.op, "POST", "/events", Some(b), None).await;
    }
    let (_, l) = t.call(&t.user, "GET", "/events?limit=1", None, None).await;
    assert_eq!((l["data"].as_array().unwrap().len(), &l["meta"]["next_cursor"]), (1, &Value::Null));
    let (_, l) = t.call(&t.op, "GET", "/events?limit=4", None, None).await;
    let c = l["meta"]["next_cursor"].as_str().unwrap();
    let (_, l) = t.call(&t.op, "GET", &format!("/events?limit=4&cursor={c}"), None, None).await;
    assert_eq!((l["data"].as_array().unwrap().len(), &l["meta"]["next_cursor"]), (2, &Value::Null));
    assert_eq!(t.call(&t.op, "GET", "/events?status=nope&limit=0&cursor=x&bad=1", None, None).await.0, 400);
    let (_, l) = t.call(&t.op, "GET", "/events?status=draft", None, None).await;
    assert_eq!(l["data"].as_array().unwrap().len(), 5);
    assert_eq!(t.call(&t.user, "GET", &format!("/events/{id}"), None, None).await.0, 200);
    assert_eq!(t.call(&t.user, "GET", "/events/cmp_nope", None, None).await.0, 404);
    assert_eq!(t.call(&t.op, "PATCH", &format!("/events/{id}"), Some(json!({"description": "d", "review": "manual"})), None).await.0, 200);
    assert_eq!(t.call(&t.op, "PATCH", &format!("/events/{id}"), Some(json!({"review": null})), None).await.0, 400);
    assert_eq!(t.call(&t.op, "PATCH", &format!("/events/{id}"), Some(json!({"review": "auto"})), None).await.0, 200);
    // rewards
    let mut ids = vec![];
    for (path, body) in [
        ("point", json!({"name": "p", "points": 5})),
        ("item", json!({"name": "i", "item_id": "sword", "quantity": 2})),
        ("coupon", json!({"name": "c", "coupon_code": "HELLO"})),
        ("coupon", json!({"name": "pool", "pool": true, "expected_codes": 10})),
        ("badge", json!({"name": "b", "badge_id": 7, "fulfilment": "internal"})),
    ] {
        let (s, r) = t.call(&t.op, "POST", &format!("/rewards/{path}"), Some(body.clone()), Some(&body.to_string())).await;
        assert_eq!(s, 201);
        let (s, again) = t.call(&t.op, "POST", &format!("/rewards/{path}"), Some(body.clone()), Some(&body.to_string())).await;
        assert_eq!((s, &again), (201, &r));
        ids.push(r["data"]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(t.call(&t.op, "POST", "/rewards/point", Some(json!({"name": "p", "item_id": "x"})), None).await.0, 400);
    assert_eq!(t.call(&t.op, "POST", "/rewards/coupon", Some(json!({"name": "p"})), None).await.0, 400);
    let (_, l) = t.call(&t.auditor, "GET", "/rewards?limit=3", None, None).await;
    let c = l["meta"]["next_cursor"].as_str().unwrap();
    let (_, l) = t.call(&t.auditor, "GET", &format!("/rewards?limit=3&cursor={c}"), None, None).await;
    assert_eq!(l["data"].as_array().unwrap().len(), 2);
    assert_eq!(t.call(&t.user, "GET", "/rewards", None, None).await.0, 403);
    assert_eq!(t.call(&t.op, "GET", &format!("/rewards/{}", ids[3]), None, None).await.0, 200);
    // codes
    let codes = format!("/rewards/{}/codes", ids[3]);
    let (s, a) = t.call(&t.op, "POST", &codes, Some(json!({"codes": ["A", "B", "A"]})), Some("c1")).await;
    assert_eq!((s, &a["data"]), (201, &json!({"added": 2, "duplicates": ["A"]})));
    let (s, a) = t.call(&t.op, "POST", &codes, Some(json!({"codes": ["A", "B", "A"]})), Some("c1")).await;
    assert_eq!((s, &a["data"]), (201, &json!({"added": 2, "duplicates": ["A"]})));
    assert_eq!(t.call(&t.op, "POST", &codes, Some(json!({"codes": ["C"]})), Some("c1")).await.0, 422);
    let (_, a) = t.call(&t.op, "POST", &codes, Some(json!({"codes": ["B", "C"]})), None).await;
    assert_eq!(a["data"], json!({"added": 1, "duplicates": ["B"]}));
    assert_eq!(t.call(&t.op, "POST", &codes, Some(json!({"codes": ["a b", "", "ü"]})), None).await.0, 400);
    let many: Vec<String> = (0..4000).map(|n| format!("CODE-{n:08}-{}", "x".repeat(40))).collect();
    let began = std::time::Instant::now();
    let (s, a) = t.call(&t.op, "POST", &codes, Some(json!({"codes": many})), None).await;
    println!("4000 codes in {:?} {s} {}", began.elapsed(), a.to_string().len());
    assert_eq!(s, 409);
    let (_, big) = t.call(&t.op, "POST", "/rewards/coupon", Some(json!({"name": "big", "pool": true, "expected_codes": 10000})), None).await;
    let began = std::time::Instant::now();
    let many: Vec<String> = (0..10000).map(|n| format!("CODE-{n:08}-{}", "x".repeat(40))).collect();
    let (s, _) = t.call(&t.op, "POST", &format!("/rewards/{}/codes", big["data"]["id"].as_str().unwrap()), Some(json!({"codes": many})), Some("big")).await;
    println!("10000 codes in {:?} {s}", began.elapsed());
    assert_eq!(s, 201);
    assert_eq!(t.call(&t.op, "POST", &format!("/rewards/{}/codes", ids[0]), Some(json!({"codes": ["C"]})), None).await.0, 409);
    // offers
    let offers = format!("/events/{id}/rewards");
    let (s, o) = t.call(&t.op, "POST", &offers, Some(json!({"reward_id": ids[0], "total_limit": 20, "quantity": 3})), Some("o1")).await;
    assert_eq!(s, 201);
    let (s, o2) = t.call(&t.op, "POST", &offers, Some(json!({"reward_id": ids[0], "total_limit": 20, "quantity": 3})), Some("o1")).await;
    assert_eq!((s, &o), (201, &o2));
    assert_eq!(t.call(&t.op, "POST", &offers, Some(json!({"reward_id": ids[1]})), Some("o1")).await.0, 422);
    assert_eq!(t.call(&t.op, "POST", &offers, Some(json!({"reward_id": ids[0]})), None).await.0, 409);
    assert_eq!(t.call(&t.op, "POST", &offers, Some(json!({"reward_id": ids[3], "total_limit": 5})), None).await.0, 400);
    for i in [1, 2, 3, 4] {
        assert_eq!(t.call(&t.op, "POST", &offers, Some(json!({"reward_id": ids[i]})), None).await.0, 201);
    }
    let one = format!("{offers}/{}", ids[0]);
    assert_eq!(t.call(&t.op, "PATCH", &one, Some(json!({"total_limit": 40})), None).await.0, 200);
    assert_eq!(t.call(&t.op, "PATCH", &one, Some(json!({"total_limit": 40})), None).await.0, 200);
    assert_eq!(t.call(&t.op, "PATCH", &one, Some(json!({"total_limit": 39})), None).await.0, 409);
    assert_eq!(t.call(&t.op, "DELETE", &one, None, None).await.0, 204);
    assert_eq!(t.call(&t.op, "DELETE", &one, None, None).await.0, 404);
    let (_, l) = t.call(&t.user, "GET", &offers, None, None).await;
    assert_eq!(l["data"].as_array().unwrap().len(), 4);
    assert!(!l.to_string().contains("HELLO"));
    assert_eq!(t.call(&t.op, "POST", &offers, Some(json!({"reward_id": ids[0], "total_limit": 7})), None).await.0, 201);
    // activities
    let act = json!({"user_id": "usr_u", "type": "login", "activity_id": "l1"});
    let (s, a) = t.call(&t.op, "POST", "/activities", Some(act.clone()), None).await;
    assert_eq!((s, &a["data"][0]["outcome"]), (201, &json!("recorded")));
    let (_, a) = t.call(&t.op, "POST", "/activities", Some(act), None).await;
    assert_eq!(a["data"][0]["outcome"], json!("duplicate"));
    let yesterday = stack.app.now().plus_seconds(-86400).to_string();
    let act = json!({"activities": [{"user_id": "usr_u", "type": "login", "occurred_at": yesterday}, {"user_id": "usr_u", "type": "quest_clear", "ref": "q"}]});
    let (_, a) = t.call(&t.op, "POST", "/activities", Some(act.clone()), Some("a1")).await;
    let (_, b) = t.call(&t.op, "POST", "/activities", Some(act.clone()), Some("a1")).await;
    assert_eq!(a, b);
    assert_eq!(a["data"][0]["outcome"], json!("recorded"));
    assert_eq!(t.call(&t.op, "POST", "/activities", Some(json!({"user_id": "usr_v", "type": "login"})), Some("a1")).await.0, 422);
    assert_eq!(t.call(&t.op, "POST", "/activities", Some(json!({"activities": [{"user_id": "usr_v", "type": "LOGIN", "x": 1}, {"type": "a", "occurred_at": "nope"}]})), None).await.0, 400);
    assert_eq!(t.call(&t.op, "POST", "/activities", Some(json!({"user_id": "usr_v", "type": "login", "occurred_at": "2036-01-01T00:00:00Z"})), None).await.0, 400);
    assert_eq!(t.call(&t.op, "POST", "/activities", None, None).await.0, 400);
    let (_, a) = t.call(&t.user, "GET", "/activities/mine", None, None).await;
    assert_eq!(a["data"]["activities"].as_array().unwrap().len(), 3);
    assert_eq!(a["data"]["progress"][0]["condition"]["passed"], json!(true));
    // a full month
    for round in 0..21 {
        let acts: Vec<Value> = (0..100).map(|n| json!({"user_id": "usr_full", "type": "login", "activity_id": format!("{round}-{n}")})).collect();
        let (s, a) = { let b = json!({"activities": acts}); t.call(&t.op, "POST", "/activities", Some(b), None).await };
        assert_eq!(s, 201);
        let wanted = if round < 20 { "recorded" } else { "limit" };
        assert!(a["data"].as_array().unwrap().iter().all(|one| one["outcome"] == wanted));
    }
    assert_eq!(t.call(&t.op, "POST", "/activities", Some(json!({"user_id": "usr_full", "type": "login"})), None).await.0, 409);
    let together = (0..40).map(|n| {
        let t = &t;
        async move { t.call(&t.op, "POST", "/activities", Some(json!({"user_id": "usr_race", "type": "quest_clear", "ref": "q1", "activity_id": format!("r{}", n % 20)})), None).await.1 }
    });
    let all = futures::future::join_all(together).await;
    assert_eq!(all.iter().filter(|a| a["data"][0]["outcome"] == "recorded").count(), 20);
    assert_eq!(all.iter().filter(|a| a["data"][0]["outcome"] == "duplicate").count(), 20);
    // claim and inventory
    let (s, _) = t.call(&t.user, "POST", &format!("/events/{id}/requests"), None, None).await;
    assert_eq!(s, 202);
    stack.pump.settle().await;
    let (_, inv) = t.call(&t.user, "GET", "/inventory?limit=3", None, None).await;
    assert_eq!((inv["data"].as_array().unwrap().len(), &inv["meta"]["points"]), (3, &json!(5)));
    let c = inv["meta"]["next_cursor"].as_str().unwrap();
    let (_, inv) = t.call(&t.user, "GET", &format!("/inventory?limit=3&cursor={c}"), None, None).await;
    assert_eq!((inv["data"].as_array().unwrap().len(), &inv["meta"]["next_cursor"]), (1, &Value::Null));
    let (_, l) = t.call(&t.user, "GET", "/points/ledger", None, None).await;
    assert_eq!(l["data"][0]["balance_after"], json!(5));
    // delete
    assert_eq!(t.call(&t.op, "DELETE", &format!("/events/{id}"), None, None).await.0, 403);
    assert_eq!(t.call(&t.admin, "DELETE", &format!("/events/{id}"), None, None).await.0, 409);
    let (_, l) = t.call(&t.op, "GET", "/events?status=draft&limit=1", None, None).await;
    let draft = format!("/events/{}", l["data"][0]["id"].as_str().unwrap());
    assert_eq!(t.call(&t.user, "GET", &draft, None, None).await.0, 404);
    assert_eq!(t.call(&t.admin, "DELETE", &draft, None, None).await.0, 204);
    assert_eq!(t.call(&t.admin, "DELETE", &draft, None, None).await.0, 404);
    let (_, l) = t.call(&t.op, "GET", "/events?status=draft", None, None).await;
    assert_eq!(l["data"].as_array().unwrap().len(), 4);
    // openapi
    let (_, doc) = t.call(&t.op, "GET", "/openapi.json", None, None).await;
    for (p, f) in [("point", "points"), ("badge", "badge_id")] {
        let r = doc["paths"][format!("/api/v1/rewards/{p}")]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap().to_owned();
        assert!(doc.pointer(&r[1..]).unwrap().to_string().contains(f), "{r}");
    }
    println!("{}", doc["paths"]["/api/v1/inventory"]["get"]["responses"]["200"]);
}
