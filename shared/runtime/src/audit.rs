//! Recording of audit entries by relays.

use aws_lambda_events::event::dynamodb::StreamRecord;
use domain::Result;
use domain::audit::AuditEntry;

use crate::App;

/// Audit entries of the changes that a relay sees in a batch.
#[derive(Default)]
pub struct AuditBatch(Vec<AuditEntry>);

impl AuditBatch {
    /// Adds the audit entry of the change with these `images`, if the change made one.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when an image cannot be read; `BUSY` or `INTERNAL_ERROR` of the store.
    pub async fn add(&mut self, app: &App, images: &StreamRecord) -> Result<()> {
        let entry = app.store().audit_entry(&images.keys, &images.old_image, &images.new_image).await?;
        self.0.extend(entry);
        Ok(())
    }

    /// Records the entries. A redelivery records nothing twice.
    ///
    /// # Errors
    /// `BUSY` or `INTERNAL_ERROR` of the store. The relay must then fail, so that its records come again.
    pub async fn record(self, app: &App) -> Result<()> {
        app.store().record_audit(&self.0, app.now()).await
    }
}
