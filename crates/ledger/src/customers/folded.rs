//! Text as the search compares it: without case and without accents, in Latin and in Cyrillic. Whoever looks for `muller`
//! finds Müller, and who looks for `цветан` finds Цветан.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Letters that no accent makes: what people type in their place.
const LETTERS: [(char, &str); 9] =
    [('ß', "ss"), ('æ', "ae"), ('œ', "oe"), ('ø', "o"), ('đ', "d"), ('ð', "d"), ('þ', "th"), ('ł', "l"), ('ı', "i")];

/// The text, folded.
pub fn folded(text: &str) -> String {
    let lower = |letter: char| letter.to_lowercase();
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(lower) {
        match LETTERS.iter().find(|(from, _)| *from == letter) {
            Some((_, to)) => folded.push_str(to),
            None if !is_combining_mark(letter) => folded.push(letter),
            None => {}
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_typed() {
        for (name, typed) in [
            ("Müller", "MULLER"),
            ("Weiß", "weiss"),
            ("GROẞ", "gross"),
            ("Žiga Čuk-Šorli", "ziga cuk-sorli"),
            ("Đorđe", "dorde"),
            ("Ștefăniță", "stefanita"),
            ("Цветан Йорданов", "цветан йорданов"),
            ("ЦВЕТАН", "цветан"),
            ("Пётр", "петр"),
            ("ﬁrma", "FIRMA"),
            ("İpek", "ipek"),
        ] {
            assert_eq!(folded(name), folded(typed), "{name} {typed}");
        }
        // As one letter and as a letter with an accent behind it.
        assert_eq!(folded("M\u{fc}ller"), folded("Mu\u{308}ller"));
        assert_ne!(folded("Müller"), folded("Miller"));
        assert_ne!(folded("Иванов"), folded("Ivanov"), "nothing is transcribed");
    }
}
