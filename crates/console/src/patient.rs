//! A connection that is given up when whoever is at its other end takes nothing for too long. What lies between would wait for
//! him for ever otherwise.

use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// The connection.
pub struct Patient<Stream> {
    stream: Stream,
    patience: Duration,
    /// Runs while there is something that he does not take.
    waits: Option<Pin<Box<Sleep>>>,
}

impl<Stream> Patient<Stream> {
    /// One that waits for so long.
    pub fn new(stream: Stream, patience: Duration) -> Patient<Stream> {
        Patient { stream, patience, waits: None }
    }

    fn judge<T>(&mut self, cx: &mut Context<'_>, taken: Poll<Result<T>>) -> Poll<Result<T>> {
        if taken.is_ready() {
            self.waits = None;
            return taken;
        }
        let patience = self.patience;
        let waits = self.waits.get_or_insert_with(|| Box::pin(sleep(patience)));
        match waits.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(Error::from(ErrorKind::TimedOut))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<Stream: AsyncRead + Unpin> AsyncRead for Patient<Stream> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<Stream: AsyncWrite + Unpin> AsyncWrite for Patient<Stream> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let taken = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judge(cx, taken)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let taken = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, taken)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[std::io::IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let taken = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.judge(cx, taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    #[test]
    fn who_takes_nothing_is_given_up_and_who_takes_a_little_is_not() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (near, mut far) = tokio::io::duplex(8);
            let mut near = Patient::new(near, Duration::from_millis(60));
            let reads = tokio::spawn(async move {
                for _ in 0..6 {
                    sleep(Duration::from_millis(20)).await;
                    tokio::io::AsyncReadExt::read_exact(&mut far, &mut [0; 4]).await.unwrap();
                }
                sleep(Duration::from_secs(60)).await;
                drop(far);
            });
            near.write_all(&[0; 24]).await.unwrap();
            let error = near.write_all(&[0; 64]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            reads.abort();
        });
    }
}
