//! Requirement expressions: `english >= 5 and (billing >= 3 or not sales >= 1)`.
//!
//! `not` binds tighter than `and`, `and` tighter than `or`. A skill alone means at least 1. `anyone`
//! asks for nothing. An agent without a skill has level 0 in it.

use crate::value::Mistake;
use std::ops::Range;
use terms::{Requirement, SkillId, limits};

/// Levels go from 1 to this.
pub(crate) const LEVEL_MAX: u8 = 10;
/// Brackets and `not`s inside one another.
const DEPTH_MAX: usize = 32;

/// A skill that an expression names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    pub skill: String,
    /// In bytes of the expression.
    pub part: Range<usize>,
}

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<(Requirement, Vec<Mention>), Mistake> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, end: text.len(), mentions: Vec::new() };
    let requirement = parser.any(0)?;
    match parser.peek() {
        None => Ok((requirement, parser.mentions)),
        Some(Token { part, word: Word::Close }) => {
            Err(Mistake::new(part.clone(), "this bracket closes nothing").help("take it out"))
        }
        Some(token) => {
            Err(Mistake::new(token.part.clone(), "two conditions need a word between them").help("`and`, or `or`"))
        }
    }
}

#[derive(Clone, Debug)]
struct Token<'t> {
    part: Range<usize>,
    word: Word<'t>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word<'t> {
    Name(&'t str),
    Number(&'t str),
    Compare(Compare),
    And,
    Or,
    Not,
    Anyone,
    Open,
    Close,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    AtLeast,
    Above,
    AtMost,
    Below,
    Exactly,
}

const SIGNS: [(&str, Compare); 6] = [
    (">=", Compare::AtLeast),
    ("<=", Compare::AtMost),
    ("==", Compare::Exactly),
    (">", Compare::Above),
    ("<", Compare::Below),
    ("=", Compare::Exactly),
];

fn tokens(text: &str) -> Result<Vec<Token<'_>>, Mistake> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, word) = match c {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '(' => (1, Word::Open),
            ')' => (1, Word::Close),
            '0'..='9' => {
                let length = rest.bytes().take_while(u8::is_ascii_digit).count();
                (length, Word::Number(&rest[..length]))
            }
            c if c.is_alphabetic() || c == '_' => {
                let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
                (length, word(&rest[..length]))
            }
            c => match SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
                Some((sign, compare)) => (sign.len(), Word::Compare(*compare)),
                None => return Err(strange(at, c, rest)),
            },
        };
        tokens.push(Token { part: at..at + length, word });
        at += length;
    }
    Ok(tokens)
}

fn word(name: &str) -> Word<'_> {
    match name.to_ascii_lowercase().as_str() {
        "and" => Word::And,
        "or" => Word::Or,
        "not" => Word::Not,
        "anyone" | "anybody" => Word::Anyone,
        _ => Word::Name(name),
    }
}

