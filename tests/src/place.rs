//! Where a test lives: a /24 of loopback addresses of its own, so that tests run side by side with the
//! same port numbers, and a folder that goes away with it.

use anyhow::{Context, Result, bail};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};

/// Addresses and a folder, held as long as this lives.
pub struct Place {
    net: u8,
    folder: tempfile::TempDir,
    // Who has this socket has the addresses: the kernel gives it back however the test ends.
    _claim: UdpSocket,
}

impl Place {
    /// Takes a place that nobody else has, in this process or another.
    pub fn take() -> Result<Place> {
        for net in 1..=250 {
            if let Ok(claim) = UdpSocket::bind((Ipv4Addr::new(127, 83, net, 254), 50_083)) {
                let folder = tempfile::Builder::new().prefix("strowger-e2e-").tempdir()?;
                return Ok(Place { net, folder, _claim: claim });
            }
        }
        bail!("no free loopback addresses in 127.83.0.0/16")
    }

    fn host(&self, last: u8) -> IpAddr {
        Ipv4Addr::new(127, 83, self.net, last).into()
    }

    /// The switch's address.
    pub fn switch(&self) -> IpAddr {
        self.host(1)
    }

    /// The carrier's address: the switch trusts it.
    pub fn carrier(&self) -> IpAddr {
        self.host(2)
    }

    /// The address of a phone, counted from 0. Phones are told apart by port: baresip leaves the source
    /// address of its RTP to the kernel, which takes 127.0.0.1 whatever the session description says.
    pub fn phone(&self, number: u8) -> SocketAddr {
        SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 10_000 + u16::from(self.net) * 40 + u16::from(number) * 4)
    }

    /// The address of a phone that has one of its own, counted from 0.
    pub fn device(&self, number: u8) -> IpAddr {
        self.host(30 + number)
    }

    /// An address that no configuration names.
    pub fn stranger(&self) -> IpAddr {
        self.host(66)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder; the folders above it are made.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let path = self.folder.path().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
        Ok(path)
    }

    /// Writes a file in the folder.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path(name)?;
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        Ok(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What happened is worth more than a clean /tmp when a test failed.
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("the files of this test are kept in {}", self.folder.path().display());
        }
    }
}
