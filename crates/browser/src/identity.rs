//! Who we are to the pages: one certificate for the life of the process, since making one is slow, and the instant from
//! which the shell's monotonic time counts.

use crate::dtls::Dtls;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use str0m::config::{CryptoProvider, DtlsCert};
use terms::Mono;

/// What all legs of a process share.
#[derive(Clone)]
pub struct Identity {
    provider: Arc<CryptoProvider>,
    certificate: DtlsCert,
    origin: Instant,
}

impl Identity {
    /// Makes a certificate. `origin` is the instant of `Mono::ZERO`.
    pub fn new(origin: Instant) -> Identity {
        // One for the process: each identity would be a leak otherwise.
        static DTLS: OnceLock<Dtls> = OnceLock::new();
        let library = str0m::crypto::from_feature_flags();
        let dtls_provider = DTLS.get_or_init(|| Dtls { library: library.dtls_provider });
        let provider = Arc::new(CryptoProvider { dtls_provider, ..library });
        let certificate = provider.dtls_provider.generate_certificate();
        let certificate = certificate.expect("aws-lc makes certificates");
        Identity { provider, certificate, origin }
    }

    pub(crate) fn provider(&self) -> Arc<CryptoProvider> {
        Arc::clone(&self.provider)
    }

    pub(crate) fn certificate(&self) -> DtlsCert {
        self.certificate.clone()
    }

    /// The library's time.
    pub(crate) fn instant(&self, at: Mono) -> Instant {
        self.origin + Duration::from_micros(at.as_micros())
    }

    /// Ours. What the library says is not going to happen is farther away than any process lives.
    pub(crate) fn mono(&self, at: Instant) -> Option<Mono> {
        const NEVER: Duration = Duration::from_secs(10 * 365 * 86_400);
        let since = at.saturating_duration_since(self.origin);
        // Rounded up: who is called a microsecond early is called again at once.
        let micros = u64::try_from(since.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX);
        (since < NEVER).then(|| Mono::from_micros(micros))
    }
}

/// The key is no matter of a log.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
