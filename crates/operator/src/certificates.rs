//! The certificate of the pages: looked at when a configuration is checked, read or made when it comes into force.

use crate::addresses;
use crate::secrets::{self, Looks};
use dialplan::{Certificate as Seen, Kept, Plan, SecretRef, Tls, Transport};
use rustls::ClientConfig;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tls::{Authorities, Certificate, Fault};

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// What is known of a certificate, for whoever checks a configuration.
pub fn look(chain: &Path, key: &Path, looks: Looks) -> Seen {
    if looks == Looks::Away {
        return Seen::Good { days: i64::MAX };
    }
    let kept = secrets::look(Path::new(""), &SecretRef::File(key.display().to_string()), looks);
    if let Kept::Unseen(why) = kept {
        return Seen::Unseen(why);
    }
    let days = match Certificate::read(chain, key) {
        Ok(certificate) => certificate.days_left(now()),
        Err(Fault::Certificate(why)) => return Seen::Bad(why),
        Err(Fault::Key(why)) => return Seen::BadKey(why),
    };
    match kept {
        Kept::Open(who, command) if days > tls::DAYS_AHEAD => Seen::OpenKey(who, command),
        _ => Seen::Good { days },
    }
}

/// The certificate that a plan wants; none where it wants none. `own`: where one of the switch's own making is kept.
pub fn read(folder: &Path, plan: &Plan, own: &Path) -> Result<Option<Certificate>, Fault> {
    match &plan.tls {
        None => Ok(None),
        Some(Tls::Files { certificate, key, .. }) => {
            Certificate::read(&folder.join(certificate), &folder.join(key)).map(Some)
        }
        Some(Tls::SelfMade) if plan.console.listen.is_none() && !plan.listen.is_secure() => Ok(None),
        Some(Tls::SelfMade) => tls::made(own, &names(plan), now()).map(Some),
    }
}

/// The authorities that are believed of carriers. Those of the machine are read where a carrier is spoken to over TLS.
pub fn believed(folder: &Path, plan: &Plan) -> Result<Arc<ClientConfig>, String> {
    let is_secure = |trunk: &dialplan::Trunk| {
        let by_name = trunk.target.is_none().then(|| trunk.host.as_ref().map(|host| host.transport)).flatten();
        trunk.target.map(|(transport, _)| transport).or(by_name) == Some(Transport::Tls)
    };
    tls::believing(match &plan.sip.authorities {
        Some((file, _)) => Authorities::Of(folder.join(file)),
        None if plan.trunks.iter().any(is_secure) => Authorities::Machine,
        None => Authorities::Nobody,
    })
}

/// Under which addresses somebody may come to the pages.
fn names(plan: &Plan) -> Vec<String> {
    let listen = plan.console.listen.map(|address| address.ip());
    let own: Vec<IpAddr> = match listen {
        Some(ip) if !ip.is_unspecified() => vec![ip],
        _ => addresses::primary().into_iter().collect(),
    };
    let all = own.into_iter().chain(plan.listen.advertise).map(|ip| ip.to_string());
    let mut names: Vec<String> = ["localhost".to_owned(), "127.0.0.1".to_owned()].into_iter().chain(all).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_certificate_is_looked_at_with_its_key_and_who_else_reads_that() {
        let folder = tempfile::tempdir().unwrap();
        let of = |days: i64| tls::made(folder.path(), &["localhost".into()], now() - (397 - days) * 86_400).unwrap();
        let (chain, key) = (folder.path().join("console-certificate.pem"), folder.path().join("console-key.pem"));
        of(300);
        let seen = look(&chain, &key, Looks::Aside);
        assert!(matches!(seen, Seen::Good { days: 299 | 300 }), "{seen:?}");
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        std::fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(look(&chain, &key, Looks::AsTheSwitch), Seen::OpenKey(..)));
        assert!(matches!(look(&chain, &chain, Looks::AsTheSwitch), Seen::BadKey(_)));
        assert!(matches!(look(&key, &key, Looks::AsTheSwitch), Seen::Bad(_)));
        assert!(matches!(look(&key, &key, Looks::Away), Seen::Good { .. }), "nobody wants to know");
    }
}
