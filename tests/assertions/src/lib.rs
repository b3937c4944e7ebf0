//! Assertion over several values, which names each value in its failure.

/// Asserts that the two values of each pair are equal. A failure shows every pair that differs, with the
/// expression of its first value, and then the message, if there is one.
#[macro_export]
macro_rules! assert_each_eq {
    ($(($actual:expr, $expected:expr)),+ $(, $message:literal $(, $argument:expr)*)? $(,)?) => {{
        let mut differences = Vec::new();
        $(match (&$actual, &$expected) {
            (actual, expected) => {
                if !(*actual == *expected) {
                    let name = stringify!($actual);
                    differences.push(format!("{name} is {actual:?} instead of {expected:?}"));
                }
            }
        })+
        $(differences.extend((!differences.is_empty()).then(|| format!($message $(, $argument)*)));)?
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }};
}

#[cfg(test)]
mod tests {
    #[test]
    fn equal_pairs_pass() {
        assert_each_eq!((1 + 1, 2), ("a", "a"), "{} and {}", 1, 2);
    }

    #[test]
    #[should_panic(expected = "found.len() is 1 instead of 2\nfound[0] is 7 instead of 8\nof a sum")]
    fn failure_names_every_pair_that_differs() {
        let (found, what) = ([7], "sum");
        assert_each_eq!((found.len(), 2), (found.is_empty(), false), (found[0], 8), "of a {what}");
    }
}
