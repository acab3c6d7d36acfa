//! The library's DTLS with one configuration for all connections. By itself it makes one for each, and each time it tests its
//! cryptography anew, which takes twice as long as the handshake.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use str0m::crypto::CryptoError;
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion,
};

/// The provider of all connections of a process.
#[derive(Debug)]
pub(crate) struct Dtls {
    /// What makes certificates.
    pub(crate) library: &'static dyn DtlsProvider,
}

impl DtlsProvider for Dtls {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        self.library.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        _only_1_2: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        Ok(Box::new(Connection(dimpl::Dtls::new_12(configuration(mtu)?, certificate.clone(), now))))
    }
}

/// Made with the first connection; all have the same MTU.
fn configuration(mtu: Option<usize>) -> Result<Arc<dimpl::Config>, CryptoError> {
    static ONE: OnceLock<Arc<dimpl::Config>> = OnceLock::new();
    if let Some(made) = ONE.get() {
        return Ok(made.clone());
    }
    // ICE has proved by then that the page is where it says: no cookie has to.
    let builder = dimpl::Config::builder().use_server_cookie(false);
    let builder = mtu.into_iter().fold(builder, |builder, mtu| builder.mtu(mtu));
    let made = builder.build().map_err(|error| CryptoError::Other(error.to_string()))?;
    Ok(ONE.get_or_init(|| Arc::new(made)).clone())
}

struct Connection(dimpl::Dtls);

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl DtlsInstance for Connection {
    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        self.0.poll_output(buffer)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}
