//! Secrets that are stored in Secrets Manager. The environment contains their ARNs instead of their values.

/// Variables that may contain a secret, each with the variable that may contain its ARN instead.
const SECRET_VARIABLES: [(&str, &str); 6] = [
    ("DIBS_SIGNING_KEY", "DIBS_SIGNING_KEY_ARN"),
    ("DIBS_PARTIES_SECRET", "DIBS_PARTIES_SECRET_ARN"),
    ("DIBS_PROVIDER_SECRET", "DIBS_PROVIDER_SECRET_ARN"),
    ("DIBS_EMAIL_HASH_KEY", "DIBS_EMAIL_HASH_KEY_ARN"),
    ("DIBS_SEALING_KEY", "DIBS_SEALING_KEY_ARN"),
    ("DIBS_ORIGIN_SECRET", "DIBS_ORIGIN_SECRET_ARN"),
];

/// Reference to a secret in Secrets Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretReference {
    /// Name of the environment variable whose value the secret provides, such as `DIBS_SIGNING_KEY`.
    pub variable: &'static str,
    /// Name of the environment variable that contains the ARN, such as `DIBS_SIGNING_KEY_ARN`.
    pub named_by: &'static str,
    /// ARN of the secret.
    pub arn: String,
}

impl SecretReference {
    /// Returns a reference for each secret whose ARN variable is set. The value of the secret then takes
    /// precedence over that of the plain variable, if that is set as well.
    pub fn all_from_env(lookup: impl Fn(&str) -> Option<String>) -> Vec<Self> {
        let named = SECRET_VARIABLES.into_iter().filter_map(|(variable, named_by)| {
            let arn = lookup(named_by).filter(|arn| !arn.is_empty())?;
            Some(Self { variable, named_by, arn })
        });
        named.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_kept_elsewhere() {
        let all = |pairs: &[(&str, &str)]| {
            let found = SecretReference::all_from_env(|name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            });
            found.into_iter().map(|secret| (secret.variable, secret.arn)).collect::<Vec<_>>()
        };
        assert_eq!(all(&[("DIBS_SIGNING_KEY", "a key"), ("DIBS_PARTIES_SECRET_ARN", "")]), []);
        let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:dibs-dev/parties-AbCdEf";
        assert_eq!(all(&[("DIBS_PARTIES_SECRET_ARN", arn)]), [("DIBS_PARTIES_SECRET", arn.to_owned())]);
    }
}
