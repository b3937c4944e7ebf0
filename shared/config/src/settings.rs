//! Settings that the operator of a deployment chooses. Defaults in `prod` are the safe ones.

use url::Url;

use crate::{ConfigError, SECRET_BYTES_MIN, SecretString};

/// Environment name with strict defaults.
const PROD: &str = "prod";
/// Environment name of the local stack, which is never deployed.
const LOCAL: &str = "local";
/// Default limit of external condition checks per user and minute.
const EXTERNAL_CHECKS_PER_MINUTE: u32 = 30;
/// Default limit of registrations per network and hour in `prod`.
const REGISTRATIONS_PER_HOUR: u32 = 60;
/// Upper bound of `registrations_per_hour`. Each registration adds a few bytes to one item, and every
/// registration rewrites that item.
const REGISTRATIONS_PER_HOUR_MAX: u32 = 1_000;
/// Variable with the URL that links in mails begin with.
const LINKS_URL: &str = "DIBS_LINKS_URL";
/// Default retention of the keyed e-mail hash after its account is closed, in days.
const EMAIL_HASH_DAYS: u32 = 365;

/// Default time zone.
const TIME_ZONE: &str = "Asia/Seoul";
/// Default limit of the subscribers of one topic of live updates.
const LIVE_SOCKETS: u32 = 2_000;

/// Settings of a deployment. The local stack and the tests use [`Settings::default`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether users may charge their own balance (`POST /balance/charge`); `false` by default in `prod`.
    pub self_charge: bool,
    /// Maximum number of external condition checks that one user may cause per minute.
    pub external_checks_per_minute: u32,
    /// Maximum number of registrations per network and hour, 1 to 1,000. `None` disables the limit. 60 in
    /// `prod`.
    pub registrations_per_hour: Option<u32>,
    /// Whether new passwords follow the strict rules: the most common ones are rejected, and staff need at
    /// least twelve characters. `true` by default in `prod`.
    pub strict_passwords: bool,
    /// HMAC key under which e-mail addresses and the subjects of sign-in limits are hashed. Empty in a
    /// deployed function that does not receive the key.
    pub email_hash_key: SecretString,
    /// Retention of the e-mail hash of a closed account, in days. The hash of a banned account is kept
    /// without limit.
    pub email_hash_days: u32,
    /// Keys under which secrets are sealed and derived, such as the keys of authenticator apps and the tokens in
    /// mails: the present one first, then earlier ones, which still open what they sealed. Empty in a deployed
    /// function that does not receive them.
    pub sealing_keys: Vec<SecretString>,
    /// Whether claims, invitations, orders and reservations count only once the owner of an account has confirmed
    /// its e-mail address. `true` by default in `prod`.
    pub require_confirmed_email: bool,
    /// Whether staff may only enrol an authenticator app until they signed in with its codes. `true` by default in
    /// `prod`.
    pub require_staff_totp: bool,
    /// Accepted values of the header `x-origin-secret`, which CloudFront adds to each request. The viewer
    /// address in `True-Client-IP` is trusted only if the header matches. Two values are accepted during a
    /// rotation; the list is empty without CloudFront.
    pub origin_secrets: Vec<SecretString>,
    /// URL of this deployment without a slash at its end, with which links in mails begin. `None` in a deployed
    /// function that sends no mail.
    pub links_url: Option<String>,
    /// Time zone, by its name in the IANA database, whose days analytics show by default. Figures are counted
    /// by the hour, or by the quarter of an hour if the zone's offset from UTC is no whole number of hours.
    pub time_zone: String,
    /// Maximum number of connections that are subscribed to one topic of live updates; 2,000 by default. Further
    /// clients poll.
    pub live_sockets: u32,
    /// Whether cookies have neither the `__Host-` prefix nor the `Secure` attribute, since some browsers
    /// reject these over HTTP on the loopback address. Only `dibs up` sets this; there is no variable for
    /// it.
    pub plain_cookies: bool,
    /// Whether each domain event goes to the data platform alone, in the form of an earlier version of dibs.
    /// `false` by default: events of one type go together, as CloudEvents.
    pub events_alone: bool,
    /// URL under which this deployment serves the schemas of events, without a slash at its end. `None` if its
    /// public address is not configured; events then name no schema.
    pub event_schemas_url: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            self_charge: true,
            external_checks_per_minute: EXTERNAL_CHECKS_PER_MINUTE,
            registrations_per_hour: None,
            strict_passwords: false,
            email_hash_key: SecretString::from("local-email-hash-key"),
            email_hash_days: EMAIL_HASH_DAYS,
            sealing_keys: vec![SecretString::from("local-sealing-key")],
            require_confirmed_email: false,
            require_staff_totp: false,
            origin_secrets: Vec::new(),
            links_url: None,
            time_zone: TIME_ZONE.to_owned(),
            live_sockets: LIVE_SOCKETS,
            plain_cookies: false,
            events_alone: false,
            event_schemas_url: None,
        }
    }
}

