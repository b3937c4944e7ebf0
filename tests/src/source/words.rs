//! Language of the doc comments, measured: how many begin with a question word or a preposition, how many
//! have three words or fewer, and how many docs of functions begin with a verb.

use std::fmt;
use std::path::Path;

use super::rust_files;

/// Largest share of doc comments that may begin with a question word, a relative pronoun or a preposition.
pub const FRAGMENTS_MAX: f64 = 0.04;
/// Largest share of doc comments that may have [`SHORT_WORDS`] words or fewer.
pub const SHORT_MAX: f64 = 0.05;
/// Smallest share of docs of functions that begin with a verb in the third person.
pub const VERBS_MIN: f64 = 0.75;
/// Number of words up to which a doc comment counts as short.
const SHORT_WORDS: usize = 3;

const QUESTION_WORDS: [&str; 15] = [
    "what",
    "who",
    "whom",
    "whose",
    "when",
    "where",
    "which",
    "whether",
    "how",
    "why",
    "that",
    "whoever",
    "whatever",
    "whichever",
    "wherever",
];
const PREPOSITIONS: [&str; 41] = [
    "about", "above", "across", "after", "against", "along", "among", "around", "as", "at", "before",
    "behind", "below", "beside", "between", "beyond", "by", "despite", "during", "except", "for", "from",
    "in", "inside", "into", "near", "of", "off", "on", "onto", "out", "outside", "over", "past", "since",
    "through", "to", "towards", "under", "until", "with",
];
/// Words that end with "s" but are not third-person verbs.
const NO_VERBS: [&str; 6] = ["This", "Its", "Always", "Yes", "Whose", "Nothings"];

/// A block of `///` or `//!` lines.
#[derive(Clone, Debug)]
pub struct DocComment {
    /// File and line, as `path:line`.
    pub place: String,
    /// Text without the comment marks, in one line.
    pub text: String,
    /// First line of the documented item.
    pub item: String,
    /// `true` if the comment documents a function.
    pub of_function: bool,
}

/// Counts over doc comments.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Number of all doc comments.
    pub total: usize,
    /// Doc comments that begin with a question word or a preposition.
    pub fragments: Vec<DocComment>,
    /// Doc comments of three words or fewer.
    pub short: Vec<DocComment>,
    /// Number of docs of functions.
    pub functions: usize,
    /// Docs of functions that do not begin with a third-person verb.
    pub without_verb: Vec<DocComment>,
}

/// Reads the doc comments of every Rust file below `root`.
pub fn doc_comments(root: &Path) -> Vec<DocComment> {
    let mut found = Vec::new();
    for file in rust_files(root) {
        let text =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        found.extend(comments_of(&name, &text));
    }
    found
}

/// Returns the doc comments of one file.
pub fn comments_of(file: &str, text: &str) -> Vec<DocComment> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < lines.len() {
        let Some(mark) = mark_of(lines[at]) else {
            at += 1;
            continue;
        };
        let end = (at..lines.len()).find(|line| mark_of(lines[*line]) != Some(mark)).unwrap_or(lines.len());
        let said: Vec<&str> = lines[at..end].iter().map(|line| line.trim_start()[3..].trim()).collect();
        let item = lines[end..].iter().map(|line| line.trim());
        let item =
            item.filter(|line| !line.is_empty() && !line.starts_with("#[")).take(1).next().unwrap_or("");
        found.push(DocComment {
            place: format!("{file}:{}", at + 1),
            text: said.join(" "),
            item: item.to_owned(),
            of_function: mark == "///" && is_function(item),
        });
        at = end;
    }
    found
}

fn mark_of(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    if line.starts_with("////") {
        return None;
    }
    ["///", "//!"].into_iter().find(|mark| line.starts_with(mark))
}

fn is_function(item: &str) -> bool {
    let mut words = item.split_whitespace().skip_while(|word| {
        word.starts_with("pub") || ["const", "async", "unsafe", "in", "crate)", "super)"].contains(word)
    });
    words.next() == Some("fn")
}

fn words_of(text: &str) -> Vec<String> {
    let plain: String = text.chars().filter(|one| !"`*[]".contains(*one)).collect();
    let part = |one: char| one.is_alphanumeric() || "_'’:<>-/.,".contains(one);
    let words = plain.split(|one: char| !part(one)).map(|word| word.trim_matches([',', '.', ':', '-']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

impl Figures {
    /// Counts the figures of `comments`.
    pub fn of(comments: &[DocComment]) -> Self {
        let mut figures = Self { total: comments.len(), ..Self::default() };
        for comment in comments {
            let words = words_of(&comment.text);
            let first = words.first().map(String::as_str).unwrap_or_default();
            let lower = first.to_lowercase();
            if QUESTION_WORDS.contains(&lower.as_str()) || PREPOSITIONS.contains(&lower.as_str()) {
                figures.fragments.push(comment.clone());
            }
            if words.len() <= SHORT_WORDS {
                figures.short.push(comment.clone());
            }
            if comment.of_function {
                figures.functions += 1;
                let verb = first.ends_with('s') && first.len() > 3 && first.starts_with(char::is_uppercase);
                if !verb || NO_VERBS.contains(&first) {
                    figures.without_verb.push(comment.clone());
                }
            }
        }
        figures
    }

    /// Returns a sentence for each figure that is out of bounds.
    pub fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.fragment_share() > FRAGMENTS_MAX {
            found.push(format!("more than {:.0} % begin with a fragment", FRAGMENTS_MAX * 100.0));
        }
        if self.short_share() > SHORT_MAX {
            found.push(format!("more than {:.0} % have three words or fewer", SHORT_MAX * 100.0));
        }
        if self.verb_share() < VERBS_MIN {
            found.push(format!("fewer than {:.0} % of function docs begin with a verb", VERBS_MIN * 100.0));
        }
        found
    }

    fn fragment_share(&self) -> f64 {
        share(self.fragments.len(), self.total)
    }

    fn short_share(&self) -> f64 {
        share(self.short.len(), self.total)
    }

    fn verb_share(&self) -> f64 {
        share(self.functions - self.without_verb.len(), self.functions)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} doc comments: {:.1} % begin with a question word or a preposition, {:.1} % have three words or fewer; \
             {:.1} % of {} function docs begin with a verb",
            self.total,
            self.fragment_share() * 100.0,
            self.short_share() * 100.0,
            self.verb_share() * 100.0,
            self.functions
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(text: &str) -> Figures {
        Figures::of(&comments_of("a.rs", text))
    }

    #[test]
    fn fragments_short_comments_and_missing_verbs_are_counted() {
        let text = "//! Whose seats these are, by date.\n\n/// Its id.\npub struct Id;\n\n/// The owner of the seat, if any.\n\
                    #[must_use]\npub(crate) async fn owner() {}\n\n/// Returns the price of one seat.\nfn price() {}\n";
        let found = figures(text);
        crate::assert_each_eq!((found.total, 4), (found.functions, 2));
        assert_eq!(found.fragments[0].place, "a.rs:1");
        assert_eq!(found.short[0].text, "Its id.");
        assert_eq!(found.without_verb[0].item, "pub(crate) async fn owner() {}");
        crate::assert_each_eq!(
            (found.fragments.len(), 1),
            (found.short.len(), 1),
            (found.without_verb.len(), 1)
        );
    }

    #[test]
    fn comments_in_plain_words_have_no_violations() {
        let text = "/// Reserves up to four seats of one date.\nfn reserve() {}\n";
        assert_eq!(figures(text).violations(), Vec::<String>::new());
        assert_eq!(figures("/// Whose it is.\nfn owner() {}\n").violations().len(), 3);
    }
}
