//! Certificates of openssl's making: an authority, and what it vouches for.

use crate::place::Place;
use anyhow::{Context, Result, ensure};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

/// An authority in the folder of a place.
pub struct Authority<'a> {
    place: &'a Place,
    /// Its certificate.
    pub file: PathBuf,
}

/// A certificate and its key.
pub struct Shown {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

fn openssl(arguments: &[&str]) -> Result<()> {
    let made = Command::new("openssl").args(arguments).output().context("openssl is not here")?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(())
}

fn said(path: &std::path::Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}

impl Authority<'_> {
    /// A new one.
    pub fn new(place: &Place) -> Result<Authority<'_>> {
        let (file, key) = (place.path("authority.pem")?, place.path("authority-key.pem")?);
        let kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let rest = ["-subj", "/CN=Authority", "-days", "9", "-out", said(&file)?, "-keyout", said(&key)?];
        openssl(&[&kind[..], &rest].concat())?;
        Ok(Authority { place, file })
    }

    /// A certificate for these names, as openssl writes them: `DNS:a.example,IP:192.0.2.1`.
    pub fn vouch(&self, file: &str, names: &str) -> Result<Shown> {
        let path = |ending: &str| self.place.path(&format!("{file}{ending}"));
        let (certificate, key, asked) = (path(".pem")?, path("-key.pem")?, path(".csr")?);
        let extensions = self.place.write(&format!("{file}.ext"), &format!("subjectAltName={names}\n"))?;
        let kind = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let rest = ["-subj", "/CN=edge", "-out", said(&asked)?, "-keyout", said(&key)?];
        openssl(&[&kind[..], &rest].concat())?;
        let authority_key = self.place.path("authority-key.pem")?;
        let by = ["-CA", said(&self.file)?, "-CAkey", said(&authority_key)?, "-CAcreateserial", "-days", "30"];
        let what = ["x509", "-req", "-in", said(&asked)?, "-out", said(&certificate)?, "-extfile", said(&extensions)?];
        openssl(&[&what[..], &by].concat())?;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;
        Ok(Shown { certificate, key })
    }
}
