//! Text in XML (1.0, 2.2 and 2.4): whatever a name contains, it stays text.

/// Adds text, also within an attribute.
pub(crate) fn push(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // What no document may contain, and what an attribute would turn into a space anyway.
            letter if letter < ' ' || matches!(letter, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}') => out.push(' '),
            letter => out.push(letter),
        }
    }
}

/// The same as a text of its own.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    push(&mut out, text);
    out
}

/// A SIP URI, ready for a document.
pub(crate) fn uri(user: &str, domain: &str) -> String {
    escaped(&format!("sip:{}@{domain}", sip::message::escape_user(user)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_contains_it_stays_text() {
        let hostile = "</a><b x='y\"z'>&amp;\u{0}\u{1f}\u{fffe}\u{7f}ü\u{1f600}]]>";
        let text = format!("<a n=\"{0}\">{0}</a>", escaped(hostile));
        let document = roxmltree::Document::parse(&text).unwrap();
        let expected = "</a><b x='y\"z'>&amp;    ü\u{1f600}]]>";
        assert_eq!(document.root_element().text(), Some(expected));
        assert_eq!(document.root_element().attribute("n"), Some(expected));
    }

    #[test]
    fn a_user_that_is_no_user_part_is_escaped_twice_over() {
        assert_eq!(uri("a&b <c>@d", "h"), "sip:a&amp;b%20%3Cc%3E%40d@h");
    }
}
