use std::sync::{Arc, Mutex};
use std::sync::atomic::{AtomicI64, Ordering};
use domain::Timestamp;
use domain::accounts::*;
use domain::ids::UserId;
use edge::axum::body::{Body, to_bytes};
use edge::axum::http::{Request, HeaderMap};
use edge::axum::Router;
use edge::{App, Origin, Tokens};
use local::engine::{Dynamo, Engines, Sqs};
use serde_json::{Value, json};
use tower::ServiceExt;

#[derive(Clone)]
struct T { router: Router, app: App, now: Arc<AtomicI64>, address: Arc<Mutex<String>> }

async fn start() -> T {
    let engines = Engines::embedded(Dynamo::memory().unwrap(), Sqs::memory());
    let deployed = engines.create("dibs", store::schema::TABLES, store::schema::QUEUES).await.unwrap();
    let store = store::Store::new(engines.dynamo_client.clone(), engines.sqs_client.clone(), deployed.names());
    let now = Arc::new(AtomicI64::new(1_795_251_600_000));
    let n = now.clone();
    let pem = std::fs::read_to_string("/tmp/d/key.pem").unwrap();
    let app = App::new(store, Arc::new(move || Timestamp::from_millis(n.fetch_add(1, Ordering::SeqCst))), Arc::new(rand::random::<u128>),
        Tokens::new(None, Some(&pem)).unwrap(), || parties::Parties::new(config::PartiesConfig::default()));
    T { router: edge::router(auth::ROUTES, app.clone()), app, now, address: Arc::new(Mutex::new("10.0.0.1".into())) }
}
struct R { status: u16, body: Value, headers: HeaderMap }
impl R { fn code(&self) -> &str { self.body["error"]["code"].as_str().unwrap_or("") }
  fn cookie(&self) -> String { self.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned() } }
