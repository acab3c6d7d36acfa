//! Other programs in the switch's place, set up alike: the same addresses, users, routes and queue. Their
//! configurations are in `benches/peers/`; the programs come from PATH, or from a folder that holds a Debian.

use crate::line::{Peer, Wish};
use crate::stand::{Server, Stand};
use anyhow::{Context, Result, bail, ensure};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Where the configurations are.
const CONFIGURATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");

/// What is known of a peer.
struct Recipe {
    program: &'static str,
    packages: &'static str,
    /// Where Debian puts its modules, below `usr/lib/x86_64-linux-gnu` or its like.
    modules: &'static str,
}

fn recipe(peer: Peer) -> Recipe {
    match peer {
        Peer::Asterisk => {
            Recipe { program: "asterisk", packages: "asterisk asterisk-modules", modules: "asterisk/modules" }
        }
        Peer::Kamailio => Recipe { program: "kamailio", packages: "kamailio", modules: "kamailio/modules" },
        Peer::Rtpengine => Recipe { program: "rtpengine", packages: "rtpengine-daemon", modules: "rtpengine" },
    }
}

impl Stand {
    /// Starts the peer that was wished for, or else the switch, and waits until it answers.
    pub fn start_wished(&self, wish: &Wish) -> Result<Server> {
        match wish.peer {
            None => self.start_switch(wish),
            Some(peer) => self.start_peer(peer, wish.peer_root.as_deref()),
        }
    }

    /// Starts a peer that speaks SIP, and waits until it answers OPTIONS.
    pub fn start_peer(&self, peer: Peer, root: Option<&Path>) -> Result<Server> {
        let recipe = recipe(peer);
        let debian = root.unwrap_or(Path::new("/"));
        ensure!(
            find(debian, recipe.program).is_some(),
            "no {} in {}: `apt-get install {}` there, or name a folder with a Debian that has it \
             (`debootstrap sid FOLDER`, then `chroot FOLDER apt-get install ...`) with --peer-root",
            recipe.program,
            debian.display(),
            recipe.packages
        );
        let modules = modules(debian, recipe.modules)?;
        // A folder of the run's own, which a program in another root sees under the same name without that root.
        let outside = match root {
            Some(root) => root.join("tmp").join(self.folder().file_name().context("the folder has a name")?),
            None => self.folder().join(recipe.program),
        };
        let inside = root.map_or(Ok(outside.as_path()), |root| outside.strip_prefix(root));
        let inside = Path::new("/").join(inside.context("below the root")?);
        std::fs::create_dir_all(&outside).with_context(|| outside.display().to_string())?;
        let written = self.write_configuration(recipe.program, &outside, &inside, &modules);
        let mut command = match root {
            Some(root) => {
                let mut command = Command::new("chroot");
                command.arg(root).arg(recipe.program);
                command
            }
            None => Command::new(recipe.program),
        };
        match peer {
            Peer::Asterisk => command.arg("-f").arg("-C").arg(inside.join("asterisk.conf")),
            Peer::Kamailio => command.args(["-DD", "-m", "1024", "-M", "32", "-f"]).arg(inside.join("kamailio.cfg")),
            Peer::Rtpengine => bail!("rtpengine speaks no SIP: it relays and records only"),
        };
        let mut server = self.start(recipe.program, &mut command)?;
        server.owns(outside);
        written?;
        server.until("answer OPTIONS", || self.answers_options().unwrap_or(false))?;
        // Modules go on loading behind the first answer.
        std::thread::sleep(Duration::from_secs(1));
        Ok(server)
    }

    fn write_configuration(&self, peer: &str, folder: &Path, seen_as: &Path, modules: &Path) -> Result<()> {
        for entry in std::fs::read_dir(Path::new(CONFIGURATIONS).join(peer))? {
            let entry = entry?;
            let text = std::fs::read_to_string(entry.path())?;
            let text = self.placed(&repeated(&text)).replace("@HERE@", &seen_as.display().to_string());
            let text = text.replace("@MODULES@", &modules.display().to_string());
            std::fs::write(folder.join(entry.file_name()), text)?;
        }
        Ok(())
    }

    fn answers_options(&self) -> Result<bool> {
        let socket = UdpSocket::bind((self.host(2), 5070))?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        let (server, us) = (self.server(), socket.local_addr()?);
        let text = format!(
            "OPTIONS sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bKready\r\nMax-Forwards: 70\r\n\
             From: <sip:ready@{us}>;tag=r\r\nTo: <sip:{server}>\r\nCall-ID: ready@{us}\r\nCSeq: 1 OPTIONS\r\n\
             Contact: <sip:ready@{us}>\r\nContent-Length: 0\r\n\r\n"
        );
        socket.send_to(text.as_bytes(), server)?;
        Ok(socket.recv_from(&mut [0; 2_048]).is_ok())
    }
}

/// The program, in a Debian's usual folders.
fn find(debian: &Path, program: &str) -> Option<PathBuf> {
    ["usr/sbin", "usr/bin", "usr/local/sbin", "usr/local/bin"]
        .iter()
        .map(|folder| debian.join(folder).join(program))
        .find(|path| path.exists())
}

/// The folder of its modules, as the program will see it.
fn modules(debian: &Path, name: &str) -> Result<PathBuf> {
    let library = debian.join("usr/lib");
    let mut folders = vec![library.clone()];
    folders.extend(std::fs::read_dir(&library)?.flatten().map(|entry| entry.path()));
    let found = folders.iter().map(|folder| folder.join(name)).find(|path| path.is_dir());
    let found = found.with_context(|| format!("no modules {name} below {}", library.display()))?;
    Ok(Path::new("/").join(found.strip_prefix(debian)?))
}

/// Writes out what stands between `;repeat 1..N` and `;end`, with the number for `{}`.
fn repeated(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(count) = line.strip_prefix(";repeat 1..").and_then(|count| count.parse::<u32>().ok()) else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != ";end").collect();
        let block = block.join("\n") + "\n";
        for number in 1..=count {
            out.push_str(&block.replace("{}", &number.to_string()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_lines_carry_their_number() {
        let text = "a\n;repeat 1..2\nb{}\nc{}\n;end\nd\n";
        assert_eq!(repeated(text), "a\nb1\nc1\nb2\nc2\nd\n");
    }

    #[test]
    fn a_peer_that_is_not_there_is_said_with_how_to_get_it() {
        let wish = Wish { beside: true, ..Wish::default() };
        let stand = Stand::take(&wish).unwrap();
        let nowhere = tempfile::tempdir().unwrap();
        let Err(error) = stand.start_peer(Peer::Kamailio, Some(nowhere.path())) else { panic!("it started") };
        let error = error.to_string();
        assert!(error.contains("apt-get install kamailio") && error.contains("--peer-root"), "{error}");
    }
}
