//! A client of the control socket that follows what happens: a line for each record, from its question on.

use crate::feed::Feed;
use ledger::stream::Line;
use operator::admin::wire::Following;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::sleep;

/// How long records gather, so that the signalling thread wakes nobody for each.
const GATHER: Duration = Duration::from_millis(20);
/// Bytes that are written at once.
const PIECE: usize = 65_536;

/// Writes until the client hangs up, or the switch ends.
pub async fn follow(
    feed: Feed,
    read: &mut (impl AsyncBufRead + Unpin),
    write: &mut (impl AsyncWrite + Unpin),
) -> std::io::Result<()> {
    let Feed { after, mut records } = feed;
    let mut text = serde_json::to_vec(&Following { after })?;
    text.push(b'\n');
    loop {
        match records.try_recv() {
            Ok(record) if record.seq.n > 0 => {
                serde_json::to_writer(&mut text, &Line::from(record.as_ref()))?;
                text.push(b'\n');
            }
            // What has no number is no part of the stream; what was missed shows by the numbers.
            Ok(_) | Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Closed) => return write.write_all(&text).await,
            Err(TryRecvError::Empty) => {
                write.write_all(&text).await?;
                text.clear();
                tokio::select! {
                    () = sleep(GATHER) => {}
                    // It has nothing more to say than that it goes.
                    _ = read.fill_buf() => return Ok(()),
                }
            }
        }
        if text.len() >= PIECE {
            write.write_all(&text).await?;
            text.clear();
        }
    }
}
