//! What every page has around it.

use crate::assets::path;
use crate::words::Words;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page.
pub struct Page<'a> {
    /// In which words.
    pub words: Words,
    /// What the browser calls it.
    pub title: &'a str,
    /// Its name for styles; its style sheet and its script, below a folder of this name, where it has them.
    pub name: &'static str,
    /// Whether it has a script.
    pub live: bool,
    /// In which zone days begin.
    pub zone: Option<String>,
    /// What it is.
    pub body: Markup,
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let Page { words, title, name, live, zone, body } = self;
        let t = |key| words.text(key);
        let page = html! {
            (DOCTYPE)
            html lang=(words.code) data-assets=(crate::assets::hash()) data-zone=[zone] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · " (t("app.name")) }
                    link rel="icon" href=(path("style/mark.svg"));
                    link rel="stylesheet" href=(path("style/base.css"));
                    link rel="stylesheet" href=(path(&format!("style/{name}.css")));
                    @if live {
                        script type="module" src=(path(&format!("{name}/{name}.js"))) {}
                    }
                }
                body class=(name) { (body) }
            }
        };
        let mut response = page.into_string().into_response();
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, html);
        response
    }
}

/// An icon of `style/icons.svg`. It says nothing: a word stands beside it.
pub fn icon(name: &str) -> Markup {
    let href = format!("{}#{name}", path("style/icons.svg"));
    html! { svg class="icon" aria-hidden="true" focusable="false" { (PreEscaped(format!("<use href=\"{href}\"></use>"))) } }
}

/// The line below: how fresh it is, the time and its zone.
pub fn foot(words: Words) -> Markup {
    let t = |key| words.text(key);
    html! {
        footer class="foot" {
            p class="fresh" id="fresh" role="status" { (t("live.connecting")) }
            p class="clock" { time id="clock" {} " " span id="zone" {} }
        }
        noscript { p class="notice" { (t("live.no_script")) } }
    }
}
