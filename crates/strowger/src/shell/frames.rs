//! WebSockets (RFC 6455) that speak SIP (RFC 7118): the subprotocol, the page's origin, and a message in each frame.

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use terms::limits;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

/// What RFC 7118 calls it.
const PROTOCOL: &str = "sip";
/// What is read at once: 10,000 links have one each.
const READ_BYTES: usize = 8 * 1_024;

/// What bytes flow through.
pub trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

/// A WebSocket that is open.
pub type Frames = WebSocketStream<Box<dyn Pipe>>;

/// Opens one, or tells why not; who asked is told by a status.
pub async fn open(pipe: Box<dyn Pipe>, origins: &[String]) -> Result<Frames, String> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(limits::LINK_WRITE_BYTES)
        .max_message_size(Some(limits::MESSAGE_BYTES))
        .max_frame_size(Some(limits::MESSAGE_BYTES));
    let mut refused = None;
    let judge = Judge { origins, refused: &mut refused };
    let opened = accept_hdr_async_with_config(pipe, judge, Some(config)).await;
    opened.map_err(|error| refused.unwrap_or_else(|| error.to_string()))
}

/// Who may.
struct Judge<'a> {
    origins: &'a [String],
    refused: &'a mut Option<String>,
}

impl tokio_tungstenite::tungstenite::handshake::server::Callback for Judge<'_> {
    fn on_request(self, request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
        match judged(request.headers(), self.origins) {
            Ok(()) => {
                response.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(PROTOCOL));
                Ok(response)
            }
            Err((status, why)) => {
                *self.refused = Some(why.clone());
                let mut refusal = ErrorResponse::new(Some(why));
                *refusal.status_mut() = status;
                Err(refusal)
            }
        }
    }
}

/// Whether whoever asks so may have one.
fn judged(headers: &HeaderMap, origins: &[String]) -> Result<(), (StatusCode, String)> {
    let offered = headers.get_all("Sec-WebSocket-Protocol").iter().filter_map(|value| value.to_str().ok());
    if !offered.flat_map(|value| value.split(',')).any(|name| name.trim().eq_ignore_ascii_case(PROTOCOL)) {
        return Err((StatusCode::BAD_REQUEST, "the subprotocol here is sip (RFC 7118)".into()));
    }
    let Some(origin) = headers.get("Origin") else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default().to_ascii_lowercase();
    let host = headers.get("Host").and_then(|host| host.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let may = match origins {
        [] => origin.split_once("://").is_some_and(|(_, site)| !host.is_empty() && bare(site) == bare(&host)),
        named => named.contains(&origin),
    };
    match may {
        true => Ok(()),
        false => {
            Err((StatusCode::FORBIDDEN, format!("a page of {:?} may not: see origins of [listen]", shortened(&origin))))
        }
    }
}

/// A host without its port.
fn bare(site: &str) -> &str {
    match site.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => site,
    }
}

fn shortened(origin: &str) -> String {
    origin.chars().take(100).collect()
}

/// The next message; none at the end, whoever made it.
pub async fn next(reader: &mut SplitStream<Frames>) -> Option<Bytes> {
    loop {
        match reader.next().await?.ok()? {
            Message::Text(text) => return Some(text.into()),
            Message::Binary(bytes) => return Some(bytes),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            Message::Close(_) => return None,
        }
    }
}

/// Sends a message: as text where it is text, which older libraries want.
pub async fn send(writer: &mut SplitSink<Frames, Message>, bytes: Bytes) -> bool {
    let message = match bytes.clone().try_into() {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(bytes),
    };
    writer.send(message).await.is_ok()
}

/// Says that nothing more comes.
pub async fn close(writer: &mut SplitSink<Frames, Message>) -> bool {
    writer.close().await.is_ok()
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
