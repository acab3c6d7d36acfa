//! The pages over https: who gets in, what cookies say, what becomes of who speaks plainly or not at all, and the change of
//! a certificate under open connections.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use stand::{Made, Stand, TOKEN};
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tls::InUse;

const NOW: i64 = 1_795_000_000;

fn made(folder: &Path) -> tls::Certificate {
    std::fs::create_dir_all(folder).unwrap();
    tls::made(folder, &["127.0.0.1".into()], NOW).unwrap()
}

/// Over https, by whoever trusts the certificate that is kept in this folder and no other.
type Secure = StreamOwned<ClientConnection, TcpStream>;

fn client(stand: &Stand, trusted: &Path) -> Secure {
    client_from(stand, trusted, [127, 0, 0, 1].into())
}

fn client_from(stand: &Stand, trusted: &Path, from: IpAddr) -> Secure {
    let pem = std::fs::read(trusted.join("console-certificate.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&std::net::SocketAddr::from((from, 0)).into()).unwrap();
    socket.connect(&stand.address.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream)
}

fn ask(client: &mut Secure, line: &str, headers: &str) -> std::io::Result<String> {
    write!(client, "{line} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n")?;
    let mut text = String::new();
    client.read_to_string(&mut text)?;
    Ok(text)
}

fn stand(folder: &Path, certificate: &InUse) -> Stand {
    Stand::made(folder, Made { link: true, certificate: certificate.clone(), ..Made::default() })
}

#[test]
fn over_https_a_cookie_is_for_this_host_and_for_https_alone() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("tls");
    let certificate = InUse::new(Some(made(&own)));
    let stand = stand(folder.path(), &certificate);
    let answer = ask(&mut client(&stand, &own), &format!("GET /k/{TOKEN}"), "").unwrap();
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect(&answer);
    assert!(
        cookie.starts_with("__Host-strowger-") && cookie.contains("; Secure") && cookie.contains("; Path=/;"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().unwrap();
    let seen = ask(&mut client(&stand, &own), "GET /api/v1/queues", &format!("Cookie: {pair}\r\n")).unwrap();
    assert!(seen.starts_with("HTTP/1.1 200 "), "{seen}");
    assert!(!seen.contains("strict-transport-security"), "nobody could pass the warning of a browser any more");
    // One that somebody without encryption has given the browser is nobody's.
    let planted = format!("Cookie: {}\r\n", pair.strip_prefix("__Host-").unwrap());
    let refused = ask(&mut client(&stand, &own), "GET /api/v1/queues", &planted).unwrap();
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    certificate.set(Some(tls::Certificate { is_own: false, ..certificate.get().unwrap() }));
    let known = ask(&mut client(&stand, &own), "GET /login", "").unwrap();
    assert!(known.contains("strict-transport-security: max-age="), "{known}");
    stand.close();
}

#[test]
fn who_speaks_plainly_is_told_what_to_say() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = InUse::new(Some(made(&folder.path().join("tls"))));
    let stand = stand(folder.path(), &certificate);
    let answer = stand.ask("GET /", "");
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
    assert!(!answer.contains("Strowger"), "and nothing else");
    stand.close();
}

#[test]
fn a_new_certificate_is_for_whoever_comes_and_open_connections_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let certificate = InUse::new(Some(made(&one)));
    let stand = stand(folder.path(), &certificate);
    let mut open = client(&stand, &one);
    write!(open, "GET /login HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(open.read(&mut [0; 64]).unwrap() > 0);
    certificate.set(Some(made(&two)));
    assert!(ask(&mut client(&stand, &two), "GET /login", "").is_ok());
    assert!(ask(&mut client(&stand, &one), "GET /login", "").is_err(), "the old one is served no more");
    let rest = ask(&mut open, "GET /problems", "").unwrap();
    assert!(rest.contains("problem+json"), "{rest}");
    stand.close();
}

#[test]
fn who_says_nothing_or_nonsense_or_half_is_let_go_and_keeps_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("tls");
    let certificate = InUse::new(Some(made(&own)));
    let stand = stand(folder.path(), &certificate);
    let begun = Instant::now();
    // More than may shake hands at once: half of them silent, half with the beginning of a hello.
    let mut idle: Vec<TcpStream> = (0..160).map(|_| TcpStream::connect(stand.address).unwrap()).collect();
    for stream in idle.iter_mut().step_by(2) {
        stream.write_all(&[22, 3, 1, 2, 0, 1]).unwrap();
    }
    for nonsense in [&[22_u8; 600][..], &[22, 3, 1, 255, 255, 0], &[128, 46, 1], b"\x16\x03\x01\x00\x05hello"] {
        let mut stream = TcpStream::connect(stand.address).unwrap();
        let _ = stream.write_all(nonsense);
    }
    // From another address somebody gets in at once.
    let mut elsewhere = client_from(&stand, &own, [127, 0, 0, 2].into());
    assert!(ask(&mut elsewhere, "GET /login", "").is_ok());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let mut first = idle.remove(0);
    first.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut rest = vec![];
    let _ended = first.read_to_end(&mut rest);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(5) && waited < Duration::from_secs(19), "{waited:?}");
    let mut somebody = client(&stand, &own);
    assert!(ask(&mut somebody, "GET /login", "").is_ok());
    stand.close();
}
