//! Events as Server-Sent Events: `id` is the number, so that a browser or a program that comes back says by
//! `Last-Event-ID` how far it was.

use super::pieces::Pieces;
use super::reader::{Piece, Reader};
use super::{BEAT, FRAME, PATIENCE};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use terms::Seq;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// The answer that goes on until the reader leaves, or is too slow.
pub fn stream(reader: Reader) -> Response {
    let (pieces, taken) = mpsc::channel(1);
    tokio::spawn(write(reader, pieces));
    let mut response = Body::new(Pieces::of(taken)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Proxies that gather answers are asked not to.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn write(mut reader: Reader, pieces: mpsc::Sender<Bytes>) {
    let mut piece = beat(reader.cursor());
    loop {
        // He has one piece and the next one waits: who takes none of them for so long is cut off.
        if timeout(PATIENCE, pieces.send(piece)).await.is_ok_and(|sent| sent.is_ok()) {
            sleep(FRAME).await;
        } else {
            return;
        }
        piece = match timeout(BEAT, reader.next()).await {
            Ok(Some(next)) => text(&next),
            Ok(None) => return,
            Err(_) => beat(reader.cursor()),
        };
    }
}

/// Nothing has happened for him; the cursor moves on all the same.
fn beat(cursor: Seq) -> Bytes {
    format!("id: {cursor}\n: beat\n\n").into()
}

fn text(piece: &Piece) -> Bytes {
    match piece {
        Piece::Reset(to) => format!("id: {to}\nevent: reset\ndata: {{\"type\":\"reset\",\"id\":\"{to}\"}}\n\n").into(),
        Piece::Events(events) => {
            let mut text = BytesMut::new();
            for event in events {
                text.extend_from_slice(format!("id: {}\nevent: {}\ndata: ", event.seq, event.kind).as_bytes());
                text.extend_from_slice(&event.json);
                text.extend_from_slice(b"\n\n");
            }
            text.freeze()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Event;
    use std::sync::Arc;

    #[test]
    fn an_event_is_one_line_of_data_under_its_number() {
        let seq = "0-1-7".parse().unwrap();
        let event =
            Event { seq, kind: "call.started", queue: None, agent: None, json: Bytes::from_static(b"{\"a\":1}") };
        let written = text(&Piece::Events(vec![Arc::new(event)]));
        assert_eq!(written, "id: 0-1-7\nevent: call.started\ndata: {\"a\":1}\n\n");
        assert_eq!(
            text(&Piece::Reset(seq)),
            "id: 0-1-7\nevent: reset\ndata: {\"type\":\"reset\",\"id\":\"0-1-7\"}\n\n"
        );
    }
}
