//! Evaluated conditions of a claim. A claim stores each distinct condition once, with the result of its
//! newest evaluation. A line item refers to the condition and stores only the values of its own evaluation,
//! if they differ. Line items that share a large condition therefore need the space of one.

use serde::{Deserialize, Serialize};

use super::Claim;
use super::{CLAIM_BYTES_MAX, LINE_BYTES};
use crate::conditions::{Condition, Evaluation};
use crate::ids::fingerprint;

/// Evaluated condition. The fingerprint distinguishes conditions whose evaluations have the same structure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedCondition {
    /// Fingerprint of the condition; empty if an older version of dibs evaluated it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    of: String,
    /// Result of the newest evaluation.
    evaluation: Evaluation,
}

/// Reference of a line item to the condition under which it was last requested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionReference {
    /// Index of the condition in [`Claim::conditions`].
    #[serde(rename = "c")]
    condition: usize,
    /// Values of the line item's own evaluation; `None` if they are those of the condition's newest
    /// evaluation.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    values: Option<String>,
}

impl EvaluatedCondition {
    /// Combines `evaluation` with the fingerprint of `condition`.
    pub fn new(condition: &Condition, evaluation: Evaluation) -> Self {
        Self { of: condition.fingerprint(), evaluation }
    }

    fn is_of_same_condition(&self, other: &Self) -> bool {
        (self.of == other.of || self.of.is_empty() || other.of.is_empty())
            && self.evaluation.is_of_same_condition(&other.evaluation)
    }
}

impl Condition {
    /// Returns a fingerprint that is the same for equal conditions.
    pub fn fingerprint(&self) -> String {
        // Serializing a condition as JSON cannot fail.
        fingerprint(&[&serde_json::to_string(self).unwrap_or_default()])
    }
}

impl Claim {
    /// Returns the evaluation of the condition of line item `index` as of its last request. The reasons given
    /// by external checks are stored only for the newest evaluation of each condition. `None` if the line
    /// item had no condition, or if the evaluation was dropped because the claim had no space left.
    pub fn evaluation(&self, index: usize) -> Option<Evaluation> {
        let line = self.lines.get(index)?;
        let Some(reference) = &line.condition_reference else { return line.evaluation.clone() };
        let newest = &self.conditions.get(reference.condition)?.evaluation;
        match &reference.values {
            None => Some(newest.clone()),
            Some(values) => newest.with_values(values),
        }
    }

    /// Stores `evaluated` as the condition of line item `index` and drops conditions that no line item refers
    /// to.
    pub(super) fn evaluate(&mut self, index: usize, evaluated: Option<EvaluatedCondition>) {
        self.lines[index].condition_reference = None;
        // An older version of dibs stored an evaluation in each line item; they are moved to the claim.
        for other in 0..self.lines.len() {
            if let Some(evaluation) = self.lines[other].evaluation.take().filter(|_| other != index) {
                self.refer(other, EvaluatedCondition { of: String::new(), evaluation });
            }
        }
        if let Some(evaluated) = evaluated {
            self.refer(index, evaluated);
        }
        for condition in (0..self.conditions.len()).rev() {
            let mut references = self.lines.iter().filter_map(|line| line.condition_reference.as_ref());
            if !references.any(|reference| reference.condition == condition) {
                self.drop_condition(condition);
            }
        }
        // The limits of a campaign ensure that its current conditions fit into a claim. A claim can need more
        // space if conditions were edited between its requests.
        while self.bytes_max() > CLAIM_BYTES_MAX && !self.conditions.is_empty() {
            self.drop_condition(0);
        }
    }

    /// Stores `evaluated` as the newest evaluation of its condition and makes line item `index` refer to it.
    /// Other line items of this condition keep the values of the evaluation before, if they differ.
    fn refer(&mut self, index: usize, evaluated: EvaluatedCondition) {
        let known = self.conditions.iter().position(|known| known.is_of_same_condition(&evaluated));
        let before = known.map(|known| self.conditions.remove(known));
        let newest = self.conditions.len();
        for reference in self.lines.iter_mut().filter_map(|line| line.condition_reference.as_mut()) {
            if Some(reference.condition) == known {
                reference.condition = newest;
                if let Some(before) =
                    before.as_ref().filter(|before| before.evaluation != evaluated.evaluation)
                {
                    reference.values.get_or_insert_with(|| before.evaluation.values());
                }
            } else if known.is_some_and(|known| reference.condition > known) {
                reference.condition -= 1;
            }
        }
        self.conditions.push(evaluated);
        self.lines[index].condition_reference = Some(ConditionReference { condition: newest, values: None });
    }

    fn drop_condition(&mut self, condition: usize) {
        self.conditions.remove(condition);
        for line in &mut self.lines {
            line.condition_reference =
                line.condition_reference.take().filter(|reference| reference.condition != condition);
            if let Some(reference) =
                line.condition_reference.as_mut().filter(|reference| reference.condition > condition)
            {
                reference.condition -= 1;
            }
        }
    }

