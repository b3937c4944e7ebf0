//! Tests of a data file that commit f560274 wrote. The present code opens it, with the clock at the time of
//! its last write.
//!
//! `data/f560274.db.gz` contains claims in every status, orders and seats that are held, paid, canceled and
//! expired, a waiting room with users in it, sessions, ledgers and codes; `data/f560274.json` describes them.
//! Some names in it are no longer accepted from clients.

use dibs_tests::assert_each_eq;
use std::io::Read;
use std::path::{Path, PathBuf};

use dibs_tests::harness::{Caller, PASSWORD, TestApp};
use domain::ids::UserId;
use serde_json::{Value, json};

/// System on the data file of f560274, with the description of its contents.
pub(crate) struct Older {
    pub(crate) app: TestApp,
    file: PathBuf,
    known: Value,
}

impl Older {
    pub(crate) async fn open() -> Self {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let known: Value =
            serde_json::from_slice(&std::fs::read(data.join("f560274.json")).unwrap()).unwrap();
        let mut content = Vec::new();
        let packed = std::fs::File::open(data.join("f560274.db.gz")).unwrap();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut content).unwrap();
        let file = std::env::temp_dir().join(format!("dibs-older-{:016x}", rand::random::<u64>()));
        std::fs::write(&file, content).unwrap();
        let app = TestApp::on(&file, known["now"].as_i64().unwrap() + 5_000).await;
        Self { app, file, known }
    }

    fn text(&self, pointer: &str) -> &str {
        self.known.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}"))
    }

    async fn sign_in(&self, email: &str) -> Caller {
        let data = self.app.login(email, PASSWORD).await.expect(200);
        let id = UserId::parse(data["user"]["id"].as_str().unwrap()).unwrap();
        self.app.bearer(data["access_token"].as_str().unwrap()).named(id)
    }

    async fn person(&self, name: &str) -> Caller {
        self.sign_in(self.text(&format!("/people/{name}/email"))).await
    }

    pub(crate) async fn finish(self) {
        self.app.finish().await;
        for ending in ["", "-wal", "-shm", "-lock", ".signing-key.pem"] {
            let mut name = self.file.clone().into_os_string();
            name.push(ending);
            drop(std::fs::remove_file(name));
        }
    }
}

#[tokio::test]
async fn accounts_and_sessions_of_before_go_on() {
    let older = Older::open().await;
    let app = &older.app;
    let refreshed = app.anonymous().call("POST", "/auth/refresh");
    let cookie = format!("refresh_token={}", older.text("/people/choi/refresh"));
    let refreshed = refreshed.header("cookie", &cookie).await.expect(200);
    assert!(refreshed["access_token"].is_string());
    for (name, shown) in [("kim", "Kim  Minji "), ("lee", "\u{200b}\u{200b}"), ("park", "Park Old")] {
        let me = older.person(name).await.get("/auth/me").await.expect(200);
        assert_each_eq!(
            (me["name"], json!(shown)),
            (me["id"], json!(older.text(&format!("/people/{name}/id"))))
        );
    }
    for gone in ["closed", "banned"] {
        let reply = app.login(older.text(&format!("/people/{gone}/email")), PASSWORD).await;
        assert!(matches!(reply.status, 401 | 403), "{gone}: {}", reply.json);
    }
    let admin = older.sign_in("admin@test.com").await;
    assert!(admin.get("/auth/users?limit=100").await.expect(200).as_array().unwrap().len() >= 11);
    older.finish().await;
}

