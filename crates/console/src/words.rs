//! The words of the pages, from catalogues: one file a language, the same keys in each. Codes, the API and what operators
//! read in logs stay English.

use axum::http::{HeaderMap, header};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A language.
#[derive(Debug)]
pub struct Language {
    /// Its code (BCP 47).
    pub code: &'static str,
    /// Its catalogue.
    pub text: &'static str,
}

macro_rules! languages {
    ($($code:literal),* $(,)?) => {
        /// Every language that the pages speak; the first is spoken where none is asked for.
        pub const LANGUAGES: &[Language] = &[$(
            Language { code: $code, text: include_str!(concat!("../words/", $code, ".toml")) }
        ),*];
    };
}

languages! { "en", "de", "fr", "es", "bg", "ro", "ru", "sl" }

/// A catalogue: texts by key.
pub type Catalogue = BTreeMap<String, String>;

fn catalogues() -> &'static BTreeMap<&'static str, Catalogue> {
    static ALL: OnceLock<BTreeMap<&'static str, Catalogue>> = OnceLock::new();
    ALL.get_or_init(|| LANGUAGES.iter().map(|language| (language.code, read(language.text))).collect())
}

/// Tables of texts; a key is the table's name and the text's.
fn read(text: &str) -> Catalogue {
    let tables: BTreeMap<String, Catalogue> = toml::from_str(text).unwrap_or_default();
    let keys = tables
        .into_iter()
        .flat_map(|(table, texts)| texts.into_iter().map(move |(key, text)| (format!("{table}.{key}"), text)));
    keys.collect()
}

/// As pages read it.
pub fn json(code: &str) -> Option<Vec<u8>> {
    serde_json::to_vec(catalogues().get(code)?).ok()
}

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Which.
    pub code: &'static str,
    texts: &'static Catalogue,
}

impl Words {
    /// Those of the language that a browser asks for most of those that there are.
    pub fn asked_for(headers: &HeaderMap) -> Words {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Words::of(best(asked))
    }

    /// Those of one language.
    pub fn of(code: &str) -> Words {
        static NONE: Catalogue = Catalogue::new();
        let code = LANGUAGES.iter().find(|language| language.code == code).unwrap_or(&LANGUAGES[0]).code;
        Words { code, texts: catalogues().get(code).unwrap_or(&NONE) }
    }

    /// A text. A test finds every key that is in no catalogue.
    pub fn text(&self, key: &str) -> &'static str {
        self.texts.get(key).map_or("", String::as_str)
    }
}

/// `Accept-Language`: the known language of the highest weight, and of those the first.
fn best(asked: &str) -> &'static str {
    let mut best = ("", 0.0_f32);
    for range in asked.split(',') {
        let mut parts = range.trim().split(';');
        let tag = parts.next().unwrap_or_default().split('-').next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        if let Some(language) = LANGUAGES.iter().find(|language| language.code == tag).filter(|_| weight > best.1) {
            best = (language.code, weight);
        }
    }
    if best.0.is_empty() { LANGUAGES[0].code } else { best.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use terms::Word as _;

    #[test]
    fn every_language_has_every_key_and_every_placeholder() {
        let english = &catalogues()["en"];
        assert!(english.len() > 40, "{}", english.len());
        let holes = |text: &str| {
            let parts = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
            parts.map(|(hole, _)| hole.to_owned()).collect::<BTreeSet<_>>()
        };
        for (code, catalogue) in catalogues() {
            let keys = |catalogue: &Catalogue| catalogue.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(catalogue), keys(english), "{code}");
            for (key, text) in catalogue {
                assert!(!text.trim().is_empty(), "{code} {key}");
                assert_eq!(holes(text), holes(&english[key]), "{code} {key}");
            }
        }
    }

    #[test]
    fn a_browser_gets_the_language_that_it_asks_for_most() {
        assert_eq!(best("de-AT,de;q=0.9,en;q=0.8"), "de");
        assert_eq!(best("xx, en;q=0.5, de;q=0.7"), "de");
        assert_eq!([best(""), best("xx"), best("de;q=0"), best(",;q=x,-")], ["en"; 4]);
    }

    /// What is named by a word of the API, and not by a key that stands somewhere.
    #[test]
    fn every_word_of_the_api_that_people_see_has_its_text() {
        let english = &catalogues()["en"];
        let all = |table: &str, words: &[&str]| {
            let missing: Vec<_> =
                words.iter().filter(|word| !english.contains_key(&format!("{table}.{word}"))).collect();
            assert!(missing.is_empty(), "{table}: {missing:?}");
        };
        all("state", &acd::State::ALL.iter().map(|state| state.word()).collect::<Vec<_>>());
        all("stage", &crate::wire::Stage::ALL.iter().map(|stage| stage.word()).collect::<Vec<_>>());
        all("figure", &dialplan::Figure::ALL.iter().map(|figure| figure.word()).collect::<Vec<_>>());
        all("status", &acd::StatusKind::ALL.iter().map(|status| status.word()).collect::<Vec<_>>());
    }

    /// The keys that pages, scripts and templates name, by the call that names them.
    #[test]
    fn every_key_that_a_page_or_a_script_names_is_in_the_catalogues() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut open, mut named) = (vec![root.join("src/pages"), root.join("assets")], BTreeSet::new());
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for call in ["t(\"", "t('"] {
                    let quote = call.chars().last().unwrap();
                    named.extend(
                        text.split(call)
                            .skip(1)
                            .filter_map(|rest| rest.split_once(quote))
                            .map(|(key, _)| key.to_owned()),
                    );
                }
            }
        }
        let keys: Vec<_> = named.iter().filter(|key| key.contains('.') && !key.contains(['/', ' '])).collect();
        assert!(keys.len() > 20, "{keys:?}");
        let missing: Vec<_> = keys.iter().filter(|key| !catalogues()["en"].contains_key(key.as_str())).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
