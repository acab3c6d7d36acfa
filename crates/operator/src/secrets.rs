//! Where passwords are: files and environment variables, read for the switch, looked at for `strowger check`.

use dialplan::{Kept, SecretRef};
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Nobody: these passwords are not wanted.
    Away,
    /// An operator, who may not see what the switch sees.
    Aside,
    /// The switch itself.
    AsTheSwitch,
}

/// Bits of a file that are for everybody: to read it, and to write into it.
const READ: u32 = 0o004;
const WRITE: u32 = 0o002;
/// In a folder with this bit, nobody removes what is another's.
const STICKY: u32 = 0o1000;

/// The password, or what is wrong with its place.
pub fn read(folder: &Path, from: &SecretRef) -> Result<String, Kept> {
    let text = match from {
        SecretRef::Plain(text) => text.clone(),
        SecretRef::Env(name) => std::env::var(name).map_err(|_| Kept::Missing)?,
        SecretRef::File(path) => {
            let bytes = std::fs::read(folder.join(path)).map_err(|error| match error.kind() {
                ErrorKind::NotFound => Kept::Missing,
                ErrorKind::PermissionDenied => Kept::Unreadable("this user may not read it".into()),
                ErrorKind::IsADirectory => Kept::Unreadable("it is a folder".into()),
                _ => Kept::Unreadable(error.to_string()),
            })?;
            let text = String::from_utf8(bytes).map_err(|error| Kept::Unreadable(not_utf8(error.as_bytes())))?;
            // Windows editors begin a file with a byte order mark and end its lines with CRLF.
            text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().trim().to_owned()
        }
    };
    if text.is_empty() { Err(Kept::Empty) } else { Ok(text) }
}

fn not_utf8(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is UTF-16; save it as UTF-8".into(),
        _ => "it is not UTF-8 text".into(),
    }
}

/// What is known of the place of a password, without it.
pub fn look(folder: &Path, from: &SecretRef, looks: Looks) -> Kept {
    match (read(folder, from), from, looks) {
        (_, _, Looks::Away) => Kept::Well,
        // It is set where the switch is started, and mostly nowhere else.
        (Err(Kept::Missing), SecretRef::Env(_), Looks::Aside) => Kept::Well,
        (Err(_), SecretRef::File(path), Looks::Aside) if is_hidden(&folder.join(path)) => {
            Kept::Unseen("this user may not read it".into())
        }
        (Err(kept), ..) => kept,
        (Ok(_), SecretRef::File(path), _) => open(folder, path),
        (Ok(_), ..) => Kept::Well,
    }
}

fn is_hidden(path: &Path) -> bool {
    std::fs::File::open(path).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

/// Whether others than the owner and the group can read or replace the file.
fn open(folder: &Path, path: &str) -> Kept {
    let file = folder.join(path);
    let mode = |of: &Path| std::fs::metadata(of).map(|meta: Metadata| meta.permissions().mode()).unwrap_or_default();
    let above = file.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder_mode = mode(above);
    if mode(&file) & WRITE != 0 {
        return Kept::Open("everybody on this machine can change it".into(), format!("chmod 600 {}", file.display()));
    }
    if folder_mode & WRITE != 0 && folder_mode & STICKY == 0 {
        let who = format!("everybody on this machine can replace what is in {}", above.display());
        return Kept::Open(who, format!("chmod 700 {}", above.display()));
    }
    // A folder that nobody else may enter hides what is in it.
    if mode(&file) & READ != 0 && folder_mode & 0o001 != 0 {
        return Kept::Open("everybody on this machine can read it".into(), format!("chmod 600 {}", file.display()));
    }
    Kept::Well
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions};

    fn place(mode: u32, folder_mode: u32, bytes: &[u8]) -> (tempfile::TempDir, SecretRef) {
        let folder = tempfile::tempdir().unwrap();
        let secrets = folder.path().join("secrets");
        std::fs::create_dir(&secrets).unwrap();
        std::fs::write(secrets.join("alice"), bytes).unwrap();
        set_permissions(secrets.join("alice"), Permissions::from_mode(mode)).unwrap();
        set_permissions(&secrets, Permissions::from_mode(folder_mode)).unwrap();
        (folder, SecretRef::File("secrets/alice".into()))
    }

    #[test]
    fn a_password_is_the_first_line_however_an_editor_wrote_it() {
        for bytes in [&b"pw"[..], b"pw\n", b"pw\r\nmore\r\n", b"\xef\xbb\xbfpw\r\n", b" pw \n"] {
            let (folder, from) = place(0o600, 0o700, bytes);
            assert_eq!(read(folder.path(), &from), Ok("pw".into()), "{bytes:?}");
        }
        let (folder, from) = place(0o600, 0o700, b"\xff\xfep\0w\0");
        assert_eq!(read(folder.path(), &from), Err(Kept::Unreadable("it is UTF-16; save it as UTF-8".into())));
        let (folder, from) = place(0o600, 0o700, b"\n\npw");
        assert_eq!(look(folder.path(), &from, Looks::Aside), Kept::Empty);
        let gone = SecretRef::File("secrets/bob".into());
        assert_eq!(look(folder.path(), &gone, Looks::Aside), Kept::Missing);
        assert_eq!(look(folder.path(), &gone, Looks::Away), Kept::Well);
    }

    #[test]
    fn a_password_that_everybody_can_read_or_replace_is_told_with_the_command() {
        for (mode, folder_mode, command) in [
            (0o600, 0o700, None),
            (0o640, 0o750, None),
            (0o644, 0o700, None),
            (0o644, 0o755, Some("chmod 600")),
            (0o666, 0o700, Some("chmod 600")),
            (0o600, 0o777, Some("chmod 700")),
            (0o600, 0o1777, None),
        ] {
            let (folder, from) = place(mode, folder_mode, b"pw\n");
            let said = match look(folder.path(), &from, Looks::AsTheSwitch) {
                Kept::Open(_, command) => Some(command),
                _ => None,
            };
            let begins = said.as_deref().map(|said| said.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
            assert_eq!(begins.as_deref(), command, "{mode:o} in {folder_mode:o}");
        }
    }

    #[test]
    fn a_variable_that_is_not_set_is_a_mistake_for_the_switch_alone() {
        let from = SecretRef::Env("STROWGER_TEST_OF_A_VARIABLE_THAT_IS_NOT_SET".into());
        assert_eq!(look(Path::new(""), &from, Looks::AsTheSwitch), Kept::Missing);
        assert_eq!(look(Path::new(""), &from, Looks::Aside), Kept::Well);
    }
}
