//! Requests that a page of another site makes a browser send: refused for everything but reading, and for every socket,
//! which a foreign page could read, too. A browser says where a page comes from; what is no browser says nothing.

use axum::http::{HeaderMap, header};

/// Whether a request comes from a page of this site, or from no page.
pub fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return true };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    authority.is_some() && authority == text(header::HOST.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_is_told_from_ones_own_and_from_a_program() {
        let own = |pairs: &[(&'static str, &'static str)]| {
            is_own(&HeaderMap::from_iter(
                pairs
                    .iter()
                    .map(|(name, value)| (name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap())),
            ))
        };
        let host = ("host", "127.0.0.1:8080");
        assert!(own(&[host]), "a program");
        assert!(own(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(own(&[host, ("origin", "http://127.0.0.1:8080")]));
        assert!(!own(&[host, ("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:8080")]));
        assert!(!own(&[host, ("sec-fetch-site", "same-site")]), "another port of this machine");
        for origin in
            ["http://127.0.0.1:8081", "http://evil.example", "null", "127.0.0.1:8080", "http://127.0.0.1:8080.evil"]
        {
            assert!(!own(&[host, ("origin", origin)]), "{origin}");
        }
    }
}
