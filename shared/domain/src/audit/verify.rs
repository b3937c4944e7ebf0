//! Verification of an export: hashes and chains of its entries, and the published roots that cover them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::entry::hash_of;
use super::{AuditHour, AuditRoot, AuditSubject, Leaves, SubjectKind, state_digest};
use crate::trail::{Hash, StateDigest};
use crate::{Code, json};

/// First problem that a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFault {
    /// Line of the export, from 1, with the entry that is wrong. `None` when entries of an hour are missing, or were
    /// changed together with their hashes: only the comparison with the root of the hour shows that.
    pub line: Option<usize>,
    /// Entry that is wrong, or hour whose root does not match.
    pub place: String,
    /// Explanation of the fault.
    pub problem: String,
}

/// Result of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Number of entries in the export.
    pub entries: u64,
    /// Number of subjects with entries in the export.
    pub subjects: u64,
    /// Number of entries that a root covers.
    pub covered: u64,
    /// First hour with entries that no root covers yet.
    pub uncovered_since: Option<AuditHour>,
    /// Number of chains whose beginning is not in the export: those that began after their subject was created, and
    /// those with entries before the export.
    pub begun_late: u64,
    /// First problem; `None` when the export is right.
    pub fault: Option<AuditFault>,
}

/// Line of an export, as far as the verification needs it.
struct Line {
    line: usize,
    number: u64,
    hour: AuditHour,
    hash: Hash,
    previous: Option<Hash>,
    before: Option<StateDigest>,
    after: StateDigest,
}

type Chains = BTreeMap<AuditSubject, Vec<Line>>;

/// Verifies the lines of an export, in any order, against the published `roots`. Each root must be matched, so
/// roots of hours that the export does not contain are to be left out.
pub fn verify<'a>(lines: impl Iterator<Item = &'a str>, roots: &[AuditRoot]) -> AuditReport {
    let mut report = AuditReport::default();
    let mut chains = Chains::new();
    for (line, text) in lines.enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        report.entries += 1;
        match read(line + 1, text) {
            Ok((subject, line)) => chains.entry(subject).or_default().push(line),
            Err(fault) => report.fault = report.fault.take().or(Some(fault)),
        }
    }
    report.subjects = chains.len() as u64;
    for (subject, lines) in &mut chains {
        lines.sort_by_key(|line| line.number);
        let begun = |line: &&Line| line.number > 1 && line.previous.is_none();
        let is_cut = lines.first().is_some_and(|first| first.previous.is_some());
        report.begun_late += lines.iter().filter(begun).count() as u64 + u64::from(is_cut);
        if let Some(fault) = check_chain(subject, lines)
            && report.fault.as_ref().is_none_or(|known| fault.line < known.line)
        {
            report.fault = Some(fault);
        }
    }
    let fault = check_roots(&chains, roots, &mut report);
    report.fault = report.fault.take().or(fault);
    report
}

fn read(line: usize, text: &str) -> Result<(AuditSubject, Line), AuditFault> {
    let fault =
        |place: String, problem: &str| AuditFault { line: Some(line), place, problem: problem.to_owned() };
    let entry = json::read(text.as_bytes()).map_err(|error| {
        let is_json = error.code == Code::DuplicateMember;
        let problem = if is_json { "the line names a member twice" } else { "the line is no JSON" };
        fault(format!("line {line}"), problem)
    })?;
    let member = |name: &str| entry[name].as_str();
    let kind = member("subject_kind").and_then(|kind| kind.parse::<SubjectKind>().ok());
    let (Some(kind), Some(id), Some(number)) = (kind, member("subject_id"), entry["number"].as_u64()) else {
        return Err(fault(format!("line {line}"), "the line is no audit entry"));
    };
    let subject = AuditSubject { kind, id: id.to_owned() };
    let fault = |problem: &str| fault(name(&subject, number), problem);
    let previous = hash_in(&entry, "previous").map_err(|()| fault("its previous hash is no hash"))?;
    let before = match (entry.get("before"), entry.get("before_digest")) {
        (None | Some(Value::Null), None) => None,
        (None | Some(Value::Null), Some(digest)) => {
            let digest = digest.as_str().and_then(StateDigest::parse);
            Some(digest.ok_or_else(|| fault("its digest of the state before is no digest"))?)
        }
        (Some(before), None) => Some(state_digest(before)),
        (Some(_), Some(_)) => return Err(fault("it has two states before")),
    };
    let hash = hash_in(&entry, "hash").ok().flatten();
    let hash = hash.filter(|hash| *hash == hash_of(&entry, previous, before));
    let hash = hash.ok_or_else(|| fault("its content does not have its hash"))?;
    let hour = member("covered_in").and_then(|hour| hour.parse().ok());
    let hour = hour.ok_or_else(|| fault("it names no hour whose root covers it"))?;
    let after = state_digest(&entry["after"]);
    Ok((subject, Line { line, number, hour, hash, previous, before, after }))
}

