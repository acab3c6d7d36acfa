//! Number patterns, matched letter by letter against the called number as it arrived.
//!
//! | written                | takes                                                        |
//! |------------------------|--------------------------------------------------------------|
//! | `+442079460001`        | this number alone                                            |
//! | `+442079460000..0099`  | the numbers that end in 0000 to 0099; same length            |
//! | `2xx`                  | three digits that begin with 2 (`x` is one digit, 0 to 9)    |
//! | `00*`                  | whatever begins with 00, also 00 alone                       |
//! | `*`                    | every number                                                 |
//! | `*98`                  | the star key, 9, 8: a `*` is "any rest" only at the end      |
//!
//! Spaces are there for the reader: `+44 20 7946 0001`. Nothing is normalised: `+44...` and `0044...`
//! are different numbers. Patterns have no rank: the route that is written first is tried first.

use crate::value::Mistake;
use std::fmt;
use std::str::FromStr;

/// Symbols of one pattern.
const LENGTH_MAX: usize = 64;

/// A compiled number pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As the operator wrote it.
    pub text: String,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// One symbol after the other (`x` is any digit), then any rest or the end.
    Symbols { symbols: Vec<u8>, any_rest: bool },
    /// Numbers of one length from the first to the last; they differ in digits only.
    Range { first: Vec<u8>, last: Vec<u8> },
}

impl Pattern {
    /// Whether a number fits.
    pub fn matches(&self, number: &str) -> bool {
        let number = number.as_bytes();
        match &self.shape {
            Shape::Symbols { symbols, any_rest } => {
                let long_enough = if *any_rest { number.len() >= symbols.len() } else { number.len() == symbols.len() };
                long_enough && symbols.iter().zip(number).all(|(symbol, byte)| fits(*symbol, *byte))
            }
            Shape::Range { first, last } => {
                let changing = first.iter().zip(last).take_while(|(a, b)| a == b).count();
                number.len() == first.len()
                    && number.iter().skip(changing).all(u8::is_ascii_digit)
                    && first.as_slice() <= number
                    && number <= last.as_slice()
            }
        }
    }

    /// Whether some number that fits begins like this, or is this.
    pub(crate) fn may_begin(&self, keys: &str) -> bool {
        let keys = keys.as_bytes();
        match &self.shape {
            Shape::Symbols { symbols, any_rest } => {
                (*any_rest || keys.len() <= symbols.len())
                    && symbols.iter().zip(keys).all(|(symbol, byte)| fits(*symbol, *byte))
            }
            Shape::Range { first, last } => {
                let (Some(least), Some(greatest)) = (first.get(..keys.len()), last.get(..keys.len())) else {
                    return false;
                };
                let changing = first.iter().zip(last).take_while(|(a, b)| a == b).count();
                least <= keys && keys <= greatest && keys.iter().skip(changing).all(u8::is_ascii_digit)
            }
        }
    }

    /// Whether every number that fits the other one fits this one (when in doubt: no).
    pub(crate) fn covers(&self, other: &Pattern) -> bool {
        match (&self.shape, &other.shape) {
            (Shape::Symbols { symbols, any_rest: true }, other) => {
                let theirs = other.symbols();
                symbols.len() <= theirs.len() && symbols.iter().zip(&theirs).all(|(mine, their)| covers(*mine, *their))
            }
            (_, Shape::Symbols { any_rest: true, .. }) => false,
            (Shape::Symbols { symbols, .. }, other) => {
                let theirs = other.symbols();
                symbols.len() == theirs.len() && symbols.iter().zip(&theirs).all(|(mine, their)| covers(*mine, *their))
            }
            // Numbers of one length are in order, so a range that takes the least and the greatest takes all between.
            (Shape::Range { .. }, other) => {
                let (least, greatest) = other.ends();
                self.matches(&least) && self.matches(&greatest)
            }
        }
    }

    /// Whether it takes every number.
    pub(crate) fn takes_all(&self) -> bool {
        matches!(&self.shape, Shape::Symbols { symbols, any_rest: true } if symbols.is_empty())
    }

    /// Whether it takes a block of numbers that somebody has counted: a range, or at most four digits left open.
    pub(crate) fn is_narrow(&self) -> bool {
        match &self.shape {
            Shape::Symbols { symbols, any_rest } => {
                !any_rest && symbols.iter().filter(|symbol| **symbol == b'x').count() <= 4
            }
            Shape::Range { .. } => true,
        }
    }

