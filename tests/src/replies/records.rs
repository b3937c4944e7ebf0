//! Files of what the tests observed: one file for each process.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Records of one kind, in a folder of `target`.
pub struct Records<T> {
    folder: &'static str,
    /// Records of this process, and the file that has them.
    recorded: Mutex<(BTreeSet<T>, Option<File>)>,
}

impl<T: Ord + Serialize + DeserializeOwned> Records<T> {
    /// Creates empty records in `folder`, a path from the root of the repository.
    pub const fn new(folder: &'static str) -> Self {
        Self { folder, recorded: Mutex::new((BTreeSet::new(), None)) }
    }

    /// Returns the folder with one file per process that recorded something.
    pub fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(self.folder)
    }

    /// Adds `record` to the file of this process, unless it is there.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn add(&self, record: T) -> io::Result<()> {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        let (records, file) = &mut *recorded;
        if records.contains(&record) {
            return Ok(());
        }
        let file = match file {
            Some(file) => file,
            None => file.insert(create(&self.folder())?),
        };
        file.write_all(format!("{}\n", serde_json::to_string(&record)?).as_bytes())?;
        records.insert(record);
        Ok(())
    }

    /// Reads the records of all processes.
    ///
    /// # Errors
    /// Fails if a file cannot be read or parsed.
    pub fn all(&self) -> io::Result<BTreeSet<T>> {
        let mut records = BTreeSet::new();
        for entry in std::fs::read_dir(self.folder())? {
            for line in std::fs::read_to_string(entry?.path())?.lines() {
                records.insert(serde_json::from_str(line)?);
            }
        }
        Ok(records)
    }
}

/// Creates the file of this process in `folder`, and removes the files of processes from before this binary was
/// built: their tests or routes are not those of today.
fn create(folder: &Path) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let built = std::fs::metadata(std::env::current_exe()?)?.modified()?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.metadata()?.modified()? < built {
            std::fs::remove_file(entry.path())?;
        }
    }
    let name = format!("{}.jsonl", std::process::id());
    OpenOptions::new().create(true).append(true).open(folder.join(name))
}
