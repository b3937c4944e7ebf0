//! Callbacks of the payment provider, sent until dibs accepts them.

use std::sync::atomic::Ordering;

use integrations::SCRIPTED_SECRET;
use serde_json::Value;

use crate::simulation::workload::Workload;
use crate::simulation::world::Answer;
use crate::simulation::world::faults::Fault;

/// Maximum number of attempts to send a callback.
const CALLS_MAX: usize = 200;

impl Workload {
    /// Runs the provider, which sends all scheduled callbacks.
    pub async fn provider(self) {
        let provider = self.world.core.provider.clone();
        loop {
            for report in provider.due().await {
                tokio::spawn(self.clone().call_back(report));
            }
        }
    }

    async fn call_back(self, report: Value) {
        let (core, env) = (&self.world.core, &self.world.core.env);
        let late = env.strikes(env.faults.rates.outside / 2);
        if late {
            env.fault("provider", Fault::CallbackLate);
        }
        let wait = if late { env.prng.millis(15_000, 90_000) } else { env.prng.millis(100, 6_000) };
        tokio::time::sleep(wait).await;
        let mut answer = Answer::Gone;
        for _ in 0..CALLS_MAX {
            answer = self.world.report(report.to_string(), SCRIPTED_SECRET).await;
            if !answer.is_passing() {
                break;
            }
            tokio::time::sleep(env.prng.millis(500, 10_000)).await;
        }
        if answer.status() == 200 {
            core.provider.heard(report["reference"].as_str().unwrap_or_default());
        } else {
            self.history.violation(format!("the provider's {report} was answered with {answer:?}"));
        }
        env.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}