    /// The number, when it takes one alone.
    pub(crate) fn sole_number(&self) -> Option<String> {
        match &self.shape {
            Shape::Symbols { symbols, any_rest: false } if !symbols.contains(&b'x') => {
                Some(String::from_utf8_lossy(symbols).into_owned())
            }
            _ => None,
        }
    }

    fn parse(text: &str) -> Result<Pattern, Mistake> {
        let symbols: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| *c != ' ').collect();
        if symbols.is_empty() {
            return Err(Mistake::new(0..text.len(), "a number is missing").help("\"*\" takes every number"));
        }
        if symbols.len() > LENGTH_MAX {
            return Err(Mistake::new(0..text.len(), format!("a number has at most {LENGTH_MAX} digits")));
        }
        let shape = match text.find("..") {
            Some(dots) if !text[dots..].starts_with("...") => range(text, dots)?,
            _ => Shape::Symbols {
                any_rest: symbols.last().is_some_and(|(_, c)| *c == '*'),
                symbols: plain(text, &symbols)?,
            },
        };
        Ok(Pattern { text: text.to_owned(), shape })
    }

    pub(crate) fn read(text: &str) -> Result<Pattern, Mistake> {
        Pattern::parse(text)
    }
}

impl Shape {
    /// The symbols, those of a range widened to `x` where its numbers differ.
    fn symbols(&self) -> Vec<u8> {
        match self {
            Shape::Symbols { symbols, .. } => symbols.clone(),
            Shape::Range { first, last } => {
                let same = first.iter().zip(last).take_while(|(a, b)| a == b).count();
                first.iter().enumerate().map(|(i, b)| if i < same { *b } else { b'x' }).collect()
            }
        }
    }

    /// The least and the greatest number of a shape without a rest.
    fn ends(&self) -> (String, String) {
        match self {
            Shape::Symbols { symbols, .. } => {
                let with = |digit| symbols.iter().map(|s| if *s == b'x' { digit } else { char::from(*s) }).collect();
                (with('0'), with('9'))
            }
            Shape::Range { first, last } => {
                (String::from_utf8_lossy(first).into_owned(), String::from_utf8_lossy(last).into_owned())
            }
        }
    }
}

fn fits(symbol: u8, byte: u8) -> bool {
    if symbol == b'x' { byte.is_ascii_digit() } else { symbol == byte }
}

fn covers(mine: u8, their: u8) -> bool {
    mine == their || (mine == b'x' && their.is_ascii_digit())
}

/// A pattern without a range: its symbols, without the `*` that ends it.
fn plain(text: &str, symbols: &[(usize, char)]) -> Result<Vec<u8>, Mistake> {
    let last = symbols.len() - 1;
    let mut out = Vec::with_capacity(symbols.len());
    for (index, &(at, c)) in symbols.iter().enumerate() {
        match c {
            '*' if index == last => {}
            '0'..='9' | '*' | '#' => out.push(c as u8),
            'x' | 'X' => out.push(b'x'),
            '+' if index == 0 => out.push(b'+'),
            _ => return Err(strange(text, at, c)),
        }
    }
    Ok(out)
}

fn strange(text: &str, at: usize, c: char) -> Mistake {
    let mistake = Mistake::new(at..at + c.len_utf8(), format!("{c:?} has no place in the number {text:?}"));
    match c {
        '.' if text[at..].trim_start_matches('.').starts_with(|c: char| c.is_ascii_digit()) => {
            let (head, tail) = (&text[..at], text[at..].trim_start_matches('.'));
            mistake.help(format!("did you mean \"{head}..{tail}\"?"))
        }
        '.' => {
            let head = text[..at].trim_end();
            mistake.help(format!("did you mean \"{head}*\" (any rest) or \"{head}xxx\" (three digits)?"))
        }
        '+' => mistake.help("`+` stands at the beginning"),
        '-' | '(' | ')' | '/' => mistake.help("leave it out, or write a space"),
        _ => mistake.help("a number has the digits, `+`, `*`, `#`, `x` for any digit, and `*` at the end for any rest"),
    }
}

/// `+442079460000..0099`.
fn range(text: &str, dots: usize) -> Result<Shape, Mistake> {
    let bare = |part: &str| part.chars().filter(|c| *c != ' ').collect::<String>();
    let (head, tail) = (bare(&text[..dots]), bare(&text[dots + 2..]));
    let after = dots + 2..text.len();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(head.strip_prefix('+').unwrap_or(&head)) {
        return Err(Mistake::new(0..dots, "a range begins with a whole number").help("such as \"+442079460000..0099\""));
    }
    if !digits(&tail) || tail.len() > head.trim_start_matches('+').len() {
        let mistake = Mistake::new(after, "a range ends with the last digits of its last number");
        return Err(mistake.help("such as \"+442079460000..0099\""));
    }
    let last = format!("{}{tail}", &head[..head.len() - tail.len()]);
    if last < head {
        return Err(Mistake::new(after, format!("the range ends with {last}, before it begins")));
    }
    Ok(Shape::Range { first: head.into_bytes(), last: last.into_bytes() })
}

