//! `strowger status --live`: the status each second, in place on a terminal, one after the other elsewhere.

use crate::admin::{Reply, Request, client, table};
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// How often it is shown.
const EVERY: Duration = Duration::from_secs(1);
/// Lines of a terminal that does not say how many it has.
const LINES: usize = 24;

/// Shows it until Ctrl-C. A switch that does not answer for a while is waited for.
pub fn live(socket: &Path, calls: bool) -> anyhow::Result<()> {
    let terminal = std::io::stdout().is_terminal();
    let mut seen = false;
    loop {
        let picture = match client::request(socket, &Request::Status(())) {
            Ok(Reply::Status(status)) => table::status(&status, calls),
            Ok(_) => anyhow::bail!("{}", client::OTHER),
            // The first time, whoever asked is told and can go on; later, the switch may come back.
            Err(error) if !seen => return Err(error),
            Err(error) => format!("{error}\n"),
        };
        seen = true;
        let mut out = std::io::stdout().lock();
        let shown = match terminal {
            true => write!(out, "{}", in_place(&picture, height())),
            false => writeln!(out, "{picture}"),
        };
        if shown.and_then(|()| out.flush()).is_err() {
            return Ok(()); // Nobody looks any more.
        }
        drop(out);
        std::thread::sleep(EVERY);
    }
}

/// From the top of the screen, each line over the one that was there, and nothing of the old below it.
fn in_place(picture: &str, height: usize) -> String {
    let lines: Vec<&str> = picture.lines().collect();
    let room = height.saturating_sub(1);
    let mut out = String::from("\x1b[H");
    let fits = lines.len() <= room;
    let shown = if fits { lines.len() } else { room.saturating_sub(1) };
    for line in lines.iter().take(shown) {
        out.push_str(line);
        out.push_str("\x1b[K\r\n");
    }
    if !fits {
        out.push_str(&format!("... {} more lines\x1b[K\r\n", lines.len() - shown));
    }
    out.push_str("\x1b[J");
    out
}

#[allow(unsafe_code)] // ioctl on a local struct; the standard library has no face for it
fn height() -> usize {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: `size` is a valid, exclusive pointer for the length of the call.
    let done = unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &mut size) };
    if done == 0 && size.ws_row > 2 { usize::from(size.ws_row) } else { LINES }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_too_long_is_cut_and_says_so() {
        assert_eq!(in_place("a\nb\n", 24), "\x1b[Ha\x1b[K\r\nb\x1b[K\r\n\x1b[J");
        let long: String = (0..50).map(|n| format!("{n}\n")).collect();
        let shown = in_place(&long, 10);
        assert_eq!(shown.matches("\r\n").count(), 9);
        assert!(shown.contains("7\x1b[K\r\n... 42 more lines"), "{shown:?}");
    }
}
