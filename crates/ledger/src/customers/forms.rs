//! The ways in which a telephone number stands in texts, to find it in all of them.

/// The forms of some numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forms(Vec<String>);

/// What stands in the place of a number that was erased.
const ERASED: &str = "erased";

impl Forms {
    /// Of numbers in their international form, with (of the countries whose carriers bring numbers) the code, what stands
    /// before a national number and before an international one.
    pub fn of<'a>(numbers: &[String], countries: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Forms {
        let countries: Vec<_> = countries.into_iter().collect();
        let mut forms = vec![];
        for number in numbers {
            let digits = number.trim_start_matches('+');
            forms.extend([format!("+{digits}"), digits.to_owned(), format!("00{digits}")]);
            for (code, national, international) in &countries {
                forms.push(format!("{international}{digits}"));
                forms.extend(digits.strip_prefix(code).map(|rest| format!("{national}{rest}")));
            }
        }
        forms.retain(|form| form.len() >= 6);
        forms.sort_unstable();
        forms.dedup();
        Forms(forms)
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[String] {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How often one of them stands in this text: a whole run of digits, not a piece of a longer one.
    pub fn count(&self, text: &[u8]) -> usize {
        self.places(text).count()
    }

    /// The text without them; none where there were none.
    pub(crate) fn without(&self, text: &[u8]) -> Option<(Vec<u8>, usize)> {
        let (mut rest, mut from, mut found) = (Vec::with_capacity(text.len()), 0, 0);
        for (begin, end) in self.places(text) {
            rest.extend_from_slice(text.get(from..begin).unwrap_or_default());
            rest.extend_from_slice(ERASED.as_bytes());
            (from, found) = (end, found + 1);
        }
        rest.extend_from_slice(text.get(from..).unwrap_or_default());
        (found > 0).then_some((rest, found))
    }

    /// Where they stand: begin and end.
    fn places<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let mut at = 0;
        std::iter::from_fn(move || {
            while at < text.len() {
                let begin = at;
                let run = text.get(begin..).unwrap_or_default();
                let plus = usize::from(run.first() == Some(&b'+'));
                let digits = run.iter().skip(plus).take_while(|byte| byte.is_ascii_digit()).count();
                at += (plus + digits).max(1);
                let end = begin + plus + digits;
                let said = text.get(begin..end).unwrap_or_default();
                if digits >= 6 && !is_bare(text, begin, end) && self.has(said) {
                    return Some((begin, end));
                }
            }
            None
        })
    }

    fn has(&self, said: &[u8]) -> bool {
        self.0.binary_search_by(|form| form.as_bytes().cmp(said)).is_ok()
    }
}

/// A number of JSON, which is an id or a count: telephone numbers are texts there.
fn is_bare(text: &[u8], begin: usize, end: usize) -> bool {
    let before = begin.checked_sub(1).and_then(|at| text.get(at));
    let after = text.get(end);
    matches!(before, Some(b':' | b',' | b'[')) && matches!(after, Some(b',' | b'}' | b']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_in_each_of_its_forms_and_in_no_other_number() {
        let forms = Forms::of(&["+442079460001".into()], [("44", "0", "00")]);
        for said in ["+442079460001", "442079460001", "00442079460001", "02079460001"] {
            assert_eq!(forms.count(format!("\"sip:{said}@x\"").as_bytes()), 1, "{said}");
            assert_eq!(forms.count(said.as_bytes()), 1, "{said}");
        }
        for other in ["+4420794600011", "1442079460001", "+442079460002", "", "[442079460001,1]"] {
            assert_eq!(forms.count(other.as_bytes()), 0, "{other}");
        }
        let (rest, found) = forms.without(br#"{"from":"+442079460001","to":"02079460001"}"#).unwrap();
        assert_eq!((String::from_utf8(rest).unwrap().as_str(), found), (r#"{"from":"erased","to":"erased"}"#, 2));
    }
}
