//! The certificate under which the pages are served, and SIP over TLS: read from files or made here, looked at, and changed
//! while it is in use; and the authorities that are believed of others.
//! The connections are others' ([`InUse`] gives each what is in force when it begins).
//!
//! What is wrong with a file is said in words, for whoever shows findings; no key is in them.

mod believed;
mod der;
mod made;

pub use believed::{Authorities, Believed, believing};
pub use made::made;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

/// Certificates of a chain that are looked at.
const CHAIN: usize = 16;
/// The longest file that is read, in bytes.
const LONGEST: u64 = 1 << 20;
/// So many days ahead somebody should know that a certificate ends.
pub const DAYS_AHEAD: i64 = 21;

/// What is served under.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// For connections to the pages.
    pub server: Arc<ServerConfig>,
    /// For those by SIP, where no protocol is agreed on.
    pub sip: Arc<ServerConfig>,
    /// SHA-256 of the certificate itself, as browsers show it: `AB:CD:...`
    pub fingerprint: String,
    /// Until when it is good, in seconds since 1970.
    pub until: i64,
    /// Whether it was made here: nobody knows who has signed it.
    pub is_own: bool,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// With the certificate.
    #[error("{0}")]
    Certificate(String),
    /// With the key.
    #[error("{0}")]
    Key(String),
}

impl Certificate {
    /// Reads a chain and its key, in PEM.
    pub fn read(chain: &Path, key: &Path) -> Result<Certificate, Fault> {
        let chain = text(chain).map_err(Fault::Certificate)?;
        let key = text(key).map_err(Fault::Key)?;
        Certificate::of(&chain, &key)
    }

    /// Of texts.
    fn of(chain: &[u8], key: &[u8]) -> Result<Certificate, Fault> {
        let chain: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(chain).take(CHAIN).collect();
        let chain =
            chain.map_err(|_| Fault::Certificate("it is no PEM: lines between BEGIN and END CERTIFICATE".into()))?;
        let Some(own) = chain.first() else {
            return Err(Fault::Certificate("there is no BEGIN CERTIFICATE in it".into()));
        };
        let unread = || Fault::Certificate("the first certificate in it is none of X.509".into());
        let (until, fingerprint) = (der::not_after(own).ok_or_else(unread)?, fingerprint(own));
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| Fault::Key("there is no private key in it: PEM, without a passphrase".into()))?;
        let mut server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Fault::Certificate(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| fault(&error))?;
        let sip = Arc::new(server.clone());
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Certificate { server: Arc::new(server), sip, fingerprint, until, is_own: false })
    }

    /// Days until it ends; fewer than none when it has.
    pub fn days_left(&self, now: i64) -> i64 {
        (self.until - now).div_euclid(86_400)
    }
}

fn fault(error: &rustls::Error) -> Fault {
    match error {
        rustls::Error::InconsistentKeys(_) => Fault::Key("it is not the key of this certificate".into()),
        rustls::Error::InvalidCertificate(_) => Fault::Certificate("it cannot be read as X.509".into()),
        _ => Fault::Key("no key that can be used: ECDSA P-256 or P-384, Ed25519, or RSA of 2048 bits or more".into()),
    }
}

fn text(file: &Path) -> Result<Vec<u8>, String> {
    let unread = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder; name the file in it".to_owned(),
        _ => error.to_string(),
    };
    let length = std::fs::metadata(file).map_err(unread)?.len();
    if length > LONGEST {
        return Err("it is longer than a mebibyte: no certificate".into());
    }
    std::fs::read(file).map_err(unread)
}

/// SHA-256, as browsers and `openssl x509 -fingerprint -sha256` write it.
fn fingerprint(der: &[u8]) -> String {
    Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The one in force; none: nothing is encrypted. Whoever has begun with the one before goes on with it.
#[derive(Clone, Debug, Default)]
pub struct InUse(Arc<RwLock<Option<Certificate>>>);

impl InUse {
    /// Begins with one.
    pub fn new(certificate: Option<Certificate>) -> InUse {
        InUse(Arc::new(RwLock::new(certificate)))
    }

    /// From now on it is this one.
    pub fn set(&self, certificate: Option<Certificate>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = certificate;
    }

    /// The one in force.
    pub fn get(&self) -> Option<Certificate> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> (tempfile::TempDir, Certificate) {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = made(folder.path(), &names, 1_800_000_000).unwrap();
        (folder, certificate)
    }

    #[test]
    fn what_is_wrong_with_the_files_is_said_of_the_right_one_and_never_with_what_is_in_it() {
        let ((folder, _), (other, _)) = (files(&["localhost"]), files(&["localhost"]));
        let place = |name: &str| folder.path().join(name);
        let (chain, key) = (place(made::CHAIN), place(made::KEY));
        assert!(Certificate::read(&chain, &key).is_ok());
        let foreign = other.path().join(made::KEY);
        let said = Certificate::read(&chain, &foreign).unwrap_err();
        assert_eq!(said, Fault::Key("it is not the key of this certificate".into()));
        assert!(
            matches!(Certificate::read(&place("none"), &key), Err(Fault::Certificate(why)) if why.contains("no such"))
        );
        assert!(matches!(Certificate::read(&chain, &place("none")), Err(Fault::Key(_))));
        assert!(matches!(Certificate::read(&key, &key), Err(Fault::Certificate(_))), "a key is no certificate");
        assert!(matches!(Certificate::read(&chain, &chain), Err(Fault::Key(_))));
        for rubbish in [
            "",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "\u{0}\u{1}",
            "-----BEGIN CERTIFICATE-----",
        ] {
            std::fs::write(place("rubbish"), rubbish).unwrap();
            assert!(matches!(Certificate::read(&place("rubbish"), &key), Err(Fault::Certificate(_))), "{rubbish:?}");
            assert!(matches!(Certificate::read(&chain, &place("rubbish")), Err(Fault::Key(_))), "{rubbish:?}");
        }
    }

    #[test]
    fn whoever_asks_gets_the_one_in_force() {
        let ((_one, first), (_two, second)) = (files(&["localhost"]), files(&["localhost"]));
        let in_use = InUse::new(Some(first.clone()));
        let seen = in_use.clone();
        in_use.set(Some(second.clone()));
        assert_eq!(seen.get().unwrap().fingerprint, second.fingerprint);
        in_use.set(None);
        assert!(seen.get().is_none());
        assert_ne!(first.fingerprint, second.fingerprint);
    }

    #[test]
    fn days_are_counted_down() {
        let (_folder, certificate) = files(&["localhost"]);
        assert_eq!(certificate.days_left(certificate.until), 0);
        assert_eq!(certificate.days_left(certificate.until - 21 * 86_400), 21);
        assert_eq!(certificate.days_left(certificate.until + 1), -1);
    }
}