#[tokio::test]
async fn claims_of_before_are_read_and_decided() {
    let older = Older::open().await;
    let (app, event) = (&older.app, older.text("/rewards/manual"));
    let operator = older.sign_in("operator@test.com").await;
    let request = |name: &str, event: &str| {
        format!("/events/requests/{}:{event}", older.text(&format!("/people/{name}/id")))
    };
    let statuses = async |name: &str, event: &str| {
        let found = operator.get(&request(name, event)).await.expect(200);
        let lines = found["lines"].as_array().unwrap();
        let mut statuses: Vec<String> =
            lines.iter().map(|line| line["status"].as_str().unwrap().to_owned()).collect();
        statuses.dedup();
        statuses.join(",")
    };
    for (name, event, status) in [
        ("kim", "auto", "failed"),
        ("kim", "manual", "in_review"),
        ("lee", "manual", "granted"),
        ("park", "manual", "rejected"),
        ("choi", "manual", "in_review"),
        ("kim", "outside", "granted"),
        ("lee", "outside", "failed"),
        ("park", "outside", "failed"),
    ] {
        assert_eq!(
            statuses(name, older.text(&format!("/rewards/{event}"))).await,
            status,
            "{name} of {event}"
        );
    }
    let decision = json!({"action": "approve", "reason": "looked at it"});
    operator.patch(&request("choi", event), decision).await.expect(200);
    app.settle().await;
    assert_eq!(statuses("choi", event).await, "granted");
    let (choi, kim, jung) =
        (older.person("choi").await, older.person("kim").await, older.person("jung").await);
    assert_eq!(choi.get("/inventory").await.json["meta"]["points"], 100);
    let things = older.person("lee").await.get("/inventory?limit=100").await.expect(200);
    let codes: Vec<&str> =
        things.as_array().unwrap().iter().filter_map(|thing| thing["coupon_code"].as_str()).collect();
    assert!(codes.len() == 1 && codes[0].starts_with("CODE-"), "{codes:?}");
    jung.post(&format!("/events/{event}/requests"), json!({})).await.expect(202);
    let points = format!("/events/{event}/requests/{}", older.text("/rewards/points"));
    kim.post(&points, json!({})).await.refused(409, "ALREADY_REQUESTED");
    let shown = operator.get(&format!("/events/{}", older.text("/rewards/auto"))).await.expect(200);
    assert_eq!(shown["name"], "   ");
    let listed = operator.get("/events/requests?limit=100").await.expect(200);
    assert!(listed.as_array().unwrap().len() >= 8);
    let csv = operator.get("/events/requests?format=csv").await;
    assert!(csv.status == 200 && csv.text().contains(event));
    older.finish().await;
}

