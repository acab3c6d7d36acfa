//! Who runs the commands that README and manual show, in one table. A command that nobody runs fails the test below:
//! either somebody learns to run it, or it is said here why nobody can.

use crate::pages::Page;
use anyhow::Result;

/// Who runs a command as it stands on its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// The end-to-end tests `first_hour` and `manual`, in a network with the addresses of the pages.
    Reader,
    /// The end-to-end test `booted`, in a container in which systemd runs.
    Booted,
    /// `cargo xtask fresh`, in a bare Debian.
    Fresh,
    /// Nobody, and why.
    Nobody(&'static str),
}

/// How commands begin. The first that fits counts, and what `fresh` runs is run in this order.
pub const RUNNERS: &[(&str, Runner)] = &[
    ("strowger", Runner::Reader),
    ("umask", Runner::Reader),
    ("mkdir", Runner::Reader),
    ("openssl", Runner::Reader),
    ("sox", Runner::Reader),
    ("apt install ./strowger_", Runner::Booted),
    ("useradd", Runner::Booted),
    ("cp contrib/systemd/", Runner::Booted),
    ("systemctl enable", Runner::Booted),
    ("cp contrib/fail2ban/", Runner::Booted),
    ("systemctl restart fail2ban", Runner::Booted),
    ("sqlite3", Runner::Booted),
    ("docker", Runner::Nobody("it takes Docker's daemon, and images of others that it fetches")),
    ("cargo xtask fresh", Runner::Nobody("it is what runs the others")),
    ("cargo xtask nightly", Runner::Nobody("its last part is what runs the others")),
    (
        "cargo xtask bench all",
        Runner::Nobody("it takes long and rewrites a page with this machine's figures; its parts are run"),
    ),
    (
        "cargo xtask bench call --rate 100 --peer",
        Runner::Nobody("it takes another program that Debian's release has not"),
    ),
    ("cargo run --release -- demo", Runner::Fresh),
    ("cargo xtask test", Runner::Fresh),
    ("cargo build --release", Runner::Fresh),
    ("cargo build --profile dist", Runner::Fresh),
    ("time cargo build --release", Runner::Fresh),
    ("sudo install", Runner::Fresh),
    ("cargo xtask deb", Runner::Fresh),
    ("cargo run -- schema", Runner::Fresh),
    ("cargo test", Runner::Fresh),
    ("cargo xtask tidy", Runner::Fresh),
    ("cargo xtask sim", Runner::Fresh),
    ("cargo xtask bench", Runner::Fresh),
    ("cargo run --release -p browser", Runner::Fresh),
];

/// Its place in the table.
fn place(command: &str) -> Option<usize> {
    let fits = |how: &str| {
        let rest = command.strip_prefix(how);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') || how.ends_with(['/', '_']))
    };
    RUNNERS.iter().position(|(how, _)| fits(how))
}

/// Who runs this command; `None` if nobody was named.
pub fn runner(command: &str) -> Option<Runner> {
    place(command).map(|place| RUNNERS[place].1)
}

/// What one of them runs of these pages: each command once, in the order of the table.
pub fn commands_of(runner: Runner, pages: &[Page]) -> Vec<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for command in pages.iter().flat_map(Page::commands) {
        let Some(place) = place(&command).filter(|place| RUNNERS[*place].1 == runner) else { continue };
        if !found.iter().any(|(_, other)| *other == command) {
            found.push((place, command));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, command)| command).collect()
}

/// The same of all pages.
pub fn commands(runner: Runner) -> Result<Vec<String>> {
    Ok(commands_of(runner, &Page::all()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::WRITTEN;

    #[test]
    fn every_command_of_the_pages_is_run_by_somebody_or_it_is_said_why_not() {
        let mut fitting = vec![0; RUNNERS.len()];
        for page in Page::all().unwrap() {
            for command in page.commands() {
                let place = place(&command);
                let place = place.unwrap_or_else(|| panic!("{}: nobody runs `{command}`", page.name));
                let followed = !WRITTEN.contains(&page.name.as_str());
                assert!(followed || RUNNERS[place].1 != Runner::Reader, "{} is not followed: `{command}`", page.name);
                fitting[place] += 1;
            }
        }
        let idle = RUNNERS.iter().zip(fitting).find(|(_, fitting)| *fitting == 0);
        assert_eq!(idle, None, "no page shows such a command any more");
    }

    #[test]
    fn a_command_fits_by_whole_words_and_the_first_in_the_table_counts() {
        assert_eq!(runner("cargo xtask bench relay --calls 500"), Some(Runner::Fresh));
        assert!(matches!(runner("cargo xtask bench all"), Some(Runner::Nobody(_))));
        assert_eq!(runner("cargo xtask benchmark"), None);
        assert_eq!(runner("apt install ./strowger_1.deb"), Some(Runner::Booted));
        assert_eq!(runner("apt install postgresql"), None);
    }

    #[test]
    fn the_first_start_is_followed_first_and_what_installs_the_rest_comes_before_what_needs_it() {
        let commands = commands(Runner::Fresh).unwrap();
        assert_eq!(commands[0], "cargo run --release -- demo");
        let place = |what: &str| commands.iter().position(|command| command == what).expect(what);
        assert!(place("cargo xtask test") < place("cargo xtask bench instructions"));
        assert!(place("cargo build --profile dist -p strowger") < place("cargo xtask deb"));
        assert!(place("cargo xtask bench call --rate 1000") > 0, "{commands:#?}");
    }
}
