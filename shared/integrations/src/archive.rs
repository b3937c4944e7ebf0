//! Archive of the audit: `PutObject` of Amazon S3, signed with AWS's Signature Version 4, or a file in a folder.
//!
//! It is a call like those to the other outside services. The SDK's crate for S3 has a hundred operations and
//! brings its own checksums and event streams, of which dibs needs one `PUT`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use config::{ArchiveConfig, BucketConfig, ExposeSecret};
use domain::{BusyReason, Error, Result, Timestamp};
use sha2::{Digest, Sha256};

use crate::transport::{ExternalService, Received, ServiceCall};
use crate::{Endpoint, Integrations};

/// Name of the service in a signature.
const SERVICE: &str = "s3";
/// HTTP method of the call.
const METHOD: &str = "PUT";
/// Timeout of an upload. Objects have a few megabytes.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(20);
/// Status of an object that exists, by `If-None-Match`.
const EXISTS: u16 = 412;
/// Headers that the signature adds to the call.
const SIGNED: [&str; 4] = ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];

/// Place into which audit entries are copied.
pub(crate) enum Archive {
    Bucket { url: String, region: String, credentials: Credentials },
    Folder(PathBuf),
}

impl Archive {
    pub fn new(config: ArchiveConfig) -> Self {
        match config {
            ArchiveConfig::Folder(folder) => Self::Folder(folder),
            ArchiveConfig::Bucket(BucketConfig {
                url,
                region,
                access_key_id,
                secret_access_key,
                session_token,
            }) => {
                let token = session_token.as_ref().map(|token| token.expose_secret().to_owned());
                let secret = secret_access_key.expose_secret();
                let credentials = Credentials::new(access_key_id, secret, token, None, "environment");
                Self::Bucket { url, region, credentials }
            }
        }
    }

    /// Returns the archive of [`Integrations::scripted`].
    pub fn scripted() -> Self {
        let credentials = Credentials::new("scripted", "scripted", None, None, "scripted");
        let (url, region) = ("http://scripted/archive".to_owned(), "us-east-1".to_owned());
        Self::Bucket { url, region, credentials }
    }
}

impl Integrations {
    /// Returns whether audit entries are to be copied.
    pub const fn has_archive(&self) -> bool {
        self.archive.is_some()
    }

    /// Writes the object `name`, unless it exists: an object is never replaced. `now` is the signing time.
    ///
    /// # Errors
    /// `BUSY` when the outcome is unknown or S3 asks to repeat the call; `INTERNAL_ERROR` when there is no
    /// archive, or it refuses. A repeat with the same content is safe.
    pub async fn archive(&self, now: Timestamp, name: &str, content: Vec<u8>) -> Result<()> {
        let (url, region, credentials) = match &self.archive {
            Some(Archive::Folder(folder)) => return write(folder, name, &content).map_err(Error::internal),
            Some(Archive::Bucket { url, region, credentials }) => (url, region, credentials),
            None => return Err(Error::internal("there is no archive of the audit")),
        };
        let endpoint = Endpoint::at(&format!("{url}/{name}"));
        let endpoint = endpoint.ok_or_else(|| Error::internal("the archive of the audit has no URL"))?;
        let call = call(&endpoint, region, credentials, now, content);
        let call =
            call.ok_or_else(|| Error::internal("the call to the archive of the audit cannot be signed"))?;
        let deadline = Instant::now().checked_add(UPLOAD_TIMEOUT);
        match self.transport.send(&endpoint.url, call, deadline).await {
            Received::Answer { status: 200..=299 | EXISTS, .. } => Ok(()),
            Received::Answer { status: status @ 400..=499, .. } if !matches!(status, 408 | 409 | 429) => {
                Err(Error::internal(format!("the archive of the audit answers {status} to {name}")))
            }
            Received::Answer { status, .. } => {
                Err(Error::busy(BusyReason::Unreachable).with_cause(format!("{name}: http_{status}")))
            }
            Received::Timeout | Received::Connection => {
                Err(Error::busy(BusyReason::Unreachable).with_cause(format!("{name}: no answer")))
            }
        }
    }
}

/// Returns the signed call that creates an object. Object lock needs a checksum of the content.
fn call(
    endpoint: &Endpoint,
    region: &str,
    credentials: &Credentials,
    now: Timestamp,
    body: Vec<u8>,
) -> Option<ServiceCall> {
    let identity = credentials.clone().into();
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millis()).ok()?);
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let parameters = v4::SigningParams::builder().identity(&identity).region(region).name(SERVICE);
    let parameters = parameters.time(at).settings(settings).build().ok()?.into();
    let mut headers = vec![
        ("content-type", "application/x-ndjson".to_owned()),
        ("if-none-match", "*".to_owned()),
        ("x-amz-checksum-sha256", STANDARD.encode(Sha256::digest(&body))),
    ];
    let named = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let url = endpoint.url.as_str();
    let request = SignableRequest::new(METHOD, url, named, SignableBody::Bytes(&body)).ok()?;
    let (signed, _) = sign(request, &parameters).ok()?.into_parts();
    let signed: Vec<_> = signed.headers().map(|(name, value)| (name, value.to_owned())).collect();
    for name in SIGNED {
        headers.extend(signed.iter().find(|(key, _)| *key == name).map(|(_, value)| (name, value.clone())));
    }
    Some(ServiceCall {
        service: ExternalService::Archive,
        method: METHOD,
        path: endpoint.path.clone(),
        headers,
        body,
    })
}

/// Writes the file `name` in `folder`, unless it exists. The file appears with its whole content.
fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    if path.try_exists()? {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, content)?;
    fs::rename(&unfinished, &path)
}
