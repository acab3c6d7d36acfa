//! The two sockets: events, as over SSE, and the state that pages show. A reader of events says nothing; whatever he says is
//! passed over. A page speaks of its voice ([`super::voice`]), and of nothing else.

use super::frame::Frame;
use super::hub::{Hub, News};
use super::reader::{Piece, Reader};
use super::voice::{TooMuch, Voice, WhosePhone};
use super::{BEAT, FRAME, PATIENCE};
use crate::access::Viewer;
use crate::guard::Who;
use crate::wire::time;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use bytes::{Bytes, BytesMut};
use std::sync::Arc;
use terms::limits;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// What a reader may say at once: nothing that is listened to.
pub const SAID: usize = 4_096;
/// The same of a page: an offer, each of whose characters may be written as two.
pub const SAID_OF_VOICE: usize = 2 * limits::PAGE_OFFER_BYTES + 1_024;

/// Events, until he leaves or is too slow.
pub async fn events(mut socket: WebSocket, mut reader: Reader) {
    if !say(&mut socket, beat(&reader)).await {
        return;
    }
    loop {
        let text = tokio::select! {
            heard = socket.recv() => match heard {
                Some(Ok(_)) => continue,
                _ => return,
            },
            next = timeout(BEAT, reader.next()) => match next {
                Ok(Some(piece)) => events_text(&piece),
                Ok(None) => return,
                Err(_) => beat(&reader),
            },
        };
        if !say(&mut socket, text).await {
            return;
        }
        sleep(FRAME).await;
    }
}

fn beat(reader: &Reader) -> Bytes {
    format!("{{\"beat\":\"{}\"}}", reader.cursor()).into()
}

fn events_text(piece: &Piece) -> Bytes {
    match piece {
        Piece::Reset(to) => format!("{{\"reset\":\"{to}\"}}").into(),
        Piece::Events(events) => {
            let mut text = BytesMut::from(&b"{\"events\":["[..]);
            for (nth, event) in events.iter().enumerate() {
                text.extend_from_slice(if nth == 0 { b"" } else { b"," });
                text.extend_from_slice(&event.json);
            }
            text.extend_from_slice(b"]}");
            text.freeze()
        }
    }
}

/// The state that a page shows: everything, then changes.
pub async fn live(mut socket: WebSocket, hub: Arc<Hub>, who: Who, whose: WhosePhone) {
    let Some(mut viewer) = who() else { return };
    let mut asked = Instant::now();
    let mut news = hub.frames();
    let mut said = Instant::now();
    let mut voice = Voice::new(hub.switch.clone(), whose);
    let Some(first) = everything(&hub, &viewer) else { return };
    if !say(&mut socket, first).await {
        return;
    }
    loop {
        if asked.elapsed() >= BEAT {
            let Some(now) = who() else { return };
            asked = Instant::now();
            if now != viewer {
                viewer = now;
                let Some(all) = everything(&hub, &viewer) else { return };
                if !say(&mut socket, all).await {
                    return;
                }
            }
        }
        let text = tokio::select! {
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(word))) => match voice.said(&word) {
                    Ok(Some(answer)) => answer,
                    Ok(None) => continue,
                    Err(TooMuch) => return,
                },
                Some(Ok(_)) => continue,
                _ => return,
            },
            news = voice.next() => news,
            next = changes(&hub, &viewer, &mut news) => match next {
                Some(text) => text,
                None => return,
            },
            () = sleep_until(said + BEAT) => {
                said = Instant::now();
                // A signalling thread that hangs tells nothing, and the page sees how old it is.
                if !hub.switch.is_alive() {
                    continue;
                }
                format!("{{\"frame\":\"beat\",\"at\":\"{}\"}}", time(hub.switch.now().wall)).into()
            }
        };
        said = Instant::now();
        if !say(&mut socket, text).await {
            return;
        }
    }
}

fn everything(hub: &Hub, viewer: &Viewer) -> Option<Bytes> {
    hub.everything().as_ref().map(|frame: &Frame| frame.seen_by(viewer))
}

/// The next frame for him; who is too far behind gets everything anew.
async fn changes(hub: &Hub, viewer: &Viewer, news: &mut broadcast::Receiver<News>) -> Option<Bytes> {
    match news.recv().await {
        Ok(News::Changes(frame)) => Some(frame.seen_by(viewer)),
        Ok(News::Everything) | Err(RecvError::Lagged(_)) => {
            *news = hub.frames();
            everything(hub, viewer)
        }
        Err(RecvError::Closed) => None,
    }
}

async fn say(socket: &mut WebSocket, text: Bytes) -> bool {
    let Ok(text) = Utf8Bytes::try_from(text) else { return false };
    timeout(PATIENCE, socket.send(Message::Text(text))).await.is_ok_and(|sent| sent.is_ok())
}
