//! Scenario that calls each operation once. What is sent and received are the examples of the OpenAPI
//! document.

mod accounts;
mod analytics;
mod audit;
mod notifications;
mod recorder;
mod rewards;
mod sales;
mod webhooks;

use local::fakes::ProviderSettings;

use crate::harness::TestApp;

pub use recorder::Recording;

/// Start of the scenario: 2026-12-01T09:00:30Z, in Unix milliseconds. Examples show times rounded down to a
/// multiple of five minutes, so that the speed of the machine does not change them.
pub const START_MS: i64 = 1_796_115_630_000;

/// Calls every operation once and returns what was sent and received. `app` starts at [`START_MS`].
pub async fn record(app: &TestApp) -> Recording {
    app.fakes().set_provider(ProviderSettings { callbacks: 0, ..ProviderSettings::default() });
    let mut recording = Recording::default();
    accounts::platform(app, &mut recording).await;
    accounts::accounts(app, &mut recording).await;
    accounts::security(app, &mut recording).await;
    rewards::rewards(app, &mut recording).await;
    rewards::requests(app, &mut recording).await;
    sales::queues(app, &mut recording).await;
    sales::concerts(app, &mut recording).await;
    sales::deals(app, &mut recording).await;
    webhooks::webhooks(app, &mut recording).await;
    notifications::notifications(app, &mut recording).await;
    analytics::analytics(app, &mut recording).await;
    audit::audit(app, &mut recording).await;
    sales::live(app, &mut recording).await;
    recording
}