impl Settings {
    /// Reads `DIBS_SELF_CHARGE`, `DIBS_EXTERNAL_CHECKS_PER_MINUTE`, `DIBS_REGISTRATIONS_PER_HOUR` (0 disables
    /// the limit), `DIBS_STRICT_PASSWORDS`, `DIBS_EMAIL_HASH_KEY`, `DIBS_EMAIL_HASH_DAYS`,
    /// `DIBS_REQUIRE_CONFIRMED_EMAIL`, `DIBS_REQUIRE_STAFF_TOTP`, `DIBS_EVENTS_ALONE`,
    /// `DIBS_EVENT_SCHEMAS_URL`, `DIBS_LIVE_SOCKETS`, `DIBS_LINKS_URL`, `DIBS_TIME_ZONE`, `DIBS_SEALING_KEY` and
    /// `DIBS_ORIGIN_SECRET` (several values of the last two are separated by white space). An empty variable counts as unset, and
    /// the default then depends on `environment`.
    ///
    /// # Errors
    /// Names the variable that is not a whole number, not `true` or `false`, too large, too short for a key,
    /// no URL or no time zone.
    pub fn from_env(environment: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let strict = environment == PROD;
        let read = |variable| lookup(variable).filter(|text: &String| !text.is_empty());
        let switch = |variable, default| match read(variable).as_deref() {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(ConfigError::new(variable, "must be true or false")),
        };
        let number = |variable, default| match read(variable) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| ConfigError::new(variable, "must be a whole number")),
        };
        let registrations =
            number("DIBS_REGISTRATIONS_PER_HOUR", if strict { REGISTRATIONS_PER_HOUR } else { 0 })?;
        if registrations > REGISTRATIONS_PER_HOUR_MAX {
            return Err(ConfigError::new(
                "DIBS_REGISTRATIONS_PER_HOUR",
                "must be at most 1000; 0 is no limit",
            ));
        }
        let defaults = Self::default();
        let hash_key = match read("DIBS_EMAIL_HASH_KEY") {
            Some(key) if key.len() < SECRET_BYTES_MIN => {
                return Err(ConfigError::new("DIBS_EMAIL_HASH_KEY", "must have 16 bytes or more"));
            }
            Some(key) => SecretString::from(key),
            // The default key is public, so anybody could reverse hashes made with it.
            None if environment != LOCAL => SecretString::from(""),
            None => defaults.email_hash_key,
        };
        let sealing_keys: Vec<SecretString> = match read("DIBS_SEALING_KEY") {
            Some(keys) if keys.split_whitespace().any(|key| key.len() < SECRET_BYTES_MIN) => {
                return Err(ConfigError::new("DIBS_SEALING_KEY", "must have 16 bytes or more in each key"));
            }
            Some(keys) => keys.split_whitespace().map(SecretString::from).collect(),
            // The default key is public, so anybody could open what is sealed with it.
            None if environment != LOCAL => Vec::new(),
            None => defaults.sealing_keys,
        };
        Ok(Self {
            self_charge: switch("DIBS_SELF_CHARGE", !strict)?,
            external_checks_per_minute: number(
                "DIBS_EXTERNAL_CHECKS_PER_MINUTE",
                defaults.external_checks_per_minute,
            )?,
            registrations_per_hour: Some(registrations).filter(|limit| *limit > 0),
            strict_passwords: switch("DIBS_STRICT_PASSWORDS", strict)?,
            email_hash_key: hash_key,
            email_hash_days: number("DIBS_EMAIL_HASH_DAYS", defaults.email_hash_days)?,
            sealing_keys,
            require_confirmed_email: switch("DIBS_REQUIRE_CONFIRMED_EMAIL", strict)?,
            require_staff_totp: switch("DIBS_REQUIRE_STAFF_TOTP", strict)?,
            origin_secrets: read("DIBS_ORIGIN_SECRET")
                .map(|text| text.split_whitespace().map(SecretString::from).collect())
                .unwrap_or_default(),
            links_url: links_url(read(LINKS_URL))?,
            time_zone: match read("DIBS_TIME_ZONE") {
                Some(name) if !is_time_zone(&name) => {
                    return Err(ConfigError::new("DIBS_TIME_ZONE", "must be a zone of the IANA database"));
                }
                Some(name) => name,
                None => defaults.time_zone,
            },
            live_sockets: number("DIBS_LIVE_SOCKETS", defaults.live_sockets)?,
            plain_cookies: defaults.plain_cookies,
            events_alone: switch("DIBS_EVENTS_ALONE", defaults.events_alone)?,
            event_schemas_url: read("DIBS_EVENT_SCHEMAS_URL"),
        })
    }
}

/// Returns `text` without slashes at its end, if it is an HTTP(S) URL without a query.
fn links_url(text: Option<String>) -> Result<Option<String>, ConfigError> {
    let Some(text) = text else { return Ok(None) };
    let is_base = |url: &Url| {
        matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
    };
    if !Url::parse(&text).is_ok_and(|url| is_base(&url)) {
        return Err(ConfigError::new(LINKS_URL, "must be a URL like https://dibs.example.com"));
    }
    Ok(Some(text.trim_end_matches('/').to_owned()))
}

