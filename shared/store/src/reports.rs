//! Reports of the payment provider that could not be booked, stored in the table of their orders.

use domain::Result;
use domain::orders::KeptReport;

use crate::keys::Key;
use crate::keys::ListKey;
use crate::list::{List, ListPosition, ListRange};
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

/// Returns the list of reports. Only the provider writes to it, and rarely, so one shard suffices.
fn reports() -> List {
    List::single_shard("PAYMENT_REPORTS")
}

impl Store {
    /// Stores a report. Does nothing when a report of the same content exists.
    pub async fn save_report(&self, report: &KeptReport) -> Result<()> {
        match self.create(report).await? {
            Saved::Done | Saved::Conflict(_) => Ok(()),
        }
    }

    /// Lists reports that could not be booked, newest first.
    pub async fn list_reports(
        &self,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, KeptReport)>> {
        self.list(&reports(), part, limit).await
    }
}
