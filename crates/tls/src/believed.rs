//! The authorities who vouch for whoever we connect to: those that the machine believes, or those of a file.

use crate::text;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Where systems keep the authorities that they believe, in one file: Debian, Fedora, SUSE, Alpine.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Who is believed.
#[derive(Clone, Debug)]
pub enum Authorities {
    /// Those of a file, in PEM.
    Of(PathBuf),
    /// Those of this machine; where it has none, nobody.
    Machine,
    /// Nobody.
    Nobody,
}

/// What connections are made by that believe these.
pub fn believing(authorities: Authorities) -> Result<Arc<ClientConfig>, String> {
    let roots = match &authorities {
        Authorities::Of(file) => roots(&text(file)?),
        Authorities::Machine => {
            let file = SYSTEM.iter().find_map(|file| text(Path::new(file)).ok());
            file.map_or_else(RootCertStore::empty, |file| roots(&file))
        }
        Authorities::Nobody => RootCertStore::empty(),
    };
    if roots.is_empty() && matches!(authorities, Authorities::Of(_)) {
        return Err("there is no authority in it: PEM, lines between BEGIN and END CERTIFICATE".into());
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// Those that can be read: in a system's file some may be of kinds that nobody knows yet.
fn roots(pem: &[u8]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let (_taken, _unknown) =
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).filter_map(Result::ok));
    roots
}

/// Those in force; a connection that has begun goes on under those before.
#[derive(Clone, Debug)]
pub struct Believed(Arc<RwLock<Arc<ClientConfig>>>);

impl Believed {
    /// Begins with these.
    pub fn new(authorities: Arc<ClientConfig>) -> Believed {
        Believed(Arc::new(RwLock::new(authorities)))
    }

    /// From now on it is these.
    pub fn set(&self, authorities: Arc<ClientConfig>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = authorities;
    }

    /// Those in force.
    pub fn get(&self) -> Arc<ClientConfig> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_authority_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("authorities.pem");
        assert!(believing(Authorities::Of(file.clone())).unwrap_err().contains("no such file"));
        std::fs::write(&file, "rubbish").unwrap();
        assert!(believing(Authorities::Of(file.clone())).unwrap_err().contains("no authority"));
        let made = crate::made(folder.path(), &["localhost".into()], 1_800_000_000).unwrap();
        assert!(!made.fingerprint.is_empty());
        assert!(believing(Authorities::Of(folder.path().join(crate::made::CHAIN))).is_ok());
        assert!(believing(Authorities::Machine).is_ok(), "a machine that believes nobody can call by other means");
    }
}
