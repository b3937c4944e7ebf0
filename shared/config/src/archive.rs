//! Archive of the audit: a bucket with object lock, or a folder of a local stack.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use crate::ConfigError;

/// Variable with the name of the bucket.
const BUCKET: &str = "DIBS_AUDIT_BUCKET";
/// Variable with an endpoint in place of that of the region, as the SDKs of AWS read it.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_S3";
/// Variable with the region, which Lambda sets.
const REGION: &str = "AWS_REGION";

/// Place into which audit entries are copied.
#[derive(Clone, Debug)]
pub enum ArchiveConfig {
    /// Bucket of Amazon S3.
    Bucket(BucketConfig),
    /// Folder on this machine.
    Folder(PathBuf),
}

/// Bucket of Amazon S3, and the account that writes to it. `Debug` prints no credentials.
#[derive(Clone)]
pub struct BucketConfig {
    /// URL of the bucket, without a slash at its end.
    pub url: String,
    /// Region of AWS, which is part of the signature.
    pub region: String,
    /// Id of the access key of the function's role.
    pub access_key_id: String,
    /// Secret access key of the function's role.
    pub secret_access_key: SecretString,
    /// Session token of the function's role. `None` for keys of a user.
    pub session_token: Option<SecretString>,
}

impl fmt::Debug for BucketConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketConfig").field("url", &self.url).finish_non_exhaustive()
    }
}

impl ArchiveConfig {
    /// Reads `DIBS_AUDIT_BUCKET`, and the region, credentials and optional endpoint of AWS. Returns `None`
    /// without a bucket: nothing is then copied. An empty variable counts as unset.
    ///
    /// # Errors
    /// Names the variable that is missing, or whose value is no bucket or no URL.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        let read = |variable| lookup(variable).filter(|text: &String| !text.is_empty());
        let Some(bucket) = read(BUCKET) else { return Ok(None) };
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(is_letter) {
            return Err(ConfigError::new(BUCKET, "must be the name of a bucket, without dots"));
        }
        let needed = |variable| {
            read(variable).ok_or(ConfigError::new(variable, "must be set, since the audit is copied with it"))
        };
        let region = needed(REGION)?;
        let url = match read(ENDPOINT) {
            Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{region}.amazonaws.com"),
        };
        if !Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(ConfigError::new(ENDPOINT, "must be a URL like https://s3.us-east-1.amazonaws.com"));
        }
        Ok(Some(Self::Bucket(BucketConfig {
            url,
            region,
            access_key_id: needed("AWS_ACCESS_KEY_ID")?,
            secret_access_key: SecretString::from(needed("AWS_SECRET_ACCESS_KEY")?),
            session_token: read("AWS_SESSION_TOKEN").map(SecretString::from),
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    const AWS: [(&str, &str); 3] = [
        ("AWS_REGION", "ap-northeast-2"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
    ];

    fn url(pairs: &[(&str, &str)]) -> Result<Option<String>, ConfigError> {
        let lookup = |name: &str| {
            let found = pairs.iter().chain(&AWS).find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Ok(ArchiveConfig::from_env(lookup)?.map(|archive| match archive {
            ArchiveConfig::Bucket(bucket) => bucket.url,
            ArchiveConfig::Folder(_) => unreachable!("no variable names a folder"),
        }))
    }

    #[test]
    fn bucket_is_reached_at_its_region_unless_another_endpoint_is_set() {
        let bucket = (BUCKET, "dibs-dev-audit");
        assert_each_eq!(
            (url(&[]).unwrap(), None),
            (
                url(&[bucket]).unwrap().as_deref(),
                Some("https://dibs-dev-audit.s3.ap-northeast-2.amazonaws.com")
            ),
            (
                url(&[bucket, (ENDPOINT, "http://127.0.0.1:9000/")]).unwrap().as_deref(),
                Some("http://127.0.0.1:9000/dibs-dev-audit")
            )
        );
    }

    #[test]
    fn name_that_is_no_bucket_is_refused() {
        for name in ["ab", "with.dots", "With-Capitals", "sl/ash"] {
            let error = url(&[(BUCKET, name)]).unwrap_err();
            assert!(error.to_string().contains(BUCKET), "{name}: {error}");
        }
    }

    #[test]
    fn credentials_are_not_printed() {
        let lookup = |name: &str| {
            let pairs = [&AWS[..], &[(BUCKET, "dibs-dev-audit")]].concat();
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let printed = format!("{:?}", ArchiveConfig::from_env(lookup).unwrap());
        assert!(printed.contains("dibs-dev-audit") && !printed.contains("hunter2"), "{printed}");
    }
}
