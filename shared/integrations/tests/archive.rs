//! Tests of the archive of the audit: the call to S3 as it leaves, and files in a folder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use assertions::assert_each_eq;
use config::{ArchiveConfig, IntegrationsConfig};
use dibs_integrations::{Integrations, ServiceCall, ServiceReply, script};
use domain::{Code, Timestamp};

fn now() -> Timestamp {
    "2026-11-28T10:20:00Z".parse().unwrap()
}

type Seen = Arc<Mutex<Vec<ServiceCall>>>;

/// Returns clients whose archive answers with `reply`, and the calls that it gets.
fn bucket(reply: ServiceReply) -> (Integrations, Seen) {
    let seen = Seen::default();
    let record = seen.clone();
    let integrations = Integrations::scripted(script(move |call| {
        record.lock().unwrap().push(call);
        let reply = reply.clone();
        Box::pin(async move { reply })
    }));
    (integrations, seen)
}

fn status(status: u16) -> ServiceReply {
    ServiceReply::Answer { status, body: Vec::new() }
}

#[tokio::test]
async fn object_is_put_signed_with_its_checksum_and_never_replaced() {
    let (integrations, seen) = bucket(status(200));
    integrations.archive(now(), "2026/11/28/10/entries-0000.ndjson", b"{}\n".to_vec()).await.unwrap();
    let seen = seen.lock().unwrap();
    let call = &seen[0];
    assert_each_eq!(
        (call.method, "PUT"),
        (call.path.as_str(), "/archive/2026/11/28/10/entries-0000.ndjson"),
        (call.header("if-none-match"), Some("*")),
        (call.header("x-amz-date"), Some("20261128T102000Z")),
        (call.header("x-amz-checksum-sha256"), Some("yj0WO6sFU4GCciYUBWjzvvfqrBh869doeOC2Pp5EI1Y=")),
        (
            call.header("x-amz-content-sha256"),
            Some("ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356")
        )
    );
    let authorization = call.header("authorization").unwrap();
    assert!(
        authorization.contains("/20261128/us-east-1/s3/aws4_request")
            && authorization.contains("if-none-match;x-amz-checksum-sha256"),
        "{authorization}"
    );
}

#[tokio::test]
async fn object_that_exists_counts_as_written() {
    let (integrations, _) = bucket(status(412));
    integrations.archive(now(), "a", Vec::new()).await.unwrap();
}

#[tokio::test]
async fn unknown_outcome_is_busy_and_a_refusal_is_an_error() {
    for (reply, code) in [
        (ServiceReply::Timeout, Code::Busy),
        (ServiceReply::Connection, Code::Busy),
        (status(409), Code::Busy),
        (status(503), Code::Busy),
        (status(403), Code::InternalError),
        (status(301), Code::Busy),
    ] {
        let (integrations, _) = bucket(reply.clone());
        let error = integrations.archive(now(), "a", Vec::new()).await.unwrap_err();
        assert_eq!(error.code, code, "{reply:?}");
    }
}

#[tokio::test]
async fn file_is_written_once_and_kept() {
    let folder = std::env::temp_dir().join(format!("dibs-archive-{}", std::process::id()));
    let archive = Some(ArchiveConfig::Folder(folder.clone()));
    let integrations = Integrations::new(IntegrationsConfig { archive, ..IntegrationsConfig::default() });
    for content in ["first", "second"] {
        integrations.archive(now(), "2026/11/root.ndjson", content.into()).await.unwrap();
    }
    let written = std::fs::read_to_string(folder.join("2026/11/root.ndjson")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(written, "first");
}

#[tokio::test]
async fn nothing_is_archived_without_an_archive() {
    let integrations = Integrations::new(IntegrationsConfig::default());
    assert!(!integrations.has_archive());
    assert_eq!(integrations.archive(now(), "a", Vec::new()).await.unwrap_err().code, Code::InternalError);
}
