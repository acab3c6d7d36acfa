//! Number patterns of other switches: Asterisk's `_NXX.`, regular expressions, ranges with a dash.

use crate::pattern::Pattern;

/// What to write for a pattern that is none.
pub(crate) fn pattern(text: &str) -> Option<String> {
    let text = text.trim();
    if ["s", "i", "t", "h", "fn"].contains(&text) {
        return Some("leave `to` out: a route without it takes every number".into());
    }
    if let Some(number) = user_of(text) {
        return mean(number);
    }
    // The trunk prefix in brackets is not dialled from abroad.
    if text.contains("(0)") {
        return mean(&text.replace("(0)", "").replace(['-', '/', ' '], ""));
    }
    if let Some((first, last)) = text.split_once('-').filter(|(first, last)| is_number(first) && is_number(last)) {
        let (first, last) = (first.trim(), last.trim());
        return mean(&format!("{first}..{}", last.trim_start_matches('+')));
    }
    if text.contains(',') && text.split(',').all(is_number) {
        return Some("one pattern in one text: write a route for each, or a range such as \"100..109\"".into());
    }
    let asterisk = text.starts_with('_');
    let expression = text.starts_with(['^', '~']) || text.ends_with('$') || text.contains(['\\', '(']);
    let (ours, set) = if expression && !asterisk { from_expression(text) } else { from_asterisk(text) };
    if Pattern::read(&ours).is_err() || ours == text {
        return None;
    }
    Some(match set {
        true => format!("digits cannot be listed: write a route for each, such as {ours:?}"),
        false => format!("did you mean {ours:?}? (`x` is any digit, `*` at the end any rest)"),
    })
}

fn mean(ours: &str) -> Option<String> {
    Pattern::read(ours).is_ok().then(|| format!("did you mean {ours:?}?"))
}

fn is_number(text: &str) -> bool {
    let digits = text.trim().trim_start_matches('+');
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `100` of `sip:100@192.0.2.1`.
fn user_of(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("sip:").or_else(|| text.strip_prefix("tel:"));
    let user = rest.unwrap_or(text).split(['@', ';']).next()?;
    (user != text && is_number(user)).then_some(user)
}

/// `_NXXNXXXXXX`, `_9X.`, `_00!`, `_[2-5]XX`; whether a set of digits was in it.
fn from_asterisk(text: &str) -> (String, bool) {
    let mut ours = String::new();
    let mut set = false;
    let mut symbols = text.trim_start_matches('_').chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            'N' | 'n' | 'X' | 'x' | 'Z' | 'z' => ours.push('x'),
            // One or more of anything.
            '.' if !ours.ends_with('*') => ours.push_str("x*"),
            '!' => ours.push('*'),
            '|' | '-' => {}
            '[' => {
                ours.extend(symbols.next());
                set |= symbols.by_ref().take_while(|c| *c != ']').count() > 0;
            }
            other => ours.push(other),
        }
    }
    (ours, set)
}

/// `^\+44(\d+)$`, `^00.*`; whether a set of digits was in it.
fn from_expression(text: &str) -> (String, bool) {
    let mut ours = String::new();
    let mut set = false;
    let mut symbols = text.trim_start_matches(['^', '~', ' ']).chars().peekable();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '^' | '$' | '(' | ')' => {}
            '\\' => match symbols.next() {
                Some('d') => ours.push('x'),
                Some(other) => ours.push(other),
                None => {}
            },
            '.' => ours.push('x'),
            '[' => {
                let inside: String = symbols.by_ref().take_while(|c| *c != ']').collect();
                let any = inside == "0-9";
                set |= !any;
                ours.push(if any { 'x' } else { inside.chars().next().unwrap_or('x') });
            }
            '{' => {
                let inside: String = symbols.by_ref().take_while(|c| *c != '}').collect();
                let count = inside.split(',').next().and_then(|least| least.parse::<usize>().ok()).unwrap_or(1).min(32);
                let last = ours.chars().last().unwrap_or('x');
                ours.extend(std::iter::repeat_n(last, count.saturating_sub(1)));
                if inside.contains(',') {
                    ours.push('*');
                }
            }
            '+' if !ours.is_empty() => ours.push('*'),
            '*' => {
                let _ = ours.pop();
                ours.push('*');
            }
            other => ours.push(other),
        }
    }
    (ours, set)
}

/// A pattern that is taken, and that somebody from Asterisk means otherwise: what it takes, and what to write.
pub(crate) fn doubt(text: &str) -> Option<(String, String)> {
    let symbols: String = text.chars().filter(|c| *c != ' ').collect();
    let (_, inside) = symbols.split_at_checked(1)?;
    if !symbols.starts_with(['*', '#']) && inside.trim_end_matches('*').contains('*') {
        let message =
            format!("a `*` that is not at the end is the star key: {text:?} takes a number with that key in it");
        let head = symbols.split('*').next().unwrap_or_default();
        return Some((message, format!("write \"{head}*\" for whatever begins with {head}")));
    }
    if symbols.contains('X') {
        let (small, digits) = (symbols.replace('X', "x"), symbols.trim_end_matches('*').len());
        let message = match symbols.ends_with('*') {
            true => format!("{text:?} takes numbers of {digits} digits and more"),
            false => format!("{text:?} takes numbers of {digits} digits and no others"),
        };
        let head = symbols.split('X').next().unwrap_or_default();
        return Some((
            message,
            format!("write it {small:?} if that is meant, \"{head}*\" for whatever begins with {head:?}"),
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_other_switches_are_told_as_ours() {
        for (theirs, ours) in [
            ("_NXXNXXXXXX", "\"xxxxxxxxxx\""),
            ("_9X.", "\"9xx*\""),
            ("_00!", "\"00*\""),
            ("_[2-5]XX", "\"2xx\""),
            ("9|.", "\"9x*\""),
            ("^\\+44(\\d+)$", "\"+44x*\""),
            ("^(1\\d{2})$", "\"1xx\""),
            ("^00.*", "\"00*\""),
            ("^[0-9]{3,5}$", "\"xxx*\""),
            ("100-199", "\"100..199\""),
            ("sip:100@192.0.2.1", "\"100\""),
            ("+44(0)20", "\"+4420\""),
            ("100,101", "a route for each"),
            ("s", "leave `to` out"),
        ] {
            let said = pattern(theirs).unwrap_or_else(|| panic!("{theirs}"));
            assert!(said.contains(ours), "{theirs}: {said}");
        }
        for text in ["alice", "", "_", "^", "\\", "[", "(0", "é", "_[", "x{99999999999}"] {
            let _does_not_panic = (pattern(text), doubt(text));
        }
    }
}
