//! The name that was probably meant.

/// The candidate that is most like a word, when one is like it at all.
pub fn of<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&plain, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= tolerance(&plain, candidate))
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// A third of the longer word may be wrong; words of one or two letters must agree but for case.
fn tolerance(word: &str, candidate: &str) -> usize {
    match word.chars().count().max(candidate.chars().count()) {
        0..=2 => 0,
        length => (length / 3).max(1),
    }
}

/// A text without its digits: what is said of each number of a range is one thing.
pub(crate) fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// `a, b and c`, each in backquotes.
pub(crate) fn list(words: &[&str]) -> String {
    let mut words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let last = words.pop().unwrap_or_default();
    match words.is_empty() {
        true => last,
        false => format!("{} and {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_the_word_and_a_stranger_finds_nothing() {
        assert_eq!(of("suport", ["sales", "support"]), Some("support"));
        assert_eq!(of("wrapup", ["ring", "wrap_up"]), Some("wrap_up"));
        assert_eq!(of("Support", ["support"]), Some("support"));
        assert_eq!(of("xyz", ["sales", "support"]), None);
        assert_eq!(of("b", ["a"]), None);
    }
}