fn is_time_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;
    use secrecy::ExposeSecret;

    fn read(environment: &str, pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::from_env(environment, |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn prod_is_strict_by_default_and_other_environments_are_open() {
        let prod = read("prod", &[]).unwrap();
        assert_each_eq!(
            (prod.self_charge, false),
            (prod.registrations_per_hour, Some(60)),
            (prod.strict_passwords, true),
            (prod.require_confirmed_email, true),
            (prod.require_staff_totp, true)
        );
        let dev = read("dev", &[]).unwrap();
        assert_each_eq!(
            (dev.self_charge, true),
            (dev.registrations_per_hour, None),
            (dev.strict_passwords, false),
            (dev.require_confirmed_email, false),
            (dev.require_staff_totp, false)
        );
    }

    #[test]
    fn variable_overrides_the_default_of_its_environment() {
        let set = [
            ("DIBS_SELF_CHARGE", "true"),
            ("DIBS_REGISTRATIONS_PER_HOUR", "0"),
            ("DIBS_EMAIL_HASH_DAYS", "7"),
        ];
        let prod = read("prod", &set).unwrap();
        assert_each_eq!(
            (prod.self_charge, true),
            (prod.registrations_per_hour, None),
            (prod.email_hash_days, 7)
        );
    }

    #[test]
    fn links_begin_with_a_url_without_a_slash_at_its_end() {
        let given = read("prod", &[("DIBS_LINKS_URL", "https://dibs.example.com/")]).unwrap();
        assert_eq!(given.links_url.as_deref(), Some("https://dibs.example.com"));
        assert!(read("prod", &[]).unwrap().links_url.is_none());
    }

    #[test]
    fn time_zone_is_one_of_the_iana_database() {
        assert_eq!(read("prod", &[]).unwrap().time_zone, "Asia/Seoul");
        let given = read("prod", &[("DIBS_TIME_ZONE", "Asia/Kathmandu")]).unwrap();
        assert_eq!(given.time_zone, "Asia/Kathmandu");
        assert_eq!(read("prod", &[("DIBS_TIME_ZONE", "KST+9")]).unwrap_err().variable, "DIBS_TIME_ZONE");
    }

    #[test]
    fn origin_secrets_are_read_side_by_side_while_one_replaces_another() {
        let read = |text| read("prod", &[("DIBS_ORIGIN_SECRET", text)]).unwrap().origin_secrets;
        assert!(read("").is_empty());
        let both = read("first\nsecond");
        let both: Vec<&str> = both.iter().map(ExposeSecret::expose_secret).collect();
        assert_eq!(both, ["first", "second"]);
    }

    #[test]
    fn deployed_function_without_the_hash_key_has_none() {
        assert_eq!(read("dev", &[]).unwrap().email_hash_key.expose_secret(), "");
        assert!(!read("local", &[]).unwrap().email_hash_key.expose_secret().is_empty());
        let key = "0123456789abcdef";
        let given = read("prod", &[("DIBS_EMAIL_HASH_KEY", key)]).unwrap();
        assert_eq!(given.email_hash_key.expose_secret(), key);
        assert!(read("prod", &[("DIBS_EMAIL_HASH_KEY", "short")]).is_err());
    }

    #[test]
    fn deployed_function_without_the_sealing_key_has_none() {
        assert!(read("dev", &[]).unwrap().sealing_keys.is_empty());
        assert!(!read("local", &[]).unwrap().sealing_keys.is_empty());
        let given = read("prod", &[("DIBS_SEALING_KEY", "0123456789abcdef\nfedcba9876543210")]).unwrap();
        let keys: Vec<&str> = given.sealing_keys.iter().map(ExposeSecret::expose_secret).collect();
        assert_eq!(keys, ["0123456789abcdef", "fedcba9876543210"]);
        assert!(read("prod", &[("DIBS_SEALING_KEY", "0123456789abcdef short")]).is_err());
    }

    #[test]
    fn error_names_the_variable_and_not_its_value() {
        for (variable, value) in [
            ("DIBS_SELF_CHARGE", "yes"),
            ("DIBS_EVENTS_ALONE", "1"),
            ("DIBS_EMAIL_HASH_DAYS", "a year"),
            ("DIBS_REGISTRATIONS_PER_HOUR", "1001"),
            ("DIBS_REQUIRE_STAFF_TOTP", "maybe"),
            ("DIBS_LINKS_URL", "hunter2.example"),
            ("DIBS_LINKS_URL", "https://hunter2.example/?a=b"),
        ] {
            let error = read("prod", &[(variable, value)]).unwrap_err();
            assert_eq!(error.variable, variable);
            assert!(!error.to_string().contains(value), "{error}");
        }
    }
}
