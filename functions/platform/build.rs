//! Extracts the files of Swagger UI that the documentation page needs and compresses them with gzip. The page
//! then works without a CDN, and the function stays small.

use std::error::Error;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

const FILES: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let directory = PathBuf::from(std::env::var("OUT_DIR")?);
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
