//! A part of a file as the body of an answer: read piece by piece, no more of it ahead than one piece, off the thread that
//! serves everybody.

use crate::stream::pieces::Pieces;
use axum::body::Body;
use bytes::Bytes;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Bytes that are read at once.
const PIECE: u64 = 64 << 10;

/// From this byte on, so many.
pub fn send(file: File, first: u64, length: u64) -> Body {
    let (pieces, taken) = mpsc::channel(1);
    tokio::spawn(read(Arc::new(file), first, length, pieces));
    Body::new(Pieces::of(taken))
}

/// Whoever takes nothing is hung up on by his connection, and with it the channel is closed. A file that breaks off ends the
/// answer early: its length says that something is missing.
async fn read(file: Arc<File>, mut at: u64, length: u64, pieces: mpsc::Sender<Bytes>) {
    let end = at + length;
    while at < end {
        let (file, size) = (file.clone(), PIECE.min(end - at));
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; usize::try_from(size).unwrap_or(0)];
            file.read_exact_at(&mut piece, at).map(|()| Bytes::from(piece))
        });
        let Ok(Ok(piece)) = read.await else { return };
        at += size;
        if pieces.send(piece).await.is_err() {
            return;
        }
    }
}
