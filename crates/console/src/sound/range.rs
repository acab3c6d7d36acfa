//! Which part of a file is wanted (RFC 9110, section 14): one part; who asks for several is sent the whole.

use axum::http::{HeaderMap, header};
use http_range_header::parse_range_header;

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// From there, so many bytes.
    Of(u64, u64),
    /// None that it has.
    Outside,
}

/// Which part of a file of this length, with this tag, is asked for. Whoever has a part of another file gets all of this one.
pub fn part(asked: &HeaderMap, length: u64, tag: &str) -> Part {
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok());
    let Some(range) = text(header::RANGE) else { return Part::Whole };
    if text(header::IF_RANGE).is_some_and(|had| had != tag) {
        return Part::Whole;
    }
    // What cannot be read is passed over, as the standard has it.
    let Ok(parsed) = parse_range_header(range) else { return Part::Whole };
    match parsed.validate(length).as_deref() {
        Ok([one]) => Part::Of(*one.start(), one.end() - one.start() + 1),
        Ok(_) => Part::Whole,
        Err(_) => Part::Outside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str, had: Option<&str>) -> Part {
        let mut headers = HeaderMap::from_iter([(header::RANGE, range.parse().unwrap())]);
        headers.extend(had.map(|had| (header::IF_RANGE, had.parse().unwrap())));
        part(&headers, 100, "\"a\"")
    }

    #[test]
    fn one_part_is_sent_as_the_standard_counts_it() {
        assert_eq!(part(&HeaderMap::new(), 100, "\"a\""), Part::Whole);
        assert_eq!(asked("bytes=0-", None), Part::Of(0, 100));
        assert_eq!(asked("bytes=10-19", None), Part::Of(10, 10));
        assert_eq!(asked("bytes=-5", None), Part::Of(95, 5));
        assert_eq!(asked("bytes=90-1000", None), Part::Of(90, 10));
        assert_eq!(asked("bytes=99-99", None), Part::Of(99, 1));
        assert_eq!(asked("bytes=100-", None), Part::Outside);
    }

    #[test]
    fn what_is_no_part_of_this_file_is_all_of_it() {
        for odd in ["", "bytes", "bytes=", "bytes=x-", "lines=1-2", "bytes=5-1x"] {
            assert_eq!(asked(odd, None), Part::Whole, "{odd}");
        }
        assert_eq!(asked("bytes=0-1,5-6", None), Part::Whole);
        assert_eq!(asked("bytes=10-", Some("\"a\"")), Part::Of(10, 90));
        assert_eq!(asked("bytes=10-", Some("\"b\"")), Part::Whole);
    }
}
