//! Bodies of several parts (RFC 2046 5.1, RFC 5621): finding the session description among them.
//! What is in it is not read here.

use memchr::memmem;

/// The `application/sdp` part of a `multipart/...` body.
pub(super) fn session_part<'a>(content_type: &str, body: &'a [u8]) -> Option<&'a [u8]> {
    let (kind, params) = content_type.split_once(';')?;
    if !kind.trim().get(..10)?.eq_ignore_ascii_case("multipart/") {
        return None;
    }
    let boundary = params.split(';').find_map(|param| {
        let (name, value) = param.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    // RFC 2046 5.1.1: 1 to 70 characters.
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let delimiter = format!("--{boundary}");
    let mut rest = body.get(memmem::find(body, delimiter.as_bytes())? + delimiter.len()..)?;
    while !rest.starts_with(b"--") {
        let end = memmem::find(rest, delimiter.as_bytes())?;
        if let Some(part) = rest.get(..end).and_then(sdp) {
            return Some(part);
        }
        rest = rest.get(end + delimiter.len()..)?;
    }
    None
}

/// The content of a part, when it is a session description in plain form.
fn sdp(part: &[u8]) -> Option<&[u8]> {
    let part = part.strip_prefix(b"\r\n").unwrap_or(part);
    let gap = memmem::find(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(part.get(..gap)?).to_ascii_lowercase();
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    let kind = field("content-type").or(field("c"))?;
    let plain = field("content-transfer-encoding").is_none_or(|e| matches!(e.trim(), "7bit" | "8bit" | "binary"));
    let fits = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/sdp");
    let content = part.get(gap + 4..)?;
    (fits && plain).then(|| content.strip_suffix(b"\r\n").unwrap_or(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"preamble\r\n--b1\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n--b1\r\n\
        content-type: application/SDP;x=y\r\n\r\nv=0\r\ns=-\r\n\r\n--b1--\r\n";

    #[test]
    fn the_session_description_is_found_among_the_parts() {
        let found = session_part("multipart/mixed; boundary=\"b1\"", BODY);
        assert_eq!(found, Some(&b"v=0\r\ns=-\r\n"[..]));
    }

    #[test]
    fn without_it_or_without_a_boundary_there_is_nothing() {
        assert_eq!(session_part("multipart/mixed", BODY), None);
        assert_eq!(session_part("multipart/mixed;boundary=", BODY), None);
        assert_eq!(session_part("multipart/mixed;boundary=other", BODY), None);
        assert_eq!(session_part("application/sdp;boundary=b1", BODY), None);
        let cut = BODY.get(..60).unwrap();
        for length in 0..cut.len() {
            assert_eq!(session_part("multipart/mixed;boundary=b1", &cut[..length]), None);
        }
    }
}
