//! Storage of notifications: records of mails.

use domain::Result;
use domain::notifications::MailRecord;

use crate::keys::Key;
use crate::schema::{NOTIFICATIONS, Table};
use crate::{Entity, Saved, Store};

impl Entity for MailRecord {
    const TABLE: &'static Table = &NOTIFICATIONS;

    fn key(&self) -> Key {
        mail_key(&self.id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(self.kept_until())
    }
}

fn mail_key(id: &str) -> Key {
    Key::new(format!("MAIL#{id}"), "MAIL")
}

impl Store {
    /// Reads the record of a mail, strongly consistent. Returns `None` if no delivery of its message has begun.
    pub async fn get_mail_record(&self, id: &str) -> Result<Option<MailRecord>> {
        self.get(&mail_key(id)).await
    }

    /// Writes the next version of a mail's record, on condition that the previous one is stored.
    pub async fn save_mail_record(&self, record: &MailRecord) -> Result<Saved<MailRecord>> {
        self.save(record).await
    }
}