fn hash_in(entry: &Value, member: &str) -> Result<Option<Hash>, ()> {
    match entry.get(member) {
        None => Ok(None),
        Some(text) => text.as_str().and_then(Hash::parse).map(Some).ok_or(()),
    }
}

fn name(subject: &AuditSubject, number: u64) -> String {
    format!("{} {}, entry {number}", subject.kind.as_ref(), subject.id)
}

/// Returns the fault of the earliest line among those of one chain, which are sorted by number.
fn check_chain(subject: &AuditSubject, lines: &[Line]) -> Option<AuditFault> {
    let mut found: Option<(usize, u64, String)> = None;
    let mut note = |line: &Line, problem: String| {
        if found.as_ref().is_none_or(|(known, ..)| line.line < *known) {
            found = Some((line.line, line.number, problem));
        }
    };
    for line in lines {
        if line.number == 0 || line.previous.is_none() != line.before.is_none() {
            note(line, "only the first entry of a chain follows no other".to_owned());
        }
    }
    for pair in lines.windows(2) {
        let [before, line] = pair else { continue };
        if line.number == before.number {
            note(line, format!("line {} has the same number", before.line));
        } else if line.previous.is_none() {
            // An earlier version of dibs wrote the subject without its head.
        } else if line.number != before.number + 1 {
            note(line, format!("the entries between {} and it are missing", before.number));
        } else if line.previous != Some(before.hash) {
            note(line, "it does not follow the entry before".to_owned());
        } else if line.before != Some(before.after) {
            note(line, "its state before is not the one that the entry before led to".to_owned());
        }
    }
    found.map(|(line, number, problem)| AuditFault {
        line: Some(line),
        place: name(subject, number),
        problem,
    })
}

/// Compares the entries with the roots, and counts those that a root covers.
fn check_roots(chains: &Chains, roots: &[AuditRoot], report: &mut AuditReport) -> Option<AuditFault> {
    let mut hours: BTreeMap<AuditHour, Leaves> = BTreeMap::new();
    for (subject, lines) in chains {
        for line in lines {
            hours.entry(line.hour).or_default().add(subject.clone(), line.number, line.hash);
        }
    }
    let fault = |hour: AuditHour, problem: String| {
        Some(AuditFault { line: None, place: format!("root of {hour}"), problem })
    };
    let mut roots: Vec<&AuditRoot> = roots.iter().collect();
    roots.sort_by_key(|root| root.hour);
    for pair in roots.windows(2) {
        let [before, root] = pair else { continue };
        if root.hour != before.hour.next() || root.previous.as_ref() != Some(&before.hash) {
            return fault(root.hour, format!("it does not follow the root of {}", before.hour));
        }
    }
    for root in &roots {
        if root.computed_hash().to_string() != root.hash {
            return fault(root.hour, "its content does not have its hash".to_owned());
        }
        let found = hours.remove(&root.hour).unwrap_or_default().root(root.hour, None);
        if (found.entries, found.subjects) != (root.entries, root.subjects) {
            let (there, expected) = ((found.entries, found.subjects), (root.entries, root.subjects));
            return fault(
                root.hour,
                format!(
                    "it covers {} entries of {} subjects, and the export has {} of {}",
                    expected.0, expected.1, there.0, there.1
                ),
            );
        }
        if found.root != root.root {
            return fault(root.hour, "the entries of the hour are not those that it covers".to_owned());
        }
        report.covered += found.entries;
    }
    if let (Some(first), Some((hour, _))) = (roots.first(), hours.first_key_value())
        && *hour <= roots.last().map_or(first.hour, |last| last.hour)
    {
        return fault(*hour, "the export has entries of the hour, and the roots do not".to_owned());
    }
    report.uncovered_since = hours.first_key_value().map(|(hour, _)| *hour);
    None
}
