//! `deb`: the Debian package, made of what is built already and of the files in `contrib/`, by dpkg-deb alone.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where things go; what ends in `/` is a folder into which all files of one are put.
const FILES: &[(&str, &str)] = &[
    ("contrib/systemd/strowger.service", "usr/lib/systemd/system/strowger.service"),
    ("contrib/debian/strowger.toml", "etc/strowger/strowger.toml"),
    ("contrib/logrotate/strowger", "etc/logrotate.d/strowger"),
    ("contrib/fail2ban", "usr/share/strowger/fail2ban/"),
    ("contrib/grafana/strowger.json", "usr/share/strowger/grafana/strowger.json"),
    ("config/sounds", "usr/share/strowger/sounds/"),
    ("config/strowger.toml", "usr/share/doc/strowger/strowger.toml"),
    ("config/examples", "usr/share/doc/strowger/examples/"),
    ("docs", "usr/share/doc/strowger/"),
    ("LICENSE-MIT", "usr/share/doc/strowger/copyright"),
];
/// What the administrator may change, and dpkg then leaves alone.
const CONFFILES: &str = "/etc/strowger/strowger.toml\n/etc/logrotate.d/strowger\n";
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

/// Makes the package of this binary and says where it is.
pub fn make(root: &Path, binary: &Path, out: &Path, compression: &str) -> Result<PathBuf> {
    let architecture = said(Command::new("dpkg").arg("--print-architecture")).context("dpkg, on a Debian machine")?;
    let version = said(Command::new(binary).arg("--version"))?;
    let version = version.split_whitespace().last().context("a version")?;
    fs::create_dir_all(out)?;
    let tree = out.join("tree");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    put(binary, &tree.join("usr/bin/strowger"), 0o755)?;
    let stripped = Command::new("strip").arg(tree.join("usr/bin/strowger")).status();
    if !stripped.is_ok_and(|status| status.success()) {
        println!("--- strip is not here: the package is larger than it need be");
    }
    for (from, to) in FILES {
        let (from, to_path) = (root.join(from), tree.join(to));
        if to.ends_with('/') { put_all(&from, &to_path)? } else { put(&from, &to_path, 0o644)? }
    }
    let size_kib = kib(&tree)?;
    let glibc = glibc(&tree.join("usr/bin/strowger"));
    let control = format!(
        "Package: strowger\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: Strowger developers <dev@strowger.invalid>\n\
         Section: comm\nPriority: optional\nInstalled-Size: {size_kib}\nDepends: {glibc}, libgcc-s1, passwd\nRecommends: logrotate\n\
         Description: SIP switch with the call centre inside\n \
         Registers phones, takes calls from carrier trunks, walks them through menus and\n \
         queues to the right agent, records, and keeps an account of everything.\n"
    );
    fs::create_dir_all(tree.join("DEBIAN"))?;
    fs::write(tree.join("DEBIAN/control"), control)?;
    fs::write(tree.join("DEBIAN/conffiles"), CONFFILES)?;
    for script in SCRIPTS {
        put(&root.join("contrib/debian").join(script), &tree.join("DEBIAN").join(script), 0o755)?;
    }
    let package = out.join(format!("strowger_{version}_{architecture}.deb"));
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", &format!("-Z{compression}"), "--build"]).arg(&tree).arg(&package);
    said(&mut build)?;
    fs::remove_dir_all(&tree)?;
    Ok(package)
}

/// Runs a program to its end; what it prints.
fn said(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} could not be started"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn put(from: &Path, to: &Path, mode: u32) -> Result<()> {
    fs::create_dir_all(to.parent().context("a folder")?)?;
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}

fn put_all(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let to = to.join(path.file_name().context("a name")?);
        if path.is_dir() { put_all(&path, &to)? } else { put(&path, &to, 0o644)? }
    }
    Ok(())
}

/// The size of a folder; on the way, whoever packs with a narrow umask gets folders that others may enter.
fn kib(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        sum += if entry.path().is_dir() { kib(&entry.path())? } else { entry.metadata()?.len().div_ceil(1_024) };
    }
    Ok(sum)
}

/// The C library that the binary asks for, as far as objdump can tell.
fn glibc(binary: &Path) -> String {
    let Ok(symbols) = said(Command::new("objdump").arg("-T").arg(binary)) else { return "libc6".into() };
    let versions = symbols.split("GLIBC_").skip(1).filter_map(|rest| {
        let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        number.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()
    });
    match versions.max() {
        Some(version) => {
            let words: Vec<String> = version.iter().map(ToString::to_string).collect();
            format!("libc6 (>= {})", words.join("."))
        }
        None => "libc6".into(),
    }
}

/// The binary that `cargo build --profile dist` left.
pub fn built(target: &Path) -> Result<PathBuf> {
    let binary = target.join("dist/strowger");
    if !binary.is_file() {
        bail!("there is no {}: cargo build --profile dist -p strowger", binary.display());
    }
    Ok(binary)
}
