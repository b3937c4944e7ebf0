//! Live updates: who follows a topic knows its last state once everything has settled.

use domain::live::LiveTopic;

use crate::simulation::workload::Workload;

/// Returns a violation for each subscriber that does not know the final stock of the deal that it follows.
pub async fn subscribers_know_the_last_state(workload: &Workload) -> Vec<String> {
    let store = workload.world.fault_free.app.store();
    let mut violations = Vec::new();
    for (number, topic, state) in workload.live.states() {
        let Some(LiveTopic::DealStock(id)) = LiveTopic::parse(&topic) else { continue };
        let deal = store.get_deal_with_counts(&id).await.expect("the deal is there");
        let wanted = [deal.summary.reserved.0, deal.summary.sold.0, deal.available().0];
        let known =
            ["reserved_quantity", "sold_quantity", "available_quantity"].map(|name| state[name].as_u64());
        if known != wanted.map(|count| Some(u64::from(count))) {
            violations.push(format!("subscriber {number} of {topic} knows {known:?} and not {wanted:?}"));
        }
    }
    violations
}
