use std::os::unix::fs::MetadataExt;

use super::super::Dynamo;
use super::*;

/// Temporary folder, deleted on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("dibs-data-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Returns the error message of opening `path`.
fn refusal(path: &Path) -> String {
    Dynamo::file(path).err().expect("it is refused").cause().unwrap().to_string()
}

#[test]
fn data_file_and_what_is_beside_it_are_for_the_owner_only() {
    let folder = Folder::new();
    let path = folder.file("dibs.db");
    drop(Dynamo::file(&path).unwrap());
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let _running = Dynamo::file(&path).unwrap();
    for name in folder.names() {
        assert_eq!(folder.file(&name).metadata().unwrap().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn data_file_that_another_has_is_refused_until_it_is_let_go() {
    let folder = Folder::new();
    let (path, link) = (folder.file("dibs.db"), folder.file("link.db"));
    let first = Dynamo::file(&path).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for name in [&path, &link] {
        let message = refusal(name);
        assert!(
            message.contains("is in use by another dibs")
                && message.contains(&std::process::id().to_string()),
            "{message}"
        );
        assert!(message.contains("name another file with --data FILE"), "{message}");
    }
    drop(first);
    assert!(Dynamo::file(&path).is_ok());
}

#[test]
fn file_that_is_no_data_file_is_named_and_left_as_it_is() {
    let folder = Folder::new();
    let path = folder.file("other");
    let sqlite = |statements: &str| {
        let _ = std::fs::remove_file(&path);
        Connection::open(&path).unwrap().execute_batch(statements).unwrap();
        std::fs::read(&path).unwrap()
    };
    let mut cases = vec![b"a diary\n".to_vec(), b"SQLite format 3\0".to_vec(), [MAGIC, &[7; 4096]].concat()];
    cases.push(sqlite("CREATE TABLE notes (text)"));
    cases.push(sqlite("PRAGMA journal_mode = WAL; CREATE TABLE notes (text)"));
    cases.push(sqlite(
        "PRAGMA application_id = 252006674; CREATE TABLE _tables (a); CREATE TABLE _stream_records (a)",
    ));
    for content in cases {
        std::fs::write(&path, &content).unwrap();
        let message = refusal(&path);
        assert!(
            message.contains("is no data file of dibs") && message.contains("left as it is"),
            "{message}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), content, "byte for byte");
        assert_eq!(folder.names(), ["other"], "and nothing beside it");
    }
}

#[test]
fn data_file_of_a_newer_version_is_named_and_left_as_it_is() {
    let folder = Folder::new();
    let path = folder.file("dibs.db");
    drop(Dynamo::file(&path).unwrap());
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "application_id", APPLICATION << 16 | (VERSION + 1)).unwrap();
    drop(newer);
    let before = std::fs::read(&path).unwrap();
    let message = refusal(&path);
    assert!(message.contains("newer version of dibs (data of version 2, and this one knows 1)"), "{message}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn data_file_from_before_versions_is_opened_and_signed() {
    let folder = Folder::new();
    let path = folder.file("dibs.db");
    drop(Dynamo::file(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "application_id", 0).unwrap();
    drop(Dynamo::file(&path).unwrap());
    let signed = application_id(&Connection::open(&path).unwrap()).unwrap();
    assert_eq!(signed, APPLICATION << 16 | VERSION);
}

#[test]
fn place_that_cannot_hold_a_file_is_named_with_the_way_out() {
    let folder = Folder::new();
    std::fs::write(folder.file("file"), "x").unwrap();
    for (path, expected) in [
        (folder.file("nowhere/dibs.db"), "in a directory that does not exist. Make it with `mkdir -p"),
        (folder.file("file/dibs.db"), "cannot be read (Not a directory"),
        (folder.0.clone(), "is no file"),
        (PathBuf::from("/proc/dibs.db"), "cannot be locked"),
    ] {
        let message = refusal(&path);
        assert!(message.contains(expected), "{message}");
        assert!(message.contains(&path.display().to_string()), "{message}");
    }
}

#[test]
fn data_file_with_another_hard_link_is_refused() {
    let folder = Folder::new();
    let (path, link) = (folder.file("dibs.db"), folder.file("link.db"));
    let first = Dynamo::file(&path).unwrap();
    std::fs::hard_link(&path, &link).unwrap();
    let message = refusal(&link);
    assert!(
        message.contains("link.db has 2 names (hard links)") && message.contains("Delete the other names"),
        "{message}"
    );
    drop(first);
    assert!(refusal(&path).contains("hard links"), "by each of its names");
    std::fs::remove_file(&link).unwrap();
    assert!(Dynamo::file(&path).is_ok());
}

#[test]
fn damaged_data_file_is_named_with_the_way_out() {
    let folder = Folder::new();
    let path = folder.file("dibs.db");
    let dynamo = Dynamo::file(&path).unwrap();
    let body = br#"{"TableName": "things", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}"#;
    assert_eq!(dynamo.execute("DynamoDB_20120810.CreateTable", body).status, 200);
    drop(dynamo);
    let whole = std::fs::read(&path).unwrap();
    let mut torn = whole.clone();
    torn[4096..].fill(0xa5);
    let cut = whole[..4096 + 100].to_vec();
    for damaged in [torn, cut] {
        std::fs::write(&path, &damaged).unwrap();
        let message = refusal(&path);
        assert!(
            message.contains("dibs.db is damaged (") && message.contains("Put a copy of it back"),
            "{message}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), damaged, "left as it was");
    }
    std::fs::write(&path, &whole).unwrap();
    assert!(Dynamo::file(&path).is_ok());
}
