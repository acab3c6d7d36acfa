//! Sound that is kept in files: sent by parts as players ask for them, and as the wave that is drawn of it.
//!
//! It leaves to others: whose it is, who may hear it, and that it is written down (`records`).

mod body;
pub mod peaks;
pub mod range;

use crate::wire::problem::{Kind, Problem};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use range::{Part, part};
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

/// A file that is sent.
#[derive(Debug)]
pub struct Sound {
    file: File,
    length: u64,
    /// What it is, for who has a part of it already.
    tag: String,
}

/// Where a file of a folder is, by a name that the account has; none of a name that leads out of it.
pub fn place(folder: &Path, name: &str) -> Option<PathBuf> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    (inside && !name.is_empty()).then(|| folder.join(name))
}

impl Sound {
    /// Opens it. `tag` changes when its content does.
    pub async fn open(path: PathBuf, tag: &str) -> io::Result<Sound> {
        let open = move || -> io::Result<(File, u64)> {
            let file = File::open(path)?;
            let about = file.metadata()?;
            if about.is_file() { Ok((file, about.len())) } else { Err(io::ErrorKind::NotFound.into()) }
        };
        let (file, length) = tokio::task::spawn_blocking(open).await.map_err(io::Error::other)??;
        Ok(Sound { file, length, tag: format!("\"{tag}-{length}\"") })
    }

    /// The answer to a request with these headers. `save`: the name under which a browser is to keep it.
    pub fn answer(self, asked: &HeaderMap, save: Option<&str>) -> Response {
        let (status, first, length) = match part(asked, self.length, &self.tag) {
            Part::Whole => (StatusCode::OK, 0, self.length),
            Part::Of(first, length) => (StatusCode::PARTIAL_CONTENT, first, length),
            Part::Outside => return outside(self.length),
        };
        let (whole, tag) = (self.length, self.tag.clone());
        let mut response = (status, body::send(self.file, first, length)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.extend(HeaderValue::from_str(&tag).map(|tag| (header::ETAG, tag)));
        if status == StatusCode::PARTIAL_CONTENT {
            let said = format!("bytes {first}-{}/{whole}", first + length - 1);
            headers.extend(HeaderValue::from_str(&said).map(|said| (header::CONTENT_RANGE, said)));
        }
        let kept = save.map(|name| format!("attachment; filename=\"{name}\""));
        headers.extend(
            kept.and_then(|kept| HeaderValue::from_str(&kept).ok()).map(|it| (header::CONTENT_DISPOSITION, it)),
        );
        response
    }
}

/// There is nothing in this part.
fn outside(length: u64) -> Response {
    let mut response = Problem::from(Kind::NO_SUCH_PART).into_response();
    let said = HeaderValue::from_str(&format!("bytes */{length}"));
    response.headers_mut().extend(said.map(|said| (header::CONTENT_RANGE, said)));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = Path::new("/var/sound");
        assert_eq!(place(folder, "2026-11-28/r1.wav"), Some("/var/sound/2026-11-28/r1.wav".into()));
        for name in ["", "/etc/passwd", "../x.wav", "2026/../../x.wav", "./x.wav", ".."] {
            assert_eq!(place(folder, name), None, "{name}");
        }
    }
}