#[tokio::test]
async fn orders_of_before_are_paid_and_canceled() {
    let older = Older::open().await;
    let (app, deal) = (&older.app, older.text("/deals/deal"));
    let (kim, lee, choi) = (older.person("kim").await, older.person("lee").await, older.person("choi").await);
    let recount = async || {
        app.settle().await;
        app.pass_seconds(120);
        let advance =
            local::routes::workers().iter().find(|worker| worker.name == "deals-advance-deals").unwrap();
        advance.handle_tick(app.app()).await.unwrap();
        app.pass_seconds(2);
    };
    let figures = async || {
        let deal = app.deal_now(deal).await;
        ["sold_quantity", "reserved_quantity", "available_quantity"].map(|name| deal[name].as_u64().unwrap())
    };
    // The stream is read again from the last checkpoint. Records that f560274 has counted are not counted
    // twice, even before a recount.
    app.settle().await;
    app.pass_seconds(2);
    assert_eq!(figures().await, [2, 3, 25]);
    recount().await;
    assert_eq!(figures().await, [2, 3, 25]);
    // The request fingerprint was computed from the bytes of the body, and is now computed from its content.
    // A repeat of the same bytes still gets the first result.
    let key = format!("order-kim-{deal}-3");
    let repeat = |body: String| kim.call("POST", "/orders").key(&key).raw("application/json", body);
    let bytes = format!(r#"{{"time_deal_id": "{deal}", "quantity": 3}}"#);
    assert_eq!(repeat(bytes.clone()).await.expect(201)["id"], *older.text("/deals/held"));
    repeat(bytes.replace(": 3", ": 2")).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    kim.post("/payments", json!({"order_id": older.text("/deals/held")})).await.expect(201);
    lee.delete(&format!("/orders/{}", older.text("/deals/reserved"))).await.expect(200);
    choi.order(deal, 1).await.expect(201);
    recount().await;
    assert_eq!(figures().await, [5, 1, 24]);
    for (order, status) in [
        ("paid", "confirmed"),
        ("held", "confirmed"),
        ("reserved", "canceled"),
        ("given_up", "canceled"),
        ("of_canceled", "canceled"),
    ] {
        let id = older.text(&format!("/deals/{order}"));
        let owner = if id.starts_with(kim.id().as_str()) { &kim } else { &lee };
        assert_eq!(owner.get(&format!("/orders/{id}")).await.expect(200)["status"], status, "{order}");
        assert!(!owner.get(&format!("/orders/{id}/events")).await.expect(200).as_array().unwrap().is_empty());
    }
    // The first reads enter the orders that have no place in the list yet.
    for who in [&kim, &lee] {
        let mut lists = Vec::new();
        for _ in 0..3 {
            let listed = who.get("/orders").await;
            let total = listed.json["meta"]["total"].as_u64().unwrap();
            let listed = listed.expect(200);
            assert_eq!(listed.as_array().unwrap().len() as u64, total);
            lists.push(listed);
        }
        assert!(lists[0].as_array().unwrap().len() >= 2 && lists[1..].iter().all(|list| *list == lists[0]));
    }
    for (deal, status) in [("scheduled", "scheduled"), ("canceled", "canceled"), ("big", "active")] {
        assert_eq!(app.deal_now(older.text(&format!("/deals/{deal}"))).await["status"], status);
    }
    let operator = older.sign_in("operator@test.com").await;
    let product = format!("/products/{}", older.text("/deals/product"));
    let shown = operator.get(&product).await.expect(200);
    assert_each_eq!(
        (shown["name"], "\u{3164}\u{3164}"),
        (shown["image_url"], "http://user:pw@example.com/1.png")
    );
    assert_eq!(
        operator.patch(&product, json!({"description": "new"})).await.expect(200)["name"],
        shown["name"]
    );
    older.finish().await;
}

#[tokio::test]
async fn seats_and_the_line_of_before_go_on() {
    let older = Older::open().await;
    let (app, queue, date) = (&older.app, older.text("/concerts/queue"), older.text("/concerts/date"));
    let (kim, lee, park) = (older.person("kim").await, older.person("lee").await, older.person("park").await);
    let place = format!("/queues/{queue}/tokens/me");
    for (who, status, position) in [(&kim, "active", 1), (&lee, "active", 2), (&park, "waiting", 3)] {
        let found = who.get(&place).await.expect(200);
        assert_each_eq!((found["status"], json!(status)), (found["position"], json!(position)));
    }
    let seats = app.statuses(older.text("/concerts/open"), date).await;
    assert_eq!(&seats[..5], ["sold", "sold", "held", "available", "available"]);
    lee.post("/payments", json!({"reservation_id": older.text("/concerts/held_open")})).await.expect(201);
    app.pass_seconds(2);
    assert_eq!(app.statuses(older.text("/concerts/open"), date).await[2], "sold");
    let token = kim.get(&place).await.expect(200)["token"].as_str().unwrap().to_owned();
    let held = json!({"reservation_id": older.text("/concerts/held")});
    kim.post("/payments", held).header("x-queue-token", &token).await.expect(201);
    let spent = 500_000 - 2 * 9_000 - 2 * 2 * 20_000;
    assert_eq!(kim.get("/balance").await.expect(200)["balance"], spent);
    let ledger = kim.get("/balance/ledger?limit=100").await.expect(200);
    let signed = |entry: &Value| match entry["type"].as_str().unwrap() {
        "charge" => entry["amount"].as_i64().unwrap(),
        _ => -entry["amount"].as_i64().unwrap(),
    };
    let sum: i64 = ledger.as_array().unwrap().iter().map(signed).sum();
    assert_eq!(sum, spent, "{ledger}");
    // The user who paid has ended their admission, so the next user is admitted.
    for _ in 0..60 {
        if park.get(&place).await.expect(200)["status"] == "active" {
            break;
        }
        app.wait_seconds(1).await;
    }
    assert_eq!(park.get(&place).await.expect(200)["status"], "active");
    let jung = older.person("jung").await.get(&place).await.expect(200);
    assert_each_eq!((jung["status"], "waiting"), (jung["position"], 5));
    older.finish().await;
}
