//! Data file of a local stack. It must be a file of dibs in a known version, is used by one process at a
//! time, and is readable only by its owner. A file that fails a check is reported and left unchanged.

use std::fmt::Display;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use domain::{Error, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Upper half of SQLite's `application_id`, which marks a file of dibs.
const APPLICATION: i32 = 0x6462;
/// Lower half of `application_id`: the version of the data format. The oldest files have no `application_id`.
const VERSION: i32 = 1;
/// First bytes of every SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Mode of the data file: only its owner can read it, because it contains email addresses and password
/// hashes.
const MODE: u32 = 0o600;
/// Query that is true for every data file of dibs: it checks for two tables that all of them have.
const TABLES: &str =
    "SELECT count(*) = 2 FROM sqlite_master WHERE type = 'table' AND name IN ('_tables', '_stream_records')";

/// Data file that this process holds exclusively, until the value is dropped or the process ends in any way.
pub(super) struct DataFile {
    path: PathBuf,
    _lock: File,
}

impl DataFile {
    /// Opens the data file at `path`, or creates an empty one.
    ///
    /// # Errors
    /// Fails with a sentence that names the problem and what to do if the file cannot be used, is in use by
    /// another process, is damaged, is no data file of dibs, or has a newer version.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let here = Here(path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().map_err(|error| here.no_folder(folder, &error))?;
        let name = path.file_name().ok_or_else(|| here.says("names no file", "Name one with --data FILE"))?;
        // The lock belongs to the canonical path, so that two links to one file share it.
        let there = folder.join(name);
        let there = there.canonicalize().unwrap_or(there);
        let is_new = here.inspect(&there)?;
        let lock = here.lock(&there)?;
        if !is_new {
            here.check_whole(&there)?;
        }
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(is_new).mode(MODE).open(&there);
        let file = file.map_err(|error| here.unusable("cannot be written", &error))?;
        file.set_permissions(Permissions::from_mode(MODE))
            .map_err(|error| here.unusable("cannot be kept from others", &error))?;
        Ok(Self { path: there, _lock: lock })
    }

    /// Returns the canonical path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `application_id` through `connection`, unless the file already has it.
    pub(super) fn sign(connection: &Connection) -> rusqlite::Result<()> {
        let signed = application_id(connection)?;
        if signed != APPLICATION << 16 | VERSION {
            connection.pragma_update(None, "application_id", APPLICATION << 16 | VERSION)?;
        }
        Ok(())
    }
}

fn application_id(connection: &Connection) -> rusqlite::Result<i32> {
    connection.query_row("PRAGMA application_id", [], |row| row.get(0))
}

/// Path of the data file as the user typed it, for error messages.
struct Here<'a>(&'a Path);

