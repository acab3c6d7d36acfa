//! What is said in parts, in as many lines as a terminal needs.

use crate::admin::status::Status;
use ratatui_core::text::Span;

/// The columns of a terminal that nobody made wider.
pub const USUAL_WIDTH: usize = 80;

/// As many parts in a line as a terminal of the usual width has room for.
pub fn side_by_side(parts: &[String], between: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for part in parts {
        match lines.last_mut().filter(|line| width(line) + width(between) + width(part) <= USUAL_WIDTH) {
            Some(line) => *line += &format!("{between}{part}"),
            None => lines.push(part.clone()),
        }
    }
    lines
}

/// How many columns it takes: what colours it takes none.
fn width(text: &str) -> usize {
    let coloured = text.split('\u{1b}').skip(1).filter_map(|code| code.find('m').map(|end| end + 2)).sum::<usize>();
    text.chars().count() - coloured
}

/// What was not taken since the start, a line each.
pub fn counters(status: &Status) -> Vec<String> {
    let mut out = vec![];
    if !status.media.dropped.is_empty() || status.media.frames_dropped > 0 {
        let dropped = status.media.dropped.iter().map(|(why, count)| format!("{} {count}", why.replace('_', " ")));
        let gaps =
            (status.media.frames_dropped > 0).then(|| format!("recorder behind {}", status.media.frames_dropped));
        out.push(format!("packets dropped: {}", dropped.chain(gaps).collect::<Vec<_>>().join(", ")));
    }
    if !status.refusals.is_empty() {
        let mut refused: Vec<_> = status.refusals.iter().collect();
        refused.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let refused: Vec<String> = refused.into_iter().map(|(why, count)| format!("{why} {count}")).collect();
        out.push(format!("refused: {}", refused.join(", ")));
    }
    out.extend(status.phones.hints.iter().map(ToString::to_string));
    out
}

/// Lines that one text may take.
pub const FOLDED: usize = 2;

/// A text in lines of a width, each but the first one set in: cut between the parts of a list, or else between words.
/// Of a list, what does not fit into so many lines is counted; of words the last line has all the rest.
pub fn fold(text: &str, width: usize, most: usize) -> Vec<String> {
    let list = text.contains(", ");
    let (between, ending) = if list { (", ", ",") } else { (" ", "") };
    let parts: Vec<&str> = text.split(between).collect();
    let mut lines = vec![String::new()];
    for (nth, part) in parts.iter().enumerate() {
        let left = parts.len() - nth;
        let rest = if list { format!("and {left} more") } else { String::new() };
        let Some(line) = lines.last() else { break };
        let is_new = line.trim().is_empty();
        let ends = if left > 1 { ending } else { "" };
        // The last line keeps room for the count of what is left out.
        let spare = if lines.len() == most && left > 1 { rest.len() + 1 } else { 0 };
        let needed = length(line) + usize::from(!is_new) + length(part) + ends.len() + spare;
        if needed > width && !is_new && lines.len() == most {
            push(&mut lines, if list { &rest } else { parts[nth] });
            if !list {
                parts[nth + 1..].iter().for_each(|part| push(&mut lines, part));
            }
            return lines;
        }
        if needed > width && !is_new {
            lines.push("  ".into());
        }
        push(&mut lines, &format!("{part}{ends}"));
    }
    lines
}

fn push(lines: &mut [String], word: &str) {
    if let Some(line) = lines.last_mut() {
        if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
}

fn length(text: &str) -> usize {
    Span::raw(text).width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_folded_between_its_parts_and_what_is_left_out_is_counted() {
        let text = "refused: no route 30, busy 20, not here 10, no password 5, drained 1";
        assert_eq!(fold(text, 200, 2), [text]);
        assert_eq!(fold(text, 40, 2), ["refused: no route 30, busy 20,", "  not here 10, no password 5, drained 1"]);
        assert_eq!(fold(text, 32, 2), ["refused: no route 30, busy 20,", "  not here 10, and 2 more"]);
        assert_eq!(fold("a fault of many words", 12, 2), ["a fault of", "  many words"]);
        for width in 0..80 {
            let lines = fold(text, width, 2);
            assert!(lines.len() <= 2 && !lines.is_empty(), "{width}: {lines:?}");
            assert!(width < 32 || lines.iter().all(|line| line.len() <= width), "{width}: {lines:?}");
        }
    }

    #[test]
    fn no_line_is_wider_than_a_terminal_unless_one_part_is() {
        let parts: Vec<String> = (0..30).map(|n| format!("trunk full {n}")).collect();
        let lines = side_by_side(&parts, "   ");
        assert!(lines.len() > 4 && lines.iter().all(|line| width(line) <= USUAL_WIDTH), "{lines:#?}");
        assert_eq!(lines.join("   "), parts.join("   "));
        assert_eq!(side_by_side(&["a".repeat(200), "b".to_owned()], "   ").len(), 2);
        assert_eq!(width("\u{1b}[31mred\u{1b}[0m"), 3);
        assert!(side_by_side(&[], "   ").is_empty());
    }
}
