//! Tests of the real `dibs` tool: error messages of a start that fails, accepted host names, and a full disk.

use std::process::Stdio;

use dibs_tests::process::{Dibs, Folder, Operator, Player, refused_start, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn start_that_cannot_succeed_says_what_is_wrong_and_what_to_type() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::new("refused");
    std::fs::write(folder.data(), "a diary\n").unwrap();
    let file = folder.data().display().to_string();
    for (arguments, expected) in [
        (vec!["--listen", &address], vec![&*address, "is in use", "type `--listen 127.0.0.1:"]),
        (
            vec!["--listen", "0.0.0.0:0"],
            vec!["0.0.0.0:0 is not a loopback address", "demo administrator", "--expose"],
        ),
        (vec!["--listen", "127.0.0.1:0", "--engines", "0.0.0.0:0"], vec!["--engines 0.0.0.0:0", "--expose"]),
        (vec!["--listen", "127.0.0.1:0", "--data", &file], vec!["is no data file of dibs", "--data FILE"]),
        (
            vec!["--listen", "127.0.0.1:0", "--data", "/nowhere/a.db"],
            vec!["does not exist", "mkdir -p /nowhere"],
        ),
        (
            vec!["--listen", "127.0.0.1:0", "--dynamodb-endpoint", "nonsense"],
            vec![
                "\"nonsense\" is not the address of a DynamoDB",
                "--dynamodb-endpoint",
                "AWS_ENDPOINT_URL_DYNAMODB",
            ],
        ),
        (
            vec!["--listen", "127.0.0.1:0", "--sqs-endpoint", "http://127.0.0.1:9"],
            vec!["Nothing answers at http://127.0.0.1:9", "--sqs-endpoint", "AWS_ENDPOINT_URL_SQS"],
        ),
    ] {
        let said = refused_start(&arguments).await;
        assert!(expected.iter().all(|part| said.contains(part)), "{arguments:?}: {said}");
        assert!(said.starts_with("dibs: ") && said.lines().count() == 1, "{arguments:?}: {said}");
        assert!(!said.contains("Something went wrong"), "{said}");
    }
    assert_eq!(std::fs::read(folder.data()).unwrap(), b"a diary\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_file_in_use_is_refused_until_its_process_is_gone() {
    let folder = Folder::new("in-use");
    let first = Dibs::start(&folder).await;
    let file = folder.data().display().to_string();
    let said = refused_start(&["--listen", "127.0.0.1:0", "--data", &file]).await;
    assert!(said.contains("is in use by another dibs (process ") && said.contains("Stop that one"), "{said}");
    let ids = Operator::of(&first).campaign().await;
    let user = Player::new(&first, "player");
    assert_eq!(user.claim(&first, &ids).await, Some(202));
    // The kernel releases the lock of the data file, however the process ends.
    first.kill().await;
    let second = Dibs::start(&folder).await;
    user.wait_for_the_grant(&second, &ids).await;
    second.interrupt().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_are_neither_loopback_nor_given_are_refused_everywhere() {
    let folder = Folder::new("hosts");
    let dibs = Dibs::start_with(&folder, &["--host", "dibs.test", "--engines", "127.0.0.1:0"]).await;
    let (api, engines) = (dibs.address().origin().to_owned(), dibs.engines().unwrap().to_owned());
    let client = reqwest::Client::new();
    let ask = async |url: String, host: Option<&str>| {
        let mut request = client.get(url);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let response = request.send().await.unwrap();
        let nosniff =
            response.headers().get("x-content-type-options").is_some_and(|value| value == "nosniff");
        assert!(nosniff, "security headers on every answer");
        (response.status().as_u16(), response.text().await.unwrap())
    };
    for path in ["/api/v1/health", "/_standins/fulfilment", "/_standins/events", "/nowhere"] {
        let (status, body) = ask(format!("{api}{path}"), Some("evil.test")).await;
        assert!(
            status == 421 && body.contains("HOST_NOT_ALLOWED") && body.contains("--host NAME"),
            "{path}: {body}"
        );
        for host in [None, Some("localhost:1"), Some("dibs.test"), Some("DIBS.TEST:8080"), Some("[::1]")] {
            let (status, body) = ask(format!("{api}{path}"), host).await;
            assert_ne!(status, 421, "{path} as {host:?}: {body}");
        }
    }
    let (status, body) = ask(engines.clone(), Some("evil.test")).await;
    assert!(status == 421 && body.contains("HOST_NOT_ALLOWED"), "{status}: {body}");
    assert_eq!(ask(engines, None).await.0, 400, "no call of AWS, but one that is answered");
    dibs.interrupt().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoint_that_answers_something_else_is_named_without_the_inside() {
    let folder = Folder::new("elsewhere");
    let dibs = Dibs::start(&folder).await;
    let url = dibs.address().origin().to_owned();
    let said = refused_start(&["--listen", "127.0.0.1:0", "--dynamodb-endpoint", &url]).await;
    let expected = format!("dibs: Tables and queues cannot be made with {url} as a DynamoDB");
    assert!(said.starts_with(&expected) && said.lines().count() == 1, "{said}");
    assert!(said.contains("AWS_ENDPOINT_URL_DYNAMODB") && !said.contains("Failure"), "{said}");
    dibs.interrupt().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_with_two_hosts_is_refused() {
    let folder = Folder::new("two-hosts");
    let dibs = Dibs::start(&folder).await;
    let mut stream =
        TcpStream::connect(dibs.address().origin().strip_prefix("http://").unwrap()).await.unwrap();
    let request =
        "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("more than one Host header"), "{answer}");
    dibs.interrupt().await;
}

/// Checks the behavior on a full disk. A limit of the file size has the same effect on the process: writes
/// fail until the limit is lifted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_is_503_until_there_is_room_and_loses_nothing() {
    let folder = Folder::new("full");
    let dibs = Dibs::start(&folder).await;
    let ids = Operator::of(&dibs).campaign().await;
    let mut log = folder.data().into_os_string();
    log.push("-wal");
    let room = std::fs::metadata(log).unwrap().len() + 600 * 1024;
    limit(&dibs, &room.to_string()).await;
    let users: Vec<Player> = (0..300).map(|number| Player::new(&dibs, &format!("player-{number}"))).collect();
    let mut refused = Vec::new();
    for (number, user) in users.iter().enumerate() {
        match user.claim(&dibs, &ids).await {
            Some(202) => {}
            Some(503) => refused.push(number),
            other => panic!("{user:?} was answered {other:?}"),
        }
        if refused.len() == 5 {
            break;
        }
    }
    assert_eq!(refused.len(), 5, "the disk was never full");
    let asked = &users[..=refused[4]];
    assert!(refused[0] > 0, "there was room for some");
    limit(&dibs, "unlimited").await;
    for number in &refused {
        let again = users[*number].claim(&dibs, &ids).await;
        // A request with the response 503 may have been executed.
        assert!(matches!(again, Some(202 | 409)), "{again:?}");
    }
    // A message that failed would be visible again after a minute. After a restart, its record is read from
    // the stream at once.
    dibs.kill().await;
    let dibs = Dibs::start(&folder).await;
    for user in asked {
        user.wait_for_the_grant(&dibs, &ids).await;
        assert_eq!(user.ledger(&dibs).await, [100], "{user:?}");
    }
    dibs.interrupt().await;
}

/// Sets the maximum file size that `dibs` may write, in bytes.
async fn limit(dibs: &Dibs, bytes: &str) {
    let mut command = Command::new("prlimit");
    command.args(["--pid", &dibs.process_id().to_string(), &format!("--fsize={bytes}:unlimited")]);
    let limited = command.stdout(Stdio::null()).status().await.expect("prlimit of util-linux is there");
    assert!(limited.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrator_is_created_in_a_data_file_with_a_password_from_standard_input() {
    let folder = Folder::new("admin");
    let file = folder.data().display().to_string();
    let arguments = ["admin", "create", "--email", "ada@example.com", "--password-stdin", "--data", &file];
    let said = run(&arguments, "a longer password\n").await;
    assert!(said.starts_with("ada@example.com is an administrator: usr_"), "{said}");
    let refused = refused_start(&["admin", "create", "--email", "bob@example.com", "--data", &file]).await;
    assert!(refused.contains("has administrators") && refused.contains("--force"), "{refused}");
    let dibs = Dibs::start_with(&folder, &["--demo=false"]).await;
    let url = format!("{}/api/v1/auth/login", dibs.address().origin());
    let body = serde_json::json!({"email": "ada@example.com", "password": "a longer password"});
    let reply = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    assert_eq!(reply.status(), 200);
}
