//! A certificate of one's own making: whoever comes compares its fingerprint. It is kept, so that he does so once, and made
//! anew when it is about to end or the switch has another name.

use crate::{Certificate, DAYS_AHEAD, Fault};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The file of the certificate.
pub(crate) const CHAIN: &str = "console-certificate.pem";
/// The file of its key.
pub(crate) const KEY: &str = "console-key.pem";
/// The file of the names that are in it.
const NAMES: &str = "console-names.txt";
/// Days that it is good for: browsers take no longer one.
const DAYS: i64 = 397;

/// The one that is kept in a folder for these names; made when there is none, or none that is any good. `now`: seconds since
/// 1970.
pub fn made(folder: &Path, names: &[String], now: i64) -> Result<Certificate, Fault> {
    let (chain, key) = (folder.join(CHAIN), folder.join(KEY));
    let written = names.join("\n");
    let is_of_these = std::fs::read_to_string(folder.join(NAMES)).is_ok_and(|kept| kept == written);
    let kept = Certificate::read(&chain, &key).ok().filter(|kept| is_of_these && kept.days_left(now) > DAYS_AHEAD);
    if let Some(kept) = kept {
        return Ok(Certificate { is_own: true, ..kept });
    }
    let (certificate, secret) = make(names, now).map_err(|error| Fault::Certificate(error.to_string()))?;
    let unwritten =
        |error: std::io::Error| Fault::Certificate(format!("it cannot be kept in {}: {error}", folder.display()));
    write(&key, secret.as_bytes()).map_err(unwritten)?;
    write(&chain, certificate.as_bytes()).map_err(unwritten)?;
    write(&folder.join(NAMES), written.as_bytes()).map_err(unwritten)?;
    let made = Certificate::of(certificate.as_bytes(), secret.as_bytes())?;
    Ok(Certificate { is_own: true, ..made })
}

fn make(names: &[String], now: i64) -> Result<(String, String), rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Strowger");
    params.distinguished_name = name;
    // An hour for clocks that are behind.
    params.not_before = moment(now - 3_600);
    params.not_after = moment(now + DAYS * 86_400);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// A moment, as the library has it.
fn moment(at: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

/// For nobody else to read, and whole or not at all.
fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let aside = file.with_extension("new");
    let _may_be_left_of_a_kill = std::fs::remove_file(&aside);
    let mut new = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&aside)?;
    new.write_all(bytes)?;
    new.sync_all()?;
    std::fs::rename(aside, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const NOW: i64 = 1_800_000_000;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn it_is_made_once_and_anew_before_it_ends_or_for_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let of = |wanted: &[&str], now| made(folder.path(), &names(wanted), now).unwrap().fingerprint;
        let first = of(&["localhost", "192.0.2.7"], NOW);
        assert_eq!(of(&["localhost", "192.0.2.7"], NOW + 86_400), first);
        let later = of(&["localhost", "192.0.2.7"], NOW + (DAYS - DAYS_AHEAD) * 86_400);
        assert_ne!(later, first, "three weeks before its end");
        assert_ne!(of(&["localhost", "192.0.2.8"], NOW + (DAYS - DAYS_AHEAD) * 86_400), later, "another address");
    }

    #[test]
    fn its_key_is_for_nobody_else_and_what_was_spoilt_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let first = made(folder.path(), &names(&["localhost"]), NOW).unwrap();
        let mode = std::fs::metadata(folder.path().join(KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(KEY), "spoilt").unwrap();
        let second = made(folder.path(), &names(&["localhost"]), NOW).unwrap();
        assert_ne!(first.fingerprint, second.fingerprint);
        assert!(made(&folder.path().join("none"), &names(&["localhost"]), NOW).is_err(), "a folder that is not there");
    }
}
