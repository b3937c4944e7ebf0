//! Checks that many routes share.

use dibs_tests::harness::{ALL_ROLES, Caller, TestApp};
use serde_json::Value;

/// Checks that a request gets 401 without a valid token, and 403 with a role in `forbidden`, in both cases
/// before its body is read.
pub async fn guarded(app: &TestApp, method: &str, path: &str, forbidden: &[&str]) {
    for caller in [app.anonymous(), app.expired(), app.forger(), app.bearer("nonsense")] {
        caller.call(method, path).await.refused(401, "UNAUTHORIZED");
        caller.call(method, path).raw("application/json", "{").await.refused(401, "UNAUTHORIZED");
    }
    for role in forbidden {
        let caller = match *role {
            "user" => app.user(),
            "operator" => app.operator(),
            "auditor" => app.auditor(),
            other => panic!("no role {other}"),
        };
        caller.call(method, path).await.refused(403, "FORBIDDEN");
        caller.call(method, path).raw("application/json", "{").await.refused(403, "FORBIDDEN");
    }
}

/// Checks that a route refuses malformed JSON, a duplicate member, a wrong or missing content type, and a
/// body of more than `kib_max` KiB.
pub async fn bodies_are_checked(app: &TestApp, method: &str, path: &str, kib_max: usize) {
    let call = || app.with_roles(&ALL_ROLES).call(method, path);
    call().raw("application/json", "{\"a\": ").await.refused(400, "BAD_JSON");
    call().raw("application/json", "nothing").await.refused(400, "BAD_JSON");
    call().raw("application/json", "{\"a\": {\"b\": 1, \"b\": 1}}").await.refused(400, "DUPLICATE_MEMBER");
    call().untyped("{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    call().raw("text/csv", "{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    call().raw("application/json", " ".repeat(kib_max * 1024 + 1)).await.refused(413, "PAYLOAD_TOO_LARGE");
}

/// Reads all pages of a list, and returns the entries of all pages and the number of entries of each page.
pub async fn pages(caller: &Caller, path: &str) -> (Vec<Value>, Vec<usize>) {
    let (mut entries, mut sizes, mut cursor) = (Vec::new(), Vec::new(), None::<String>);
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let page = match &cursor {
            Some(cursor) => format!("{path}{mark}cursor={cursor}"),
            None => path.to_owned(),
        };
        let reply = caller.get(&page).await;
        cursor = reply.json["meta"]["next_cursor"].as_str().map(str::to_owned);
        let found = reply.expect(200).as_array().unwrap().clone();
        sizes.push(found.len());
        entries.extend(found);
        assert!(sizes.len() < 100, "the list does not end");
        if cursor.is_none() {
            return (entries, sizes);
        }
    }
}

/// Checks that a list refuses invalid values of its paging parameters `limit` and `cursor`.
pub async fn paging_is_checked(caller: &Caller, path: &str) {
    for (query, fields) in [
        ("limit=0", vec!["limit"]),
        ("limit=101&page=1", vec!["limit", "page"]),
        ("limit=x&cursor=", vec!["limit", "cursor"]),
        ("cursor=bm9uc2Vuc2U", vec!["cursor"]),
        ("cursor=%2F%2F", vec!["cursor"]),
    ] {
        caller.get(&format!("{path}?{query}")).await.invalid(&fields);
    }
}

/// Returns the string in the field `name` of each entry.
pub fn each<'a>(entries: &'a Value, name: &str) -> Vec<&'a str> {
    let entries = entries.as_array().expect("a list");
    entries.iter().map(|entry| entry[name].as_str().expect("a text")).collect()
}