impl Here<'_> {
    /// Checks that the file at `there` is a data file of dibs in a known version. Returns `true` if it does
    /// not exist or is empty.
    fn inspect(&self, there: &Path) -> Result<bool> {
        match there.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(self.unusable("cannot be read", &error)),
            Ok(found) if !found.is_file() => return Err(self.says("is no file", "Name one with --data FILE")),
            // The lock goes by name, so another process could use the same file by another hard link.
            Ok(found) if found.nlink() > 1 => {
                let names = found.nlink();
                return Err(self.says(
                    &format!("has {names} names (hard links), by each of which another dibs could use it"),
                    "Delete the other names, or name a copy with --data FILE",
                ));
            }
            Ok(found) if found.len() == 0 => return Ok(true),
            Ok(_) => {}
        }
        let foreign = || {
            let way_out = "It was left as it is: name another file with --data FILE, or move it away";
            self.says("is no data file of dibs", way_out)
        };
        let (mut file, mut magic) =
            (File::open(there).map_err(|error| self.unusable("cannot be read", &error))?, [0; 16]);
        if file.read_exact(&mut magic).is_err() || magic != MAGIC {
            return Err(foreign());
        }
        let read = |connection: &Connection| -> rusqlite::Result<(i32, bool)> {
            Ok((application_id(connection)?, connection.query_row(TABLES, [], |row| row.get(0))?))
        };
        let (signed, is_database) =
            open_to_read(there).and_then(|connection| read(&connection)).map_err(|error| {
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) {
                    self.damaged(&error)
                } else {
                    foreign()
                }
            })?;
        match (signed >> 16, signed & 0xffff) {
            (APPLICATION, version) if version > VERSION => Err(self.says(
                &format!("was written by a newer version of dibs (data of version {version}, and this one knows {VERSION})"),
                "It was left as it is: start that version, or name another file with --data FILE",
            )),
            (APPLICATION, _) => Ok(false),
            (0, 0) if is_database => Ok(false),
            _ => Err(foreign()),
        }
    }

    /// Takes the lock of the data file, which is a file of its own: SQLite loses its locks on the data file
    /// when any other handle of this process to it is closed.
    fn lock(&self, there: &Path) -> Result<File> {
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).mode(MODE).open(beside(there, "-lock"));
        let mut file = opened.map_err(|error| self.unusable("cannot be locked", &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                drop(file.read_to_string(&mut holder));
                let process = holder
                    .trim()
                    .parse::<u32>()
                    .map_or_else(|_| String::new(), |id| format!(" (process {id})"));
                return Err(self.says(
                    &format!("is in use by another dibs{process}"),
                    "Stop that one, or name another file with --data FILE",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(self.unusable("cannot be locked", &error)),
        }
        // The process id is only shown in error messages, so that failing to write it does not prevent the
        // start.
        drop(
            file.set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| writeln!(file, "{}", std::process::id())),
        );
        Ok(file)
    }

    /// Checks the data file with SQLite's `quick_check`. Fails if it finds damage.
    fn check_whole(&self, there: &Path) -> Result<()> {
        let check = |connection: Connection| {
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        };
        match open_to_read(there).and_then(check) {
            Ok(found) if found != "ok" => Err(self.damaged(&found.replace('\n', " "))),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
                Err(self.damaged(&error))
            }
            // Any other problem is reported when the file is opened.
            _ => Ok(()),
        }
    }

    fn damaged(&self, why: &dyn Display) -> Error {
        let file = self.0.display();
        self.says(
            &format!("is damaged ({why})"),
            format!("Put a copy of it back, or move {file} and {file}-wal away to begin with an empty one"),
        )
    }

    fn no_folder(&self, folder: &Path, error: &std::io::Error) -> Error {
        match error.kind() {
            ErrorKind::NotFound => {
                let folder = folder.display();
                self.says(
                    "is in a directory that does not exist",
                    format!("Make it with `mkdir -p {folder}`"),
                )
            }
            _ => self.unusable("is in a directory that cannot be used", error),
        }
    }

    fn unusable(&self, what: &str, error: &std::io::Error) -> Error {
        let way_out = match error.kind() {
            ErrorKind::PermissionDenied => {
                "Give yourself the right to it, or name another file with --data FILE"
            }
            ErrorKind::ReadOnlyFilesystem => "Name a file in a place that can be written with --data FILE",
            ErrorKind::StorageFull => "Make room, or name a file in another place with --data FILE",
            _ => "Name another file with --data FILE",
        };
        self.says(&format!("{what} ({error})"), way_out)
    }

    fn says(&self, what: &str, way_out: impl Display) -> Error {
        Error::internal(format!("The data file {} {what}. {way_out}.", self.0.display()))
    }
}

/// Opens the file read-only, without changing it.
fn open_to_read(there: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let name: String = there.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    // SQLite would create a write-ahead log even for reading. The option `immutable` prevents this.
    let immutable = if beside(there, "-wal").exists() { "" } else { "?immutable=1" };
    Connection::open_with_flags(format!("file:{name}{immutable}"), flags)
}

fn beside(there: &Path, ending: &str) -> PathBuf {
    let mut name = there.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests;
