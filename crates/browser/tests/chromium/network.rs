//! A network of the browser's own: a namespace with one cable to here, whose address can be changed.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub struct Network {
    name: String,
    /// The third byte of its addresses.
    net: u8,
}

impl Network {
    /// None where nobody may make one.
    pub fn take() -> Option<Network> {
        let pid = std::process::id();
        let network = Network { name: format!("stw{}", pid % 100_000), net: (pid % 250) as u8 + 1 };
        if !ip(&format!("netns add {}", network.name)) {
            eprintln!("SKIPPED: a network of its own needs root and `ip`");
            return None;
        }
        let Network { name, net } = &network;
        for words in [
            format!("link add {name}a type veth peer name {name}b netns {name}"),
            format!("addr add 10.77.{net}.1/24 dev {name}a"),
            format!("link set {name}a up"),
            format!("-n {name} link set lo up"),
            format!("-n {name} addr add 10.77.{net}.2/24 dev {name}b"),
            format!("-n {name} link set {name}b up"),
            format!("-n {name} route add default via 10.77.{net}.1"),
        ] {
            assert!(ip(&words), "ip {words}");
        }
        Some(network)
    }

    /// This side's address.
    pub fn here(&self) -> IpAddr {
        [10, 77, self.net, 1].into()
    }

    /// The browser's side has another address from now on, and no more the one that it had.
    pub fn moves(&self, from: u8, to: u8) {
        let Network { name, net } = self;
        for words in [
            format!("-n {name} addr del 10.77.{net}.{from}/24 dev {name}b"),
            format!("-n {name} addr add 10.77.{net}.{to}/24 dev {name}b"),
            format!("-n {name} route replace default via 10.77.{net}.1"),
        ] {
            assert!(ip(&words), "ip {words}");
        }
    }

    /// A program that runs another one there.
    pub fn program(&self, folder: &Path, program: &str) -> PathBuf {
        let path = folder.join("within");
        let script = format!("#!/bin/sh\nexec ip netns exec {} {program} \"$@\"\n", self.name);
        std::fs::write(&path, script).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
        path
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.name));
        ip(&format!("link del {}a", self.name));
    }
}

fn ip(words: &str) -> bool {
    let mut command = Command::new("ip");
    command.args(words.split(' ')).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