fn strange(at: usize, c: char, rest: &str) -> Mistake {
    let help = match c {
        '&' => "write `and`",
        '|' => "write `or`",
        '!' if rest.starts_with("!=") => "write `not english = 5`",
        '!' => "write `not`",
        '≥' => "write `>=`",
        _ => "write it like `english >= 5 and billing >= 3`",
    };
    let length = if rest.starts_with("&&") || rest.starts_with("||") { 2 } else { c.len_utf8() };
    Mistake::new(at..at + length, format!("{:?} has no place in a requirement", &rest[..length])).help(help)
}

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    end: usize,
    mentions: Vec<Mention>,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at)
    }

    fn next_is(&mut self, word: Word<'_>) -> bool {
        let is = self.peek().is_some_and(|token| token.word == word);
        self.at += usize::from(is);
        is
    }

    fn any(&mut self, depth: usize) -> Result<Requirement, Mistake> {
        let mut parts = vec![self.all(depth)?];
        while self.next_is(Word::Or) {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Requirement::Any(parts) })
    }

    fn all(&mut self, depth: usize) -> Result<Requirement, Mistake> {
        let mut parts = vec![self.one(depth)?];
        while self.next_is(Word::And) {
            parts.push(self.one(depth)?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Requirement::All(parts) })
    }

    fn one(&mut self, depth: usize) -> Result<Requirement, Mistake> {
        let Some(token) = self.peek().cloned() else {
            let at = self.end;
            return Err(
                Mistake::new(at.saturating_sub(1)..at, "a condition is missing here").help("such as `english >= 5`")
            );
        };
        if depth >= DEPTH_MAX {
            return Err(Mistake::new(token.part, "too many brackets inside one another"));
        }
        self.at += 1;
        match token.word {
            Word::Anyone => Ok(Requirement::Anyone),
            Word::Not => Ok(Requirement::Not(Box::new(self.one(depth + 1)?))),
            Word::Open => {
                let inner = self.any(depth + 1)?;
                match self.next_is(Word::Close) {
                    true => Ok(inner),
                    false => Err(Mistake::new(token.part, "this bracket is never closed")),
                }
            }
            Word::Name(skill) => self.comparison(skill, token.part),
            _ => Err(Mistake::new(token.part, "a skill is expected here").help("such as `english >= 5`")),
        }
    }

    fn comparison(&mut self, skill: &str, part: Range<usize>) -> Result<Requirement, Mistake> {
        if self.mentions.len() >= limits::REQUIREMENT_SKILLS {
            let message = format!("a requirement asks for {} skills at most", limits::REQUIREMENT_SKILLS);
            return Err(Mistake::new(part, message).help("give agents one skill that stands for several"));
        }
        self.mentions.push(Mention { skill: skill.to_owned(), part: part.clone() });
        let id = SkillId::of(skill);
        let Some(Token { word: Word::Compare(compare), part: sign }) = self.peek().cloned() else {
            return Ok(Requirement::AtLeast(id, 1));
        };
        self.at += 1;
        let Some(Token { word: Word::Number(digits), part: number }) = self.peek().cloned() else {
            return Err(Mistake::new(sign, "a level is missing after this sign").help("such as `english >= 5`"));
        };
        self.at += 1;
        let level = digits.parse().ok().filter(|level: &u8| *level <= LEVEL_MAX);
        let level = level.ok_or_else(|| Mistake::new(number.clone(), format!("levels go from 0 to {LEVEL_MAX}")))?;
        let not = |requirement| Requirement::Not(Box::new(requirement));
        match compare {
            Compare::AtLeast if level == 0 => Err(idle(part.start..number.end)),
            Compare::Below if level == 0 => Err(never(part.start..number.end)),
            Compare::Above if level == LEVEL_MAX => Err(never(part.start..number.end)),
            Compare::AtMost if level == LEVEL_MAX => Err(idle(part.start..number.end)),
            Compare::AtLeast => Ok(Requirement::AtLeast(id, level)),
            Compare::Above => Ok(Requirement::AtLeast(id, level + 1)),
            Compare::Below => Ok(not(Requirement::AtLeast(id, level))),
            Compare::AtMost => Ok(not(Requirement::AtLeast(id, level + 1))),
            Compare::Exactly if level == 0 => Ok(not(Requirement::AtLeast(id, 1))),
            Compare::Exactly if level == LEVEL_MAX => Ok(Requirement::AtLeast(id, level)),
            Compare::Exactly => {
                Ok(Requirement::All(vec![Requirement::AtLeast(id, level), not(Requirement::AtLeast(id, level + 1))]))
            }
        }
    }
}

fn idle(part: Range<usize>) -> Mistake {
    Mistake::new(part, "this holds for every agent").help("leave it out, or write `anyone`")
}

fn never(part: Range<usize>) -> Mistake {
    Mistake::new(part, format!("this holds for no agent: levels go from 1 to {LEVEL_MAX}, 0 is not having the skill"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::Skills;

    fn admits(text: &str, skills: &[(&str, u8)]) -> bool {
        let skills: Skills = skills.iter().map(|(name, level)| (SkillId::of(name), *level)).collect();
        parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake:?}")).0.admits(&skills)
    }

    #[test]
    fn words_bind_as_an_operator_reads_them() {
        let alice = [("english", 9), ("billing", 2)];
        assert!(admits("english >= 5 and (billing >= 3 or not sales >= 1)", &alice));
        assert!(!admits("english >= 5 and billing >= 3 or sales", &alice));
        assert!(admits("sales and billing or english", &alice));
        assert!(admits("not sales and english", &alice));
        assert!(!admits("not (sales or english)", &alice));
        assert!(admits("anyone", &[]));
        assert!(admits("billing = 2 and billing < 3 and billing <= 2 and billing > 1 and sales = 0", &alice));
        assert!(!admits("english = 8", &alice));
    }

    #[test]
    fn a_mistake_points_at_its_letters() {
        for (text, part) in [
            ("english >= 11", 11..13),
            ("english >=", 8..10),
            ("english && billing", 8..10),
            ("english billing", 8..15),
            ("(english", 0..1),
            ("english)", 7..8),
            ("english and", 10..11),
            ("", 0..0),
            ("5 >= english", 0..1),
            ("english >= 0", 0..12),
        ] {
            assert_eq!(parse(text).expect_err(text).part, part, "{text}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"not ".repeat(100_000)).is_err());
    }
}
