//! Identifiers of the shipped code: words that the glossary replaced, and names that several types share.

use std::collections::BTreeMap;
use std::path::Path;

use super::rust_files;

/// Identifiers that must not come back, with the term of the glossary that replaces each.
pub const OLD_WORDS: [(&str, &str); 77] = [
    ("mark", "request_fingerprint, or the state that is meant"),
    ("earlier_marks", "earlier_fingerprints"),
    ("DateMark", "KeyedFingerprint"),
    ("OfferMark", "KeyedFingerprint"),
    ("SAME_EPOCH", "SAME_GENERATION"),
    ("hint", "sold-out index"),
    ("read_hint", "read_sold_out_index"),
    ("shelf", "layout"),
    ("lots", "batches"),
    ("LOTS_MAX", "BATCHES_MAX"),
    ("slice_of", "window_of"),
    ("SLICE_MS", "WINDOW_MS"),
    ("finish_round", "finish_batch"),
    ("GATE_PLACES", "ADMISSION_BLOCK_POSITIONS"),
    ("Joining", "QueueEntry"),
    ("Joiner", "EntryName"),
    ("Ticket", "QueueToken"),
    ("Gate", "AdmissionBlock"),
    ("Mark", "a state, by its domain"),
    ("Tally", "totals, by their domain"),
    ("Home", "StockKind"),
    ("Shelf", "StockLayout"),
    ("Party", "ExternalService"),
    ("FirstTry", "IdempotencyRecord"),
    ("Turn", "PageRequest"),
    ("Whole", "PageInfo"),
    ("cancelled", "canceled"),
    ("parties", "integrations"),
    ("gate", "admission_block"),
    ("gates", "admission_blocks"),
    ("joiner", "entry"),
    ("joiners", "arrivals"),
    ("joining", "entry"),
    ("stretches", "ranges"),
    ("dues", "checks"),
    ("looked_before", "ordered_before"),
    ("Pace", "MeasuredRate"),
    ("note_due", "schedule_check"),
    ("let_go", "of_released_unit"),
    ("standing", "the status or the record that is meant"),
    ("judge", "match_token"),
    ("take_in", "the verb that says what is added"),
    ("believe_provider", "verify_provider_call"),
    ("understood", "outcome_of_reply"),
    ("spent", "invalid_session"),
    ("is_news", "is_new"),
    ("party", "service"),
    ("gift", "payload"),
    ("goods", "purchasable"),
    ("AsBefore", "a noun for what the type marks"),
    ("AsItIs", "a noun for what the type writes"),
    ("KEPT", "a noun for what is kept"),
    ("COMMONEST", "COMMON_PASSWORDS"),
    ("learn", "ask_external_checks"),
    ("look", "the verb that says what is read"),
    ("look_at", "the verb that says what is read"),
    ("look_around", "find_buckets_with_units"),
    ("look_into", "get_bucket"),
    ("take_around", "take_from_any_bucket"),
    ("tallied", "with_refusal_counts"),
    ("had_before", "former_line_counts"),
    ("trips", "sequential round trips"),
    ("hasten", "advance"),
    ("chance", "nonce, or entropy"),
    ("pump", "event_sources"),
    ("Pump", "EventSources"),
    ("plant", "shared"),
    ("Plant", "SharedContext"),
    ("beat", "notify"),
    ("nudge", "wake"),
    ("Pulse", "ChangeNotifier"),
    ("StandIns", "Fakes"),
    ("standins", "fakes"),
    ("prize", "scenario"),
    ("Prize", "Scenario"),
    ("promise", "invariant"),
    ("Own", "OwnStack"),
];

/// Returns the identifiers of Rust source with their lines. Comments, strings and characters are left out.
pub fn identifiers(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut line, mut rest) = (Vec::new(), 1, text);
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = literal(rest) {
            length
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|one: char| !one.is_alphanumeric() && one != '_').unwrap_or(rest.len());
            found.push((line, rest[..length].to_owned()));
            length
        } else if first.is_ascii_digit() {
            rest.find(|one: char| !one.is_alphanumeric() && one != '_').unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// Returns the length of the string or character that `text` begins with.
fn literal(text: &str) -> Option<usize> {
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(body.find(&end)? + 2 + hashes + end.len());
    }
    let quote = text.chars().next().filter(|one| "\"'".contains(*one))?;
    let (mut escaped, mut length) = (false, 0);
    for (at, one) in text.char_indices().skip(1) {
        length += 1;
        if one == quote && !escaped {
            return Some(at + 1);
        }
        // A lifetime has no end: a character is one, or an escape.
        if quote == '\'' && length > 1 && !text[1..].starts_with('\\') {
            return None;
        }
        escaped = one == '\\' && !escaped;
    }
    None
}

/// Returns each old word in the Rust files below `folder`, with its place and the term to use.
pub fn old_words(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files(folder) {
        for (line, word) in identifiers(&read(&file)) {
            if let Some((_, term)) = OLD_WORDS.iter().find(|(old, _)| *old == word) {
                found.push(format!("{}:{line}: `{word}`: say {term}", file.display()));
            }
        }
    }
    found
}

/// Returns the public types of the Rust files below `folders` that share a name, with their files.
pub fn shared_names(folders: &[&Path]) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in folders.iter().flat_map(|folder| rust_files(folder)) {
        let words: Vec<String> = identifiers(&read(&file)).into_iter().map(|(_, word)| word).collect();
        for name in public_types(&words) {
            found.entry(name.to_owned()).or_default().push(file.display().to_string());
        }
    }
    found.retain(|_, files| files.len() > 1);
    found
}

/// Returns the names behind `pub struct`, `pub enum` and `pub type`, also when a path restricts the `pub`.
fn public_types(words: &[String]) -> impl Iterator<Item = &str> {
    let is_type = |word: &str| ["struct", "enum", "type"].contains(&word);
    let is_path = |word: &str| ["crate", "super", "in"].contains(&word);
    words.windows(3).filter_map(move |three| {
        let is_public = three[0] == "pub" || is_path(&three[0]);
        let is_named = three[2].starts_with(char::is_uppercase);
        (is_public && is_type(&three[1]) && is_named).then_some(three[2].as_str())
    })
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_those_outside_of_comments_and_literals() {
        let text = "// mark\nfn a<'b>(c: &'b str) -> char {\n    f(\"mark \\\" mark\", r#\"mark\"#, '\\'', 'x', 0x1f)\n}\n";
        let found = identifiers(text);
        let words: Vec<&str> = found.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(words, ["fn", "a", "b", "c", "b", "str", "char", "f"]);
        crate::assert_each_eq!((found[0].0, 2), (found[7].0, 3));
    }

    #[test]
    fn public_types_are_found_with_every_kind_of_pub() {
        let text = "pub struct A; pub(crate) enum B {} pub(super) type C = u8; struct D; impl I for D { type E = u8; }";
        let words: Vec<String> = identifiers(text).into_iter().map(|(_, word)| word).collect();
        assert_eq!(public_types(&words).collect::<Vec<_>>(), ["A", "B", "C"]);
    }
}
