//! Metrics and health over HTTP: `/metrics` for Prometheus, `/healthz` (is the process alive?) and `/readyz`
//! (shall it be given calls?). A thread of its own serves them and cannot slow the switch: the signalling
//! loop is asked at most once a second, with a time-out, and not at all while it hangs.
//!
//! Liveness looks at the loop's pulse alone. It does not depend on storage: a full disk or a database that
//! hangs is no reason to kill a switch that talks.

#[cfg(test)]
mod days_tests;
mod text;

use crate::admin::status::Status;
use crate::admin::wire::Reply;
use crate::nudge::{Nudge, Request};
use crate::pulse::{LIVE, Pulse};
use control::{Actor, View};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::TcpListener as StdTcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

/// Clients at once; more are hung up on.
const CLIENTS: usize = 16;
/// How long a client may take to ask, and for all of it.
const ASKING: Duration = Duration::from_secs(3);
const WHOLE: Duration = Duration::from_secs(15);
/// Bytes of a request's head; the least that the HTTP library takes.
const HEAD_BYTES: usize = 8_192;
/// How long the signalling thread may take.
const ANSWER: Duration = Duration::from_secs(2);
/// How long an answer of it is good for.
const FRESH: Duration = Duration::from_secs(1);

/// The way to the switch.
struct Watch {
    nudges: mpsc::UnboundedSender<Nudge>,
    pulse: Pulse,
    seen: Mutex<Option<(Instant, Arc<Status>)>>,
}

/// Serves until the other end of `stop` is dropped.
pub fn spawn(
    listener: StdTcpListener,
    nudges: mpsc::UnboundedSender<Nudge>,
    pulse: Pulse,
    stop: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let watch = Arc::new(Watch { nudges, pulse, seen: Mutex::new(None) });
    std::thread::Builder::new().name("metrics".into()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            tokio::select! {
                () = serve(&listener, &watch) => {}
                _ = stop => {}
            }
            Ok::<_, std::io::Error>(())
        })
    })?;
    Ok(())
}

