//! Record of a mail, by which the mailer recognizes a repeated message.

use serde::{Deserialize, Serialize};
use strum::AsRefStr;

use crate::Timestamp;
use crate::ids::Nonce;
use crate::time::millis;

/// Time in seconds during which one attempt to send excludes others: longer than the mailer's function may run,
/// shorter than the visibility timeout of its queue.
pub const ATTEMPT_SECONDS: i64 = 30;

/// Retention of a record in seconds: 15 days, longer than SQS keeps a message or a dead letter.
const KEPT_SECONDS: i64 = 15 * 24 * 60 * 60;

/// State of one mail. It contains neither the address nor the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRecord {
    /// Id of the mail.
    pub id: String,
    /// Status of the mail.
    pub status: MailStatus,
    /// Time until which the attempt in progress excludes others, in UTC.
    #[serde(with = "millis")]
    pub attempt_until: Timestamp,
    /// Random number of the last write, by which two mailers do not take each other's attempt for their own.
    pub nonce: Nonce,
    /// Reason of a mail that was refused or dropped; `None` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Time of the last write, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
}

/// Status of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, AsRefStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MailStatus {
    /// An attempt is in progress, or stopped without a known outcome.
    Sending,
    /// The mail service has taken the mail.
    Sent,
    /// The mail service refused the mail permanently.
    Refused,
    /// The mail was not sent, since it had no recipient any more or came too late.
    Dropped,
}

/// Decision about a delivered message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailAttempt {
    /// This delivery may send the mail once it has stored this record.
    Begin(MailRecord),
    /// The mail is sent, refused or dropped, so the message is done.
    Finished,
    /// Another delivery is sending the mail. This one comes again later.
    Wait,
}

impl MailRecord {
    /// Decides what a delivery of the message of mail `id` does, given the record `found`.
    pub fn begin(id: &str, found: Option<&Self>, now: Timestamp, nonce: Nonce) -> MailAttempt {
        match found {
            Some(record) if record.status != MailStatus::Sending => MailAttempt::Finished,
            Some(record) if record.attempt_until > now => MailAttempt::Wait,
            _ => MailAttempt::Begin(Self {
                id: id.to_owned(),
                status: MailStatus::Sending,
                attempt_until: now.plus_seconds(ATTEMPT_SECONDS),
                nonce,
                reason: None,
                at: now,
                version: found.map_or(0, |record| record.version) + 1,
            }),
        }
    }

    /// Returns the next version with the outcome of the attempt.
    #[must_use]
    pub fn end(&self, status: MailStatus, reason: Option<String>, now: Timestamp, nonce: Nonce) -> Self {
        Self {
            status,
            reason,
            attempt_until: now,
            nonce,
            at: now,
            version: self.version + 1,
            id: self.id.clone(),
        }
    }

    /// Returns the time, in seconds since 1970, after which the record may be deleted.
    pub fn kept_until(&self) -> i64 {
        self.at.plus_seconds(KEPT_SECONDS).as_seconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_000_000)
    }

    fn begun(found: Option<&MailRecord>, now: Timestamp) -> MailRecord {
        match MailRecord::begin("m", found, now, Nonce(7)) {
            MailAttempt::Begin(record) => record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn attempt_excludes_others_until_it_must_have_ended() {
        let first = begun(None, now());
        assert_each_eq!((first.version, 1), (first.status, MailStatus::Sending));
        let at = |seconds| MailRecord::begin("m", Some(&first), now().plus_seconds(seconds), Nonce(8));
        assert_each_eq!((at(0), MailAttempt::Wait), (at(ATTEMPT_SECONDS - 1), MailAttempt::Wait));
        assert_eq!(begun(Some(&first), now().plus_seconds(ATTEMPT_SECONDS)).version, 2);
    }

    #[test]
    fn attempt_that_ended_without_an_outcome_is_repeated_at_once() {
        let open = begun(None, now()).end(MailStatus::Sending, None, now(), Nonce(8));
        assert_eq!(begun(Some(&open), now()).version, 3);
    }

    #[test]
    fn mail_with_an_outcome_is_never_sent_again() {
        for status in [MailStatus::Sent, MailStatus::Refused, MailStatus::Dropped] {
            let ended = begun(None, now()).end(status, None, now(), Nonce(8));
            let later = MailRecord::begin("m", Some(&ended), now().plus_seconds(86_400), Nonce(9));
            assert_eq!(later, MailAttempt::Finished, "{status:?}");
        }
    }
}
