//! The files that pages are made of: in the binary, below an address that has the hash of them all. They may be kept for
//! ever, and a page of one version never gets a file of another.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};
use std::sync::OnceLock;

use crate::wire::problem::Kind;
use crate::words;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// Characters of the hash.
const LENGTH: usize = 16;

/// The hash of all files, words included.
pub fn hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let mut digest = Sha256::new();
        let mut names: Vec<_> = Assets::iter().collect();
        names.sort();
        for name in names {
            digest.update(name.as_bytes());
            digest.update(Assets::get(&name).map(|file| file.data).unwrap_or_default());
        }
        words::LANGUAGES.iter().for_each(|language| digest.update(language.text.as_bytes()));
        let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        hex[..LENGTH].to_owned()
    })
}

/// Where a file is.
pub fn path(file: &str) -> String {
    format!("/a/{}/{file}", hash())
}

/// Serves one.
pub async fn serve(Path((of, file)): Path<(String, String)>) -> Response {
    if of != hash() {
        return Kind::NOT_FOUND.into_response();
    }
    let Some((body, kind)) = find(&file) else { return Kind::NOT_FOUND.into_response() };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}

fn find(file: &str) -> Option<(Body, &'static str)> {
    if let Some(language) = file.strip_prefix("words/").and_then(|name| name.strip_suffix(".json")) {
        return Some((words::json(language)?.into(), "application/json"));
    }
    let kind = match file.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    Some((Assets::get(file)?.data.into_owned().into(), kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages are loaded over thin lines, too: what each needs at first, as the bytes lie here, uncompressed.
    #[test]
    fn the_files_are_few_and_small_and_each_can_be_served() {
        let sizes: Vec<(String, usize, usize)> = Assets::iter()
            .map(|name| {
                let data = Assets::get(&name).unwrap().data;
                (name.to_string(), data.len(), data.split(|byte| *byte == b'\n').count())
            })
            .collect();
        assert!(sizes.iter().map(|(_, bytes, _)| bytes).sum::<usize>() < 400_000, "{sizes:?}");
        assert!(sizes.iter().all(|(_, _, lines)| *lines <= 300), "{sizes:?}");
        for (name, ..) in &sizes {
            assert!(find(name).is_some(), "{name} has no kind");
        }
        let of = |folder: &str| {
            let style = format!("style/{}.css", folder.trim_end_matches('/'));
            let common = ["core/", "style/base.css", "style/icons.svg", "style/mark.svg", folder, &style];
            let own = |name: &str| common.iter().any(|start| name.starts_with(start));
            sizes.iter().filter(|(name, ..)| own(name)).map(|(_, bytes, _)| bytes).sum::<usize>()
        };
        let [board, floor, desk] = ["board/", "floor/", "desk/"].map(of);
        assert!(board < 30_000 && floor < 60_000 && desk < 60_000, "{board} {floor} {desk}");
    }

    #[test]
    fn nothing_outside_is_found() {
        for file in
            ["../Cargo.toml", "core/../../Cargo.toml", "words/../en.json", "words/xx.json", "nothing.js", "core"]
        {
            assert!(find(file).is_none(), "{file}");
        }
    }
}
