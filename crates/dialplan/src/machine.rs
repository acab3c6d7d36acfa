//! What the machine says of a configuration: where passwords are kept, which addresses it has, how far its ports go.

use crate::finding::Report;
use crate::plan::Plan;
use crate::secret::{Secret, SecretRef, Secrets};
use crate::source::{Kept, Sources};
use crate::text::At;
use std::net::IpAddr;
use terms::limits;

/// Asks for the place of every password once.
pub(crate) fn secrets(secrets: &Secrets, sources: &mut dyn Sources, report: &mut Report) {
    for secret in secrets.all() {
        kept(secret, sources.secret(&secret.from), report);
    }
}

fn kept(secret: &Secret, kept: Kept, report: &mut Report) {
    let (at, from) = (secret.at, &secret.from);
    match kept {
        Kept::Well => {}
        Kept::Missing if matches!(from, SecretRef::Env(_)) => {
            let message = format!("{from} is not set, and should hold a password");
            let help = "set it where the switch is started; a running one does not see it";
            report.error(at, "unreadable-password", message).help(help);
        }
        Kept::Missing => {
            let help = "put the file there: its first line is the password, and nobody else may read it";
            report.error(at, "no-password-file", format!("there is no {}", bare(from))).help(help);
        }
        Kept::Empty => {
            report.error(at, "empty-password", format!("{from} is empty")).help("its first line is the password");
        }
        Kept::Unreadable(why) => {
            let help = "a text of one line, in a file that the switch may read";
            report.error(at, "unreadable-password", format!("{from} cannot be read: {why}")).help(help);
        }
        Kept::Unseen(why) => {
            let finding = report.warn(at, "unseen-password", format!("{from} was not looked at: {why}"));
            finding.help("check it as the user who runs the switch");
        }
        Kept::Open(who, command) => {
            let finding = report.warn(at, "open-password", format!("{from} is not for the switch alone: {who}"));
            finding.help(command);
        }
    }
}

/// `password file "secrets/alice"`, behind "there is no".
fn bare(from: &SecretRef) -> String {
    from.to_string().trim_start_matches("the ").to_owned()
}

/// Warns about an address to listen on that this machine has not.
pub(crate) fn has_address(address: IpAddr, at: At, own: &[IpAddr], report: &mut Report) {
    if own.is_empty() || address.is_unspecified() || address.is_loopback() || own.contains(&address) {
        return;
    }
    let list = own.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
    let finding = report.warn(at, "no-such-address", format!("this machine does not have the address {address}"));
    finding
        .help(format!("it has {list}; 0.0.0.0 stands for all of them"))
        .note("it is right if the switch runs on another machine");
}

/// Fewer calls than these are mostly a mistake in the range of ports.
const FEW_CALLS: usize = 10;

/// Warns about a range of ports that ends before the calls do that the configuration is made for.
pub(crate) fn ports(plan: &Plan, at: At, report: &mut Report) {
    let (first, last) = plan.listen.rtp;
    let calls = plan.listen.calls();
    let said = plan.trunks.iter().map(|trunk| trunk.calls_max as usize).filter(|most| *most < limits::CALLS);
    let wanted = said.sum::<usize>().max(plan.agents.len()).clamp(FEW_CALLS, limits::CALLS);
    if calls >= wanted {
        return;
    }
    let calls = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
    let finding = report.warn(at, "few-ports", format!("the RTP ports {first}-{last} are enough for {calls} at once"));
    let end = u32::from(first.next_multiple_of(2)) + 4 * wanted as u32 - 1;
    if end <= u32::from(u16::MAX) {
        finding.help(format!("{wanted} calls need \"{}-{end}\"", first.next_multiple_of(2)));
    }
    finding.note("a call takes four ports: sound and reports (RTCP), on either side");
}