    /// Returns an upper bound, in bytes, for the size of the line items with their audit and of the stored
    /// conditions.
    fn bytes_max(&self) -> usize {
        let values = |reference: &ConditionReference| reference.values.as_ref().map_or(0, String::len);
        let lines =
            self.lines.iter().map(|line| LINE_BYTES + line.condition_reference.as_ref().map_or(0, values));
        let conditions = self.conditions.iter().map(|condition| condition.evaluation.bytes());
        lines.chain(conditions).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::tests::{claim, offer};
    use crate::claims::{Evidence, LineItem};
    use crate::conditions::ExternalCheck;
    use crate::{Timestamp, campaigns::Review};
    use assertions::assert_each_eq;
    use serde_json::{Value, json};

    fn external(reason: Option<&str>, actual: u32) -> (Condition, Evaluation) {
        let condition: Condition = serde_json::from_value(json!({"any": [
            {"external": {"check": "vip"}}, {"count": {"type": "login", "at_least": 3}},
        ]}))
        .unwrap();
        let evaluation = json!({"kind": "any", "required": 1, "actual": 1, "passed": true, "children": [
            {"kind": "external", "check": "vip", "required": 1, "actual": 0, "reason": reason, "passed": false},
            {"kind": "count", "type": "login", "required": 3, "actual": actual, "passed": true},
        ]});
        (condition, serde_json::from_value(evaluation).unwrap())
    }

    fn accept(claim: &mut Claim, reward: &str, (condition, evaluation): (Condition, Evaluation)) {
        let evaluation = Some(EvaluatedCondition::new(&condition, evaluation));
        let evidence = Evidence { evaluation, ..Evidence::default() };
        claim.accept(&offer(reward, 1), 1, Review::Auto, evidence, Timestamp::from_millis(1));
    }

    fn shown(claim: &Claim, index: usize) -> (Option<String>, Option<u32>) {
        let evaluation = claim.evaluation(index).unwrap();
        (evaluation.children[0].reason.clone(), evaluation.children[1].actual)
    }

    #[test]
    fn condition_of_several_lines_is_kept_once_and_each_line_keeps_its_own_values() {
        let mut claim = claim();
        for reward in ["rwd_1", "rwd_2", "rwd_3"] {
            accept(&mut claim, reward, external(Some("not yet"), 3));
        }
        assert_eq!(claim.conditions.len(), 1);
        accept(&mut claim, "rwd_4", external(Some("never"), 5));
        assert_eq!(claim.conditions.len(), 1);
        let stored = serde_json::to_value(&claim).unwrap();
        let read: Claim = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(read, claim);
        for index in 0..3 {
            assert_eq!(shown(&read, index), (None, Some(3)), "line {index}");
        }
        assert_eq!(shown(&read, 3), (Some("never".to_owned()), Some(5)));
        assert_eq!(stored.to_string().matches("vip").count(), 1, "{stored}");
    }

    #[test]
    fn conditions_that_evaluate_to_the_same_form_are_told_apart() {
        let mut claim = claim();
        for (reward, tier) in [("rwd_1", "gold"), ("rwd_2", "silver")] {
            let params = [("tier".to_owned(), tier.to_owned())].into();
            let check = ExternalCheck { check: serde_json::from_value("vip".into()).unwrap(), params };
            let evaluation = Evaluation { reason: Some(format!("no {tier}")), ..external(None, 3).1 };
            accept(&mut claim, reward, (Condition::External(check), evaluation));
        }
        let reasons: Vec<_> = (0..2).map(|index| claim.evaluation(index).unwrap().reason.unwrap()).collect();
        assert_eq!(reasons, ["no gold", "no silver"]);
    }

    #[test]
    fn trees_of_the_version_before_are_read_and_shared_with_the_next_request() {
        let mut claim = claim();
        accept(&mut claim, "rwd_1", external(Some("not yet"), 3));
        accept(&mut claim, "rwd_2", external(Some("not yet"), 3));
        let mut stored = serde_json::to_value(&claim).unwrap();
        let tree = serde_json::to_value(external(Some("not yet"), 3).1).unwrap();
        for line in stored["lines"].as_array_mut().unwrap() {
            line.as_object_mut().unwrap().remove("stood");
            line["evaluation"] = tree.clone();
        }
        stored.as_object_mut().unwrap().remove("conditions");
        let mut read: Claim = serde_json::from_value(stored).unwrap();
        assert_eq!(shown(&read, 1), (Some("not yet".to_owned()), Some(3)));
        accept(&mut read, "rwd_3", external(None, 4));
        assert_eq!(read.conditions.len(), 1);
        assert!(read.lines.iter().all(|line: &LineItem| line.evaluation.is_none()));
        assert_each_eq!((shown(&read, 0), (None, Some(3))), (shown(&read, 2), (None, Some(4))));
    }

    #[test]
    fn claim_whose_conditions_are_edited_again_and_again_stays_within_its_room() {
        let mut claim = claim();
        let evaluated = |number: u32| {
            let at_least = |node: u32| node * 100 + number + 1;
            let leaf = |node| json!({"count": {"type": "login", "at_least": at_least(node)}});
            let found = |node| {
                let required = at_least(node);
                json!({"kind": "count", "type": "login", "required": required, "actual": 7, "passed": true})
            };
            let children: Vec<Value> = (0..60).map(found).collect();
            let any =
                json!({"kind": "any", "required": 1, "actual": 9, "passed": true, "children": children});
            let condition = json!({"any": (0..60).map(leaf).collect::<Vec<Value>>()});
            (serde_json::from_value(condition).unwrap(), serde_json::from_value(any).unwrap())
        };
        for number in 0..50 {
            accept(&mut claim, &format!("rwd_{number}"), evaluated(number));
            assert!(claim.bytes_max() <= CLAIM_BYTES_MAX, "{}", claim.bytes_max());
        }
        assert!(claim.evaluation(0).is_none() && claim.conditions.len() > 20, "{}", claim.conditions.len());
        assert_eq!(claim.evaluation(49), Some(evaluated(49).1));
        let kept: Value = serde_json::to_value(&claim.conditions).unwrap();
        assert!(kept.to_string().len() < CLAIM_BYTES_MAX);
    }
}
