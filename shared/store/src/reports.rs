//! Reports of the payment provider that could not be booked, in the table of the orders that they are about.

use domain::Result;
use domain::orders::KeptReport;

use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::schema::{DEALS, Table};
use crate::{Entity, Saved, Store};

impl Entity for KeptReport {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        Key::new(format!("REPORT#{}", self.id), "REPORT")
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(reports().key(self.received_at, self.id.as_str()))
    }
}

/// The provider alone writes to it, when something is wrong.
fn reports() -> List {
    List::quiet("PAYMENT_REPORTS")
}

impl Store {
    /// Keeps a report; one of the same content that came before stays as it is.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn keep_report(&self, report: &KeptReport) -> Result<()> {
        match self.create(report).await? {
            Saved::Done | Saved::Other(_) => Ok(()),
        }
    }

    /// Lists reports that could not be booked, newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn list_reports(&self, part: &Part, limit: usize) -> Result<Vec<(Position, KeptReport)>> {
        self.list(&reports(), part, limit).await
    }
}
