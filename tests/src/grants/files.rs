//! Files with the roles of the functions and with the recorded calls.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Functions, merge};

/// Calls recorded in this process.
static SEEN: Mutex<Functions> = Mutex::new(Functions::new());

/// Roles of all functions, from `terraform/functions.json`. `None` if the file does not exist.
#[derive(Clone, Debug)]
pub struct Roles(pub Option<Functions>);

/// Reads the roles of the functions.
///
/// # Errors
/// Fails if the file exists and cannot be read or parsed.
pub fn roles() -> io::Result<Roles> {
    match std::fs::read(root().join("terraform/functions.json")) {
        Ok(text) => Ok(Roles(Some(serde_json::from_slice(&text)?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Roles(None)),
        Err(error) => Err(error),
    }
}

/// Returns the folder with one file per process that recorded calls.
pub fn calls_folder() -> PathBuf {
    root().join("target/infra/calls")
}

/// Adds `calls` to the file of this process in [`calls_folder`].
///
/// # Errors
/// Fails if the file cannot be written.
pub fn keep(calls: Functions) -> io::Result<()> {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = seen.clone();
    merge(&mut seen, calls);
    if *seen == before {
        return Ok(());
    }
    let (folder, process) = (calls_folder(), std::process::id());
    std::fs::create_dir_all(&folder)?;
    // The file is renamed when complete, so that a reader never sees a part of it.
    let unfinished = folder.join(format!("{process}.unfinished"));
    std::fs::write(&unfinished, serde_json::to_vec_pretty(&*seen)?)?;
    std::fs::rename(unfinished, folder.join(format!("{process}.json")))
}

/// Reads the calls that all processes recorded.
///
/// # Errors
/// Fails if a file cannot be read or parsed.
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
