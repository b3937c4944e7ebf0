//! Files of the recorded replies.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::ObservedReply;

/// Replies recorded in this process, and the file that has them.
static RECORDED: Mutex<(BTreeSet<ObservedReply>, Option<File>)> = Mutex::new((BTreeSet::new(), None));

/// Returns the folder with one file per process that recorded replies.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/replies")
}

/// Adds `reply` to the file of this process, unless it is there.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn record(reply: ObservedReply) -> io::Result<()> {
    let mut recorded = RECORDED.lock().unwrap_or_else(PoisonError::into_inner);
    let (replies, file) = &mut *recorded;
    if replies.contains(&reply) {
        return Ok(());
    }
    let file = match file {
        Some(file) => file,
        None => file.insert(create()?),
    };
    file.write_all(format!("{}\n", serde_json::to_string(&reply)?).as_bytes())?;
    replies.insert(reply);
    Ok(())
}

/// Reads the replies that all processes recorded.
///
/// # Errors
/// Fails if a file cannot be read or parsed.
pub fn recorded() -> io::Result<BTreeSet<ObservedReply>> {
    let mut replies = BTreeSet::new();
    for entry in std::fs::read_dir(folder())? {
        for line in std::fs::read_to_string(entry?.path())?.lines() {
            replies.insert(serde_json::from_str(line)?);
        }
    }
    Ok(replies)
}

/// Creates the file of this process, and removes the files of processes from before this binary was built:
/// their tests or routes are not those of today.
fn create() -> io::Result<File> {
    let folder = folder();
    std::fs::create_dir_all(&folder)?;
    let built = std::fs::metadata(std::env::current_exe()?)?.modified()?;
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        if entry.metadata()?.modified()? < built {
            std::fs::remove_file(entry.path())?;
        }
    }
    let name = format!("{}.jsonl", std::process::id());
    OpenOptions::new().create(true).append(true).open(folder.join(name))
}
