//! Extracts the files of Swagger UI that the documentation page needs and compresses them with gzip. The page
//! then works without a CDN, and the function stays small. Lists the schemas of events, too.

use std::error::Error;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

const FILES: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];
/// Folder of the schemas, as `<type>/<version>.json`.
const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/events");

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let directory = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed={SCHEMAS}");
    std::fs::write(directory.join("event_schemas.rs"), event_schemas()?)?;
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    for file in FILES {
        let wanted = format!("dist/{file}");
        let name = names.iter().find(|name| name.ends_with(&wanted)).ok_or("Swagger UI has no such file")?;
        let mut content = Vec::new();
        std::io::copy(&mut archive.by_name(name)?, &mut content)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&content)?;
        std::fs::write(directory.join(format!("{file}.gz")), encoder.finish()?)?;
    }
    Ok(())
}

/// Returns the Rust source of the list of schemas, each with the type of the event and the version.
fn event_schemas() -> Result<String, Box<dyn Error>> {
    let mut entries = Vec::new();
    for folder in std::fs::read_dir(SCHEMAS)? {
        for file in std::fs::read_dir(folder?.path())? {
            let path = file?.path();
            let kind = path.parent().and_then(Path::file_name).ok_or("a schema is in a folder")?;
            let version = path.file_stem().ok_or("a schema has a version")?;
            entries.push(format!("({kind:?}, {version:?}, include_str!({path:?}))"));
        }
    }
    entries.sort();
    Ok(format!("static EVENT_SCHEMAS: &[(&str, &str, &str)] = &[{}];", entries.join(", ")))
}
