//! A request over HTTP, without a library.

use anyhow::{Context, Result};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Asks for a path; status and body.
pub fn get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    let answer = Request::get(path).send(address)?;
    Ok((answer.status, answer.body))
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    head: String,
    /// What comes behind the headers.
    pub body: String,
}

impl Request {
    /// For what is at a path.
    pub fn get(path: &str) -> Request {
        Request { method: "GET".into(), path: path.to_owned(), headers: vec![], body: String::new() }
    }

    /// A form that is sent there.
    pub fn form(path: &str, fields: &[(&str, &str)]) -> Request {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        Request { method: "POST".into(), path: path.to_owned(), headers, body: pairs.join("&") }
    }

    /// JSON that is sent there.
    pub fn json(method: &str, path: &str, body: &str) -> Request {
        let headers = vec![("content-type", "application/json".to_owned())];
        Request { method: method.to_owned(), path: path.to_owned(), headers, body: body.to_owned() }
    }

    /// With a header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Request {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Asks.
    pub fn send(&self, address: SocketAddr) -> Result<Answer> {
        let mut stream = TcpStream::connect(address).with_context(|| address.to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let Request { method, path, headers, body } = self;
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").context(text.clone())?;
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
        Ok(Answer { status: status.context("a status")?, head: head.to_owned(), body: body.to_owned() })
    }
}

impl Answer {
    /// The value of its first header of this name, in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(':'));
        pairs.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// As forms are sent.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
