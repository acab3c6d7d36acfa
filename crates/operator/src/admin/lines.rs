//! What is said in parts, in as many lines as a terminal needs.

use crate::admin::status::Status;

/// The columns of a terminal that nobody made wider; indented lines have two less.
const USUAL_WIDTH: usize = 78;

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

/// A list behind its name, as many lines as it takes.
fn listed(name: &str, parts: &[String]) -> Vec<String> {
    let last = parts.len().saturating_sub(1);
    let comma = |(nth, part): (usize, &String)| if nth < last { format!("{part},") } else { part.clone() };
    let mut parts: Vec<String> = parts.iter().enumerate().map(comma).collect();
    if let Some(first) = parts.first_mut() {
        first.insert_str(0, name);
    }
    let lines = side_by_side(&parts, " ").into_iter().enumerate();
    lines.map(|(nth, line)| if nth == 0 { line } else { format!("  {line}") }).collect()
}

/// What was not taken since the start, a line each.
pub fn counters(status: &Status) -> Vec<String> {
    let mut out = vec![];
    if !status.media.dropped.is_empty() || status.media.frames_dropped > 0 {
        let dropped = status.media.dropped.iter().map(|(why, count)| format!("{} {count}", why.replace('_', " ")));
        let gaps =
            (status.media.frames_dropped > 0).then(|| format!("recorder behind {}", status.media.frames_dropped));
        out.extend(listed("packets dropped: ", &dropped.chain(gaps).collect::<Vec<_>>()));
    }
    if !status.refusals.is_empty() {
        let mut refused: Vec<_> = status.refusals.iter().collect();
        refused.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let refused: Vec<String> = refused.into_iter().map(|(why, count)| format!("{why} {count}")).collect();
        out.extend(listed("refused: ", &refused));
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
        let lines = listed("refused: ", &parts);
        assert!(lines.len() > 4 && lines.iter().all(|line| width(line) <= 80), "{lines:#?}");
        assert_eq!(
            lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "),
            format!("refused: {}", parts.join(", "))
        );
        assert_eq!(side_by_side(&["a".repeat(200), "b".to_owned()], "   ").len(), 2);
        assert_eq!(width("\u{1b}[31mred\u{1b}[0m"), 3);
        assert!(listed("refused: ", &[]).is_empty());
    }
}