/// A text that is not a number pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAPattern(String);

impl fmt::Display for NotAPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAPattern {}

impl FromStr for Pattern {
    type Err = NotAPattern;
    fn from_str(text: &str) -> Result<Pattern, NotAPattern> {
        Pattern::parse(text).map_err(|mistake| NotAPattern(mistake.message))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn each_form_takes_its_numbers_and_no_others() {
        for (text, takes, leaves) in [
            ("+442079460001", vec!["+442079460001"], vec!["442079460001", "+4420794600011", "+44207946000", ""]),
            ("+44 20 7946 0001", vec!["+442079460001"], vec!["+44 20 7946 0001"]),
            (
                "+442079460000..0099",
                vec!["+442079460000", "+442079460042", "+442079460099"],
                vec!["+442079460100", "+44207946004x", "+4420794600420"],
            ),
            ("2xx", vec!["200", "299"], vec!["20", "2000", "300", "2a0"]),
            ("00*", vec!["00", "0049123"], vec!["0", "10"]),
            ("1xx*", vec!["123", "1234"], vec!["12", "1x3"]),
            ("*", vec!["", "1", "+44", "alice"], vec![]),
            ("*98", vec!["*98"], vec!["98", "198"]),
            ("**1*", vec!["**1", "**12"], vec!["*1"]),
            ("10..29", vec!["10", "19", "29"], vec!["30", "09", "100", "1:"]),
        ] {
            for number in takes {
                assert!(pattern(text).matches(number), "{text} takes {number}");
            }
            for number in leaves {
                assert!(!pattern(text).matches(number), "{text} leaves {number}");
            }
        }
    }

    #[test]
    fn a_pattern_says_whether_a_number_of_it_may_begin_like_this() {
        for (text, may, may_not) in [
            ("*72xxx", vec!["", "*", "*72", "*721", "*72123"], vec!["*73", "*721234", "72"]),
            ("*8*", vec!["*8", "*80", "*"], vec!["*7", "8"]),
            ("*", vec!["", "*72", "1"], vec![]),
            ("+442079460000..0099", vec!["+4420794600", "+44", "+442079460042"], vec!["+44207946010", "+45", "44"]),
            ("199..302", vec!["1", "2", "3", "24", "199"], vec!["0", "4", "198", "2*", "1999"]),
        ] {
            may.iter().for_each(|keys| assert!(pattern(text).may_begin(keys), "{text} may begin with {keys}"));
            may_not.iter().for_each(|keys| assert!(!pattern(text).may_begin(keys), "{text} never begins with {keys}"));
        }
    }

    #[test]
    fn a_wrong_pattern_says_where_and_what_to_write() {
        for (text, part, says) in [
            ("1...", 1..2, "\"1*\""),
            ("+44(0)20", 3..4, "leave it out"),
            ("44+20", 2..3, "at the beginning"),
            ("12ab", 2..3, "digits"),
            ("", 0..0, "every number"),
            ("100..99999", 5..10, "such as"),
            ("..99", 0..0, "such as"),
            ("é", 0..2, "digits"),
        ] {
            let mistake = Pattern::parse(text).expect_err(text);
            assert_eq!(mistake.part, part, "{text}");
            assert!(mistake.help.as_deref().unwrap_or_default().contains(says), "{text}: {mistake:?}");
        }
        assert!(Pattern::parse("199..100").is_ok_and(|p| p.matches("150")).eq(&false));
    }

    #[test]
    fn a_pattern_covers_what_it_would_take_anyway() {
        for (wide, narrow) in [
            ("*", "1x*"),
            ("1*", "123"),
            ("1*", "100..199"),
            ("2xx", "250"),
            ("2xx", "200..299"),
            ("200..299", "2x5"),
            ("100..199", "120..130"),
        ] {
            assert!(pattern(wide).covers(&pattern(narrow)), "{wide} covers {narrow}");
            assert!(
                !pattern(narrow).covers(&pattern(wide)) || wide == narrow || (wide, narrow) == ("2xx", "200..299"),
                "{narrow} does not cover {wide}"
            );
        }
        assert!(!pattern("2xx").covers(&pattern("2xx*")));
        assert!(pattern("200..299").covers(&pattern("2xx")));
    }
}