impl T {
    async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> R {
        let mut r = Request::builder().method(method).uri(path);
        for (k, v) in headers { r = r.header(*k, *v); }
        if body.is_some() { r = r.header("content-type", "application/json"); }
        let mut r = r.body(body.map_or(Body::empty(), |b| Body::from(b.to_string()))).unwrap();
        let id = format!("req-{}", rand::random::<u64>());
        r.extensions_mut().insert(Origin { request_id: id, address: self.address.lock().unwrap().clone() });
        let response = self.router.clone().oneshot(r).await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        R { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }
    async fn post(&self, path: &str, body: Value) -> R { self.call("POST", &format!("/api/v1{path}"), &[], Some(body)).await }
    async fn asx(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> R {
        self.call(method, &format!("/api/v1{path}"), &[("authorization", &format!("Bearer {token}"))], body).await
    }
    fn token(&self, id: &str, roles: &[Role]) -> String {
        self.app.tokens().issue(&UserId::parse(id).unwrap(), &roles.iter().copied().collect(), self.app.now()).unwrap()
    }
}
fn reg(email: &str) -> Value { json!({"email": email, "password": "password123", "name": "Kim"}) }

#[tokio::test(flavor = "multi_thread")]
async fn whole() {
    let _ = tracing_subscriber::fmt().with_env_filter("warn").try_init();
    let t = start().await;
    let r = t.post("/auth/register", reg("Kim@Test.com")).await;
    assert_eq!(r.status, 201, "{}", r.body);
    println!("{}", r.body);
    let id = r.body["data"]["id"].as_str().unwrap().to_owned();
    let invite = r.body["data"]["invite_code"].as_str().unwrap().to_owned();
    let r = t.post("/auth/users", reg("kim@TEST.com")).await;
    assert_eq!((r.status, r.code()), (409, "DUPLICATE_EMAIL"));
    let r = t.post("/auth/register", json!({"email": "x", "password": "short", "name": "K", "phone": "1", "bad": 1, "invite_code": "!"})).await;
    assert_eq!(r.status, 400); println!("{}", r.body);
    assert!(!r.body.to_string().contains("short"));
    let r = t.post("/auth/register", json!({"email": "l@test.com", "password": "password123", "name": "Lee", "invite_code": "00000000"})).await;
    assert_eq!(r.status, 400); println!("{}", r.body);
    let r = t.post("/auth/register", json!({"email": "l@test.com", "password": "password123", "name": "Lee", "invite_code": invite.to_lowercase()})).await;
    assert_eq!(r.status, 201);
    let lee = r.body["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(t.app.store().account(&UserId::parse(&lee).unwrap()).await.unwrap().invited_by.unwrap().as_str(), id);
    // idempotency
    let k = [("idempotency-key", "k1")];
    let body = json!({"email": "idem@test.com", "password": "password123", "name": "Idem"});
    let a = t.call("POST", "/api/v1/auth/register", &k, Some(body.clone())).await;
    let b = t.call("POST", "/api/v1/auth/register", &k, Some(body.clone())).await;
    assert_eq!((a.status, b.status), (201, 201)); assert_eq!(a.body, b.body);
    let mut other = body.clone(); other["name"] = json!("Other");
    let r = t.call("POST", "/api/v1/auth/register", &k, Some(other)).await;
    assert_eq!((r.status, r.code()), (422, "IDEMPOTENCY_KEY_REUSED"));
    let mut other = body.clone(); other["password"] = json!("password124");
    let r = t.call("POST", "/api/v1/auth/register", &k, Some(other)).await;
    assert_eq!((r.status, r.code()), (422, "IDEMPOTENCY_KEY_REUSED"));
    // parallel, same e-mail, and same key
    let all = futures::future::join_all((0..20).map(|i| { let t = t.clone(); tokio::spawn(async move { t.post("/auth/register", reg(if i % 2 == 0 { "race@test.com" } else { "RACE@test.com" })).await.status }) })).await;
    let all: Vec<u16> = all.into_iter().map(|r| r.unwrap()).collect();
    assert_eq!(all.iter().filter(|s| **s == 201).count(), 1, "{all:?}"); assert!(all.iter().all(|s| [201, 409].contains(s)), "{all:?}");
    let all = futures::future::join_all((0..20).map(|_| { let t = t.clone(); tokio::spawn(async move { let r = t.call("POST", "/api/v1/auth/register", &[("idempotency-key", "kk")], Some(reg("race2@test.com"))).await; (r.status, r.body["data"].to_string()) }) })).await;
    let all: Vec<_> = all.into_iter().map(|r| r.unwrap()).collect();
    assert!(all.iter().all(|s| *s == all[0] && s.0 == 201), "{all:?}");
    // login
    let login = json!({"email": "kim@test.com", "password": "password123"});
    let r = t.post("/auth/login", login.clone()).await;
    assert_eq!(r.status, 200, "{}", r.body); println!("{} {:?}", r.body, r.headers);
    let token = r.body["data"]["access_token"].as_str().unwrap().to_owned();
    let cookie = r.cookie();
    let me = t.asx(&token, "GET", "/auth/me", None).await;
    assert_eq!(me.body["data"], r.body["data"]["user"]);
    let unknown = t.post("/auth/login", json!({"email": "nobody@test.com", "password": "password123"})).await;
    let wrong = t.post("/auth/login", json!({"email": "kim@test.com", "password": "no"})).await;
    assert_eq!((unknown.status, unknown.code()), (401, "INVALID_CREDENTIALS"));
    assert_eq!(unknown.body["error"]["message"], wrong.body["error"]["message"]);
    // refresh, reuse
    let refresh = |c: String| { let t = t.clone(); async move { t.call("POST", "/api/v1/auth/refresh", &[("cookie", &c)], None).await } };
    let r1 = refresh(cookie.clone()).await; assert_eq!(r1.status, 200, "{}", r1.body);
    let r2 = refresh(r1.cookie()).await; assert_eq!(r2.status, 200);
    let re = refresh(r1.cookie()).await; assert_eq!((re.status, re.code()), (401, "UNAUTHORIZED")); assert!(re.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    let r3 = refresh(r2.cookie()).await; assert_eq!(r3.status, 401, "the family is gone");
    assert_eq!(t.call("POST", "/api/v1/auth/refresh", &[], None).await.status, 401);
    // parallel refresh: at most one wins, and the family is over
    let c = t.post("/auth/login", login.clone()).await.cookie();
    let all = futures::future::join_all((0..8).map(|_| tokio::spawn(refresh(c.clone())))).await;
    let won: Vec<R> = all.into_iter().map(|r| r.unwrap()).filter(|r| r.status == 200).collect();
    assert!(won.len() <= 1); if let Some(w) = won.first() { assert_eq!(refresh(w.cookie()).await.status, 401); }
    // many logins at once
    let began = std::time::Instant::now();
    let all = futures::future::join_all((0..40).map(|_| { let (t, l) = (t.clone(), login.clone()); tokio::spawn(async move { t.post("/auth/login", l).await.status }) })).await;
    assert!(all.into_iter().all(|s| s.unwrap() == 200)); println!("40 logins at once: {:?}", began.elapsed());
    // logout
    let l = t.post("/auth/login", login.clone()).await; let c = l.cookie();
    let out = t.call("POST", "/api/v1/auth/logout", &[("cookie", &c), ("authorization", &format!("Bearer {token}"))], None).await;
    assert_eq!(out.status, 204); assert_eq!(refresh(c).await.status, 401);
    assert_eq!(t.call("POST", "/api/v1/auth/logout", &[], None).await.status, 401);
    // me
    let c = t.post("/auth/login", login.clone()).await.cookie();
    let r = t.asx(&token, "PATCH", "/auth/me", Some(json!({"name": "Kim Two", "phone": "010-1234-5678"}))).await;
    assert_eq!((r.status, &r.body["data"]["phone"]), (200, &json!("010-1234-5678")));
    let r = t.asx(&token, "PATCH", "/auth/me", Some(json!({"phone": null}))).await; assert_eq!(r.body["data"]["phone"], Value::Null);
    let r = t.asx(&token, "PATCH", "/auth/me", Some(json!({"password": "password456"}))).await; assert_eq!(r.status, 400); println!("{}", r.body);
    let r = t.asx(&token, "PATCH", "/auth/me", Some(json!({"password": "password456", "current_password": "bad"}))).await; assert_eq!((r.status, r.code()), (401, "INVALID_CREDENTIALS"));
    let c = { let r = refresh(c).await; assert_eq!(r.status, 200); r.cookie() };
    let r = t.asx(&token, "PATCH", "/auth/me", Some(json!({"password": "password456", "current_password": "password123"}))).await; assert_eq!(r.status, 200, "{}", r.body);
    assert_eq!(refresh(c).await.status, 401, "a new password ends sessions");
    let login = json!({"email": "kim@test.com", "password": "password456"});
    assert_eq!(t.post("/auth/login", login.clone()).await.status, 200);
    // admin
    let admin = t.token(&id, &[Role::Admin]);
    let user = t.token(&lee, &[Role::User]);
    for (m, p, b) in [("GET", "/auth/users".to_owned(), None), ("GET", "/auth/users/email?email=kim@test.com".into(), None), ("GET", format!("/auth/users/{id}"), None),
        ("PUT", format!("/auth/users/{id}/roles"), Some(json!({"roles": ["USER"]}))), ("PUT", format!("/auth/users/{id}/status"), Some(json!({"status": "active"})))] {
        assert_eq!(t.asx(&user, m, &p, b.clone()).await.status, 403, "{p}");
        let r = t.asx(&admin, m, &p, b).await; assert_eq!(r.status, 200, "{p} {}", r.body);
    }
    let p1 = t.asx(&admin, "GET", "/auth/users?limit=2", None).await;
    let mut emails: Vec<String> = vec![]; let mut page = p1; let mut pages = 1;
    loop { for u in page.body["data"].as_array().unwrap() { emails.push(u["email"].as_str().unwrap().into()); }
        let Some(c) = page.body["meta"]["next_cursor"].as_str() else { break }; pages += 1;
        page = t.asx(&admin, "GET", &format!("/auth/users?limit=2&cursor={c}"), None).await; }
    println!("{emails:?} {pages}");
    assert_eq!(emails.len(), 5); assert_eq!(emails.last().unwrap(), "Kim@Test.com");
    assert_eq!(t.asx(&admin, "GET", "/auth/users?cursor=zzz", None).await.status, 400);
    assert_eq!(t.asx(&admin, "GET", "/auth/users/usr_none", None).await.status, 404);
    assert_eq!(t.asx(&admin, "GET", "/auth/users/email?email=none@test.com", None).await.status, 404);
    assert_eq!(t.asx(&admin, "PUT", "/auth/users/usr_none/roles", Some(json!({"roles": ["USER"]}))).await.status, 404);
    for bad in [json!([]), json!(["USER", "USER"]), json!(["KING"])] { let r = t.asx(&admin, "PUT", &format!("/auth/users/{id}/roles"), Some(json!({"roles": bad}))).await; assert_eq!(r.status, 400); println!("{}", r.body); }
    t.asx(&t.token("usr_x", &[Role::Admin]), "PUT", &format!("/auth/users/{id}/roles"), Some(json!({"roles": ["USER", "ADMIN"]}))).await;
    assert_eq!(t.asx(&admin, "PUT", &format!("/auth/users/{id}/roles"), Some(json!({"roles": ["USER"]}))).await.status, 409);
    assert_eq!(t.asx(&admin, "PUT", &format!("/auth/users/{id}/status"), Some(json!({"status": "banned"}))).await.status, 409);
    // ban
    let lee_login = json!({"email": "l@test.com", "password": "password123"});
    let c = t.post("/auth/login", lee_login.clone()).await.cookie();
    assert_eq!(t.asx(&admin, "PUT", &format!("/auth/users/{lee}/status"), Some(json!({"status": "banned"}))).await.status, 200);
    assert_eq!(refresh(c).await.status, 401);
    assert_eq!(t.post("/auth/login", lee_login.clone()).await.status, 403);
    assert_eq!(t.asx(&user, "PATCH", "/auth/me", Some(json!({"name": "xx"}))).await.status, 403);
    // close and register again
    assert_eq!(t.asx(&token, "DELETE", "/auth/me", None).await.status, 204);
    assert_eq!(t.asx(&token, "DELETE", "/auth/me", None).await.status, 204);
    assert_eq!(t.asx(&token, "GET", "/auth/me", None).await.status, 401);
    assert_eq!(t.post("/auth/login", login.clone()).await.code(), "INVALID_CREDENTIALS");
    let r = t.asx(&t.token("usr_x", &[Role::Admin]), "GET", &format!("/auth/users/{id}"), None).await; println!("{}", r.body); assert_eq!(r.body["data"]["status"], "closed");
    let r = t.post("/auth/register", json!({"email": "z@test.com", "password": "password123", "name": "Zoe", "invite_code": invite})).await; assert_eq!(r.status, 400);
    assert_eq!(t.post("/auth/register", reg("kim@test.com")).await.status, 201);
    // jwks
    for p in ["/.well-known/jwks.json", "/api/v1/.well-known/jwks.json"] { let r = t.call("GET", p, &[], None).await; assert_eq!(r.status, 200); println!("{} {:?}", r.body, r.headers); }
}

#[tokio::test(flavor = "multi_thread")]
async fn throttle() {
    let t = start().await;
    t.post("/auth/register", reg("kim@test.com")).await;
    let wrong = json!({"email": "kim@test.com", "password": "wrong"});
    for _ in 0..10 { assert_eq!(t.post("/auth/login", wrong.clone()).await.status, 401); }
    let r = t.post("/auth/login", wrong.clone()).await;
    assert_eq!(r.status, 429); println!("{} {:?}", r.body, r.headers["retry-after"]);
    let right = json!({"email": "KIM@test.com", "password": "password123"});
    assert_eq!(t.post("/auth/login", right.clone()).await.status, 429);
    t.now.fetch_add(15 * 60 * 1000, Ordering::SeqCst);
    assert_eq!(t.post("/auth/login", right.clone()).await.status, 200);
    // in parallel: exactly ten are told
    let all = futures::future::join_all((0..60).map(|_| { let (t, w) = (t.clone(), wrong.clone()); tokio::spawn(async move { t.post("/auth/login", w).await.status }) })).await;
    let all: Vec<u16> = all.into_iter().map(|r| r.unwrap()).collect();
    println!("{all:?}");
    assert_eq!(all.iter().filter(|s| **s == 401).count(), 10); assert!(all.iter().all(|s| [401, 429].contains(s)));
    // by address
    *t.address.lock().unwrap() = "10.0.0.2".into();
    let mut told = 0;
    for i in 0..60 { let r = t.post("/auth/login", json!({"email": format!("u{i}@test.com"), "password": "wrong"})).await; if r.status == 401 { told += 1 } else { assert_eq!(r.status, 429) } }
    assert_eq!(told, 50);
    // time
    *t.address.lock().unwrap() = "10.0.0.3".into();
    let mut times = [vec![], vec![]];
    for i in 0..9 { for (k, e) in [(0, "race@test.com".to_owned()), (1, format!("no{i}@test.com"))] {
        if k == 0 { if i == 0 { t.post("/auth/register", reg(&e)).await; } }
        let b = std::time::Instant::now(); t.post("/auth/login", json!({"email": e, "password": "wrong"})).await; times[k].push(b.elapsed().as_micros()); } }
    for v in &mut times { v.sort(); } println!("known {} us, unknown {} us", times[0][4], times[1][4]);
}
