//! Configurations out of a map, for tests.
#![allow(dead_code)] // Each test file takes its own part of this one.

use dialplan::{Finding, Kept, Loaded, SecretRef, Sound, Sources, load, render};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Files in memory; every sound exists but those named missing.
#[derive(Default)]
pub struct Map {
    pub files: BTreeMap<String, Vec<u8>>,
    pub missing: Vec<String>,
    /// How some passwords are kept; all others well.
    pub kept: BTreeMap<String, Kept>,
    /// The machine's addresses.
    pub addresses: Vec<IpAddr>,
}

impl Sources for Map {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        self.files.get(name).cloned().ok_or_else(|| "no such file".into())
    }
    fn sound(&mut self, _folder: &str, path: &str) -> Sound {
        match self.missing.iter().any(|missing| missing == path) {
            true => Sound::Missing,
            false => Sound::Fits,
        }
    }
    fn secret(&mut self, from: &SecretRef) -> Kept {
        match from {
            SecretRef::File(name) | SecretRef::Env(name) => self.kept.get(name).cloned().unwrap_or(Kept::Well),
            SecretRef::Plain(_) => Kept::Well,
        }
    }
    fn addresses(&mut self) -> Vec<IpAddr> {
        self.addresses.clone()
    }
}

pub fn one(text: &str) -> Map {
    Map { files: [("strowger.toml".to_owned(), text.as_bytes().to_vec())].into(), ..Map::default() }
}

pub fn read(text: &str) -> Result<Loaded, Vec<Finding>> {
    load(&mut one(text), "strowger.toml")
}

/// A configuration that must load.
pub fn taken(text: &str) -> Loaded {
    read(text).unwrap_or_else(|findings| panic!("{}", render(&findings, &mut one(text))))
}

/// What an operator sees, whether it is refused or only warned about.
pub fn seen(text: &str) -> String {
    seen_in(&mut one(text))
}

/// The same for several files.
pub fn seen_in(map: &mut Map) -> String {
    match load(map, "strowger.toml") {
        Ok(loaded) => render(&loaded.warnings, map),
        Err(findings) => render(&findings, map),
    }
}
