//! Where grants and calls are kept.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Functions, merge};

/// What this process has seen called.
static SEEN: Mutex<Functions> = Mutex::new(Functions::new());

/// What `terraform/functions.json` allows; nothing when there is no such file.
#[derive(Clone, Debug)]
pub struct Roles(pub Option<Functions>);

/// The roles of the functions.
///
/// # Errors
/// When the file cannot be read as what it is.
pub fn roles() -> io::Result<Roles> {
    match std::fs::read(root().join("terraform/functions.json")) {
        Ok(text) => Ok(Roles(Some(serde_json::from_slice(&text)?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Roles(None)),
        Err(error) => Err(error),
    }
}

/// The folder with a file for each process that has recorded calls.
pub fn calls_folder() -> PathBuf {
    root().join("target/infra/calls")
}

/// Adds `calls` to the file of this process.
///
/// # Errors
/// When it cannot be written.
pub fn keep(calls: Functions) -> io::Result<()> {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = seen.clone();
    merge(&mut seen, calls);
    if *seen == before {
        return Ok(());
    }
    let (folder, process) = (calls_folder(), std::process::id());
    std::fs::create_dir_all(&folder)?;
    // Whoever reads finds a whole file or none.
    let unfinished = folder.join(format!("{process}.unfinished"));
    std::fs::write(&unfinished, serde_json::to_vec_pretty(&*seen)?)?;
    std::fs::rename(unfinished, folder.join(format!("{process}.json")))
}

/// What all processes have seen called together.
///
/// # Errors
/// When a file cannot be read as what it is.
pub fn kept() -> io::Result<Functions> {
    let mut all = Functions::new();
    for entry in std::fs::read_dir(calls_folder())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            merge(&mut all, serde_json::from_slice(&std::fs::read(path)?)?);
        }
    }
    Ok(all)
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