async fn serve(listener: &TcpListener, watch: &Arc<Watch>) {
    let places = Arc::new(Semaphore::new(CLIENTS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // No descriptor is left, or the like: it passes.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let watch = watch.clone();
        tokio::spawn(async move {
            // A client that goes away, or is too slow, is its own affair.
            let _ = timeout(WHOLE, client(stream, watch)).await;
            drop(place);
        });
    }
}

async fn client(stream: TcpStream, watch: Arc<Watch>) -> hyper::Result<()> {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let watch = watch.clone();
        async move { Ok::<_, Infallible>(answer(&watch, request.method(), request.uri().path()).await) }
    });
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(ASKING)
        .max_buf_size(HEAD_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

type Answer = Response<Full<Bytes>>;

fn say(status: StatusCode, kind: &'static str, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(text.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    answer
}

const PLAIN: &str = "text/plain; charset=utf-8";

async fn answer(watch: &Watch, method: &Method, path: &str) -> Answer {
    if method != Method::GET && method != Method::HEAD {
        let mut refusal = say(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "only GET and HEAD\n");
        refusal.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET, HEAD"));
        return refusal;
    }
    match path {
        "/metrics" => {
            let status = watch.status().await;
            let body = text::exposition(status.as_deref(), watch.pulse.age());
            say(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", body)
        }
        "/healthz" => verdict(watch.hangs().map_or(Ok(()), Err)),
        "/readyz" => {
            let status = watch.status().await;
            verdict(match (watch.hangs(), &status) {
                (Some(why), _) => Err(why),
                (None, Some(status)) => readiness(status),
                (None, None) => Err("the signalling thread does not answer".into()),
            })
        }
        _ => say(StatusCode::NOT_FOUND, PLAIN, "there are /metrics, /healthz and /readyz\n"),
    }
}

fn verdict(well: Result<(), String>) -> Answer {
    match well {
        Ok(()) => say(StatusCode::OK, PLAIN, "ok\n"),
        Err(why) => say(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("{why}\n")),
    }
}

/// Whether it should be given new calls.
fn readiness(status: &Status) -> Result<(), String> {
    if status.draining {
        return Err("draining: new calls are refused".into());
    }
    if status.ids_spent {
        return Err("no ids are left: new calls are refused".into());
    }
    // With a daybook records are on disk though the database is away. An account in memory has none, and no fault of it.
    let ledger = &status.ledger;
    let daybook = ledger.daybook_fault.as_deref().or((ledger.entries == 0).then_some("nothing is in it"));
    if let (Some(fault), Some(daybook)) = (&ledger.fault, daybook) {
        return Err(format!("the ledger cannot write: {fault}; the daybook: {daybook}"));
    }
    if status.ledger.backlog >= status.ledger.backlog_max {
        return Err("the ledger is behind: new calls are refused".into());
    }
    Ok(())
}

impl Watch {
    /// Why the process should be called dead, if it should.
    fn hangs(&self) -> Option<String> {
        let age = self.pulse.age();
        (age >= LIVE).then(|| format!("the signalling loop has not turned for {} s", age.as_secs()))
    }

    /// The state of the switch, at most a second old; none when it does not answer.
    async fn status(&self) -> Option<Arc<Status>> {
        // Whoever comes meanwhile waits for the same answer.
        let mut seen = self.seen.lock().await;
        if let Some((at, status)) = &*seen
            && at.elapsed() < FRESH
        {
            return Some(status.clone());
        }
        *seen = None;
        // A loop that hangs is not asked: requests would pile up before it.
        if self.hangs().is_some() {
            return None;
        }
        let (request, answered) = Request::new(Actor::Operator(None), View::Status(()).into());
        self.nudges.send(Nudge::Asked(request)).ok()?;
        let Ok(Ok(Reply::Status(status))) = timeout(ANSWER, answered).await else { return None };
        let status = Arc::from(status);
        *seen = Some((Instant::now(), Arc::clone(&status)));
        Some(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::status::LedgerLine;
    use crate::clock::Clock;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpStream};
    use terms::Mono;

    /// A server before a switch that answers as told; the nudges that it got.
    struct Stand {
        address: SocketAddr,
        pulse: Pulse,
        nudges: mpsc::UnboundedReceiver<Nudge>,
        _stop: oneshot::Sender<()>,
    }

    fn stand() -> Stand {
        let listener = StdTcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, nudges) = mpsc::unbounded_channel();
        let pulse = Pulse::start(Clock::start());
        let (stop, stopped) = oneshot::channel();
        spawn(listener, sender, pulse.clone(), stopped).unwrap();
        Stand { address, pulse, nudges, _stop: stop }
    }

    impl Stand {
        fn say(&self, bytes: &[u8]) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            stream.write_all(bytes).unwrap();
            stream
        }

        fn get(&self, path: &str) -> String {
            heard(self.say(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()))
        }

        /// Answers the next question of a client that asks for `path`.
        fn answering(&mut self, path: &str, status: Status) -> String {
            let client = self.say(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
            let Some(Nudge::Asked(request)) = self.nudges.blocking_recv() else { panic!("nobody asks") };
            request.answer(Reply::Status(Box::new(status)));
            heard(client)
        }
    }

    fn heard(mut stream: TcpStream) -> String {
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        text
    }

    #[test]
    fn liveness_is_the_pulse_and_asks_nobody() {
        let mut stand = stand();
        assert!(stand.get("/healthz").starts_with("HTTP/1.1 200 OK\r\n"));
        // A clock that begins at one second, and a loop that last turned long before.
        stand.pulse.beat(Mono::ZERO);
        std::thread::sleep(LIVE - Duration::from_secs(1));
        let text = stand.get("/healthz");
        assert!(text.starts_with("HTTP/1.1 503 ") && text.contains("has not turned for 5 s"), "{text}");
        assert!(stand.get("/readyz").starts_with("HTTP/1.1 503 "));
        assert!(stand.get("/metrics").contains("\nstrowger_up 0\n"));
        assert!(stand.nudges.try_recv().is_err(), "a loop that hangs is not asked");
    }

    #[test]
    fn a_switch_that_drains_or_cannot_write_is_alive_and_not_ready() {
        let gone = LedgerLine { fault: Some("gone".into()), entries: 1, backlog_max: 9, ..LedgerLine::default() };
        let none = LedgerLine { entries: 0, ..gone.clone() };
        let full = LedgerLine { daybook_fault: Some("disk full".into()), ..gone.clone() };
        for (status, code, why) in [
            (Status { ledger: LedgerLine { backlog_max: 9, ..LedgerLine::default() }, ..Status::default() }, 200, "ok"),
            (Status { draining: true, ..Status::default() }, 503, "draining"),
            (Status { ids_spent: true, ..Status::default() }, 503, "no ids are left"),
            // Records are on disk while there is a daybook, and there is room for as many as the backlog may have.
            (Status { ledger: gone, ..Status::default() }, 200, "ok"),
            (Status { ledger: none, ..Status::default() }, 503, "the daybook: nothing is in it"),
            (
                Status { ledger: full, ..Status::default() },
                503,
                "the ledger cannot write: gone; the daybook: disk full",
            ),
            (Status::default(), 503, "the ledger is behind"),
        ] {
            let mut stand = stand();
            let text = stand.answering("/readyz", status);
            assert!(text.starts_with(&format!("HTTP/1.1 {code} ")) && text.contains(why), "{text}");
            assert!(stand.get("/healthz").starts_with("HTTP/1.1 200 "));
        }
    }

    #[test]
    fn a_loop_that_is_slow_to_answer_is_waited_for_no_longer_than_two_seconds() {
        let stand = stand();
        let begun = Instant::now();
        assert!(stand.get("/metrics").contains("\nstrowger_up 0\n"));
        assert!((1..5).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    }

    #[test]
    fn scrapes_within_a_second_cost_the_loop_one_question() {
        let mut stand = stand();
        let status = Status { calls: 7, ..Status::default() };
        assert!(stand.answering("/metrics", status).contains("\nstrowger_calls 7\n"));
        assert!(stand.get("/metrics").contains("\nstrowger_calls 7\n"));
        assert!(stand.nudges.try_recv().is_err());
    }

    #[test]
    fn what_is_not_a_question_is_refused() {
        let stand = stand();
        assert!(stand.get("/etc/passwd").starts_with("HTTP/1.1 404 "));
        assert!(heard(stand.say(b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")).contains(" 405 "));
        assert!(heard(stand.say(b"\x00\x01nonsense\r\n\r\n")).starts_with("HTTP/1.1 400 "));
        let long = [b"GET /healthz HTTP/1.1\r\nX: ".as_slice(), &vec![b'a'; 20_000], b"\r\n\r\n"].concat();
        assert!(heard(stand.say(&long)).starts_with("HTTP/1.1 431 "));
        let head = heard(stand.say(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    }

    #[test]
    fn clients_who_say_nothing_keep_others_out_for_three_seconds_at_most() {
        let stand = stand();
        let silent: Vec<TcpStream> = (0..2 * CLIENTS).map(|_| stand.say(b"GET /hea")).collect();
        std::thread::sleep(ASKING + Duration::from_millis(500));
        assert!(stand.get("/healthz").starts_with("HTTP/1.1 200 "));
        drop(silent);
    }
}
