//! As much of HTTP as the page needs: its files, and two questions.

use crate::desk::Desk;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

/// Serves until the process ends.
pub fn serve(address: IpAddr, desk: Arc<Desk>) -> SocketAddr {
    let listener = TcpListener::bind((address, 0)).expect("a port");
    let bound = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        // While it is deaf it hangs up on whoever calls.
        for stream in listener.incoming().flatten().filter(|_| !desk.is_deaf()) {
            let desk = desk.clone();
            std::thread::spawn(move || answer(stream, &desk));
        }
    });
    bound
}

fn answer(stream: TcpStream, desk: &Desk) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some((name, value)) =
            line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        {
            length = value.trim().parse().unwrap_or_else(|_| panic!("{name}: {value}"));
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = first.split(' ').nth(1)?;
    let (kind, text) = match path.trim_start_matches('/').split_once('/') {
        Some((what @ ("attach" | "restart"), epoch)) => {
            ("application/sdp", desk.ask(what, epoch.parse().ok()?, std::str::from_utf8(&body).ok()?))
        }
        _ => file(path),
    };
    let missing = if kind == "application/sdp" { "409 Conflict" } else { "404 Not Found" };
    let (status, text) = text.map_or((missing, String::new()), |text| ("200 OK", text));
    let length = text.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    )
    .ok()
}

fn file(path: &str) -> (&'static str, Option<String>) {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (kind, file) = match path {
        "/" | "/?listen" => ("text/html", "tests/chromium/page.html".to_owned()),
        "/page.mjs" => ("text/javascript", "tests/chromium/page.mjs".to_owned()),
        // What the console serves.
        _ => ("text/javascript", path.replacen("/page/", "../console/assets/voice/", 1)),
    };
    (kind, std::fs::read_to_string(crate_folder.join(file)).ok())
}
