//! What people see of the switch in a browser: pages, the API behind them, and the stream that feeds both.
//!
//! The console is the first client of its own public API: every figure comes from the numbered stream ([`stream`]), by a
//! mirror that is fed by it ([`mirror`]). It knows the switch by one joint ([`switch`]). Who is there and what he may see is
//! asked in [`access`]. It runs on a thread of its own and cannot slow the switch: the signalling thread is asked for a
//! snapshot at the start, after a gap and when a configuration comes into force, and for nothing in between.
//!
//! It leaves to others: what is true (the cores), what is kept (`ledger`), what may be done (`control`).

pub mod access;
mod api;
mod assets;
mod guard;
mod guests;
mod handshakes;
mod headers;
mod mirror;
mod pages;
mod patient;
mod proxies;
mod records;
mod serve;
mod sound;
mod stream;
pub mod switch;
#[cfg(test)]
mod testing;
mod wire;
mod words;

pub use access::{Access, Link};

use access::Viewer;
use access::tokens::{Bearer, Tokens};
use access::users::Users;
use axum::Router;
use axum::http::HeaderMap;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use ledger::{Reader, SideDoor};
use serve::Peer;
use std::net::TcpListener as StdTcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use stream::hub::Hub;
use switch::Switch;
use tls::InUse;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What handlers share.
struct Console {
    hub: Arc<Hub>,
    access: Access,
    guests: guests::Guests,
    /// The folder of recordings.
    recordings: PathBuf,
    waves: sound::peaks::Waves,
    hearings: records::hearing::Hearings,
}

impl Console {
    /// Who sends a request with these headers over this connection.
    fn who(&self, headers: &HeaderMap, peer: Peer) -> Option<Viewer> {
        let now = self.hub.switch.now().wall;
        let secure = peer.secure;
        let seen = self.hub.mirror(|mirror, _| self.access.who(headers, secure, Some(&mirror.plan().roles), now));
        seen.unwrap_or_else(|| self.access.who(headers, secure, None, now))
    }

    /// Who sends it by a token. `counts`: it is a request, and not the look at somebody who is there already.
    fn bearer(&self, headers: &HeaderMap, peer: Peer, counts: bool) -> Bearer {
        let now = self.hub.switch.now();
        let seen = self.hub.mirror(|mirror, _| self.access.bearer(headers, peer.secure, mirror.plan(), now, counts));
        seen.unwrap_or(Bearer::Nobody)
    }

    /// Whether anybody can say who he is.
    fn has_users(&self) -> bool {
        // A demonstration has a link, and nobody chooses a password there.
        let some = self.hub.mirror(|mirror, _| !mirror.plan().users.is_empty()).unwrap_or(true);
        some && self.access.users.is_some() && self.access.link.is_none()
    }

    /// In which zone days begin, where it is known.
    fn zone(&self) -> Option<String> {
        let office = self.hub.mirror(|mirror, _| mirror.plan().office.zone.clone()).flatten();
        office.or_else(|| jiff::tz::TimeZone::system().iana_name().map(str::to_owned))
    }
}

/// What a console begins with.
pub struct Beginning {
    /// Where it listens already.
    pub listener: StdTcpListener,
    /// The account's database.
    pub database: String,
    /// The way to the account, for what users change.
    pub account: SideDoor,
    /// The folder of recordings.
    pub recordings: PathBuf,
    /// The link of a demonstration.
    pub link: Option<Link>,
    /// The certificate, where what is said is encrypted.
    pub certificate: InUse,
}

/// Serves on a thread of its own, until the other end of `stop` is dropped.
pub fn spawn(switch: Arc<dyn Switch>, beginning: Beginning, stop: oneshot::Receiver<()>) -> std::io::Result<()> {
    std::thread::Builder::new().name("console".into()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            tokio::select! {
                served = run(switch, beginning) => served,
                _ = stop => Ok(()),
            }
        })
    })?;
    Ok(())
}

async fn run(switch: Arc<dyn Switch>, beginning: Beginning) -> std::io::Result<()> {
    let Beginning { listener, database, account: side, recordings, link, certificate } = beginning;
    let port = listener.local_addr().map_or(0, |address| address.port());
    let listener = TcpListener::from_std(listener)?;
    let mut names = wire::Names::default();
    let account = match Reader::open(&database).await {
        Ok(account) => {
            names.take_account(account.names().await.unwrap_or_default());
            Some(account)
        }
        Err(error) => {
            tracing::warn!(%error, "the console cannot read the account: the stream begins with this start");
            None
        }
    };
    let users = match account.clone() {
        Some(reader) => match Users::open(reader, side, switch.now().wall).await {
            Ok(users) => Some(users),
            Err(error) => {
                tracing::warn!(%error, "the console cannot read who may log in: nobody can");
                None
            }
        },
        None => None,
    };
    let tokens = Arc::new(Tokens::default());
    if let Some(users) = &users {
        match users.kept_tokens().await {
            Ok(kept) => tokens.begin_with(kept),
            Err(error) => tracing::warn!(%error, "the console cannot read the tokens: there are none"),
        }
    }
    let access = Access { link, users, tokens, port };
    let hub = Arc::new(Hub::new(switch, account, names, access.clone()));
    let (guests, waves, hearings) = Default::default();
    let router = router(Arc::new(Console { hub: hub.clone(), access, guests, recordings, waves, hearings }));
    tokio::spawn(async move { hub.run().await });
    serve::serve(listener, router, certificate).await;
    Ok(())
}

fn router(console: Arc<Console>) -> Router {
    let inside = pages::routes()
        .nest("/api/v1", api::routes())
        .fallback(guard::nothing)
        .method_not_allowed_fallback(guard::not_so)
        .layer(from_fn_with_state(console.clone(), guard::let_in));
    Router::new()
        .merge(pages::open_routes())
        .route("/a/{hash}/{*file}", get(assets::serve))
        .route("/k/{token}", get(guard::link))
        .route("/d/{token}", get(guard::screen_link))
        .route("/login", get(pages::sign_in::page).post(pages::sign_in::sign_in))
        .route("/logout", post(pages::sign_in::sign_out))
        .route("/join/{secret}", get(pages::sign_in::join).post(pages::sign_in::choose))
        .merge(inside)
        .layer(from_fn(guard::headers))
        .layer(from_fn_with_state(console.clone(), proxies::see_through))
        .with_state(console)
}
