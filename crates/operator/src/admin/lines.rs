//! What is said in parts, in as many lines as a terminal needs.

use crate::admin::status::Status;

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

#[cfg(test)]
mod tests {
    use super::*;

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
