//! Steps transactions: asks the table, carries out its actions, and tells whoever owns the transaction.

use super::{Due, Endpoint};
use crate::face::RegistrationFailure;
use crate::message::Message;
use crate::transaction::store::{ClientState, ClientTransaction, Path, Purpose, ServerState, ServerTransaction, TxId};
use crate::transaction::{Action, T1, Timer, invite_client, invite_server, other_client, other_server};
use bytes::Bytes;

/// What became of a request of ours, as its owner sees it.
pub(super) enum Fate {
    /// Nobody answered in time.
    TimedOut,
    /// The transport failed.
    Failed,
}

impl Endpoint {
    /// Sends a request of ours and keeps it as a transaction.
    pub(super) fn begin_client(&mut self, transaction: ClientTransaction) -> TxId {
        let begin = match transaction.state {
            ClientState::Invite(_) => invite_client::BEGIN,
            ClientState::Other(_) => other_client::BEGIN,
        };
        let path = transaction.path;
        let id = self.transactions.add_client(transaction);
        if path.reliable
            && let Some(link) = self.links.get_mut(path.link)
        {
            link.clients.insert(id);
        }
        self.run_client(id, begin);
        id
    }

    /// A response arrived for a request of ours; answers whether its owner shall see it.
    pub(super) fn client_heard(&mut self, id: TxId, status: u16, response: &Message) -> bool {
        let Some(state) = self.transactions.client(id).map(|t| t.state) else { return false };
        let (next, actions) = match state {
            ClientState::Invite(state) => {
                let event = match status {
                    100..=199 => invite_client::Event::Provisional,
                    200..=299 => invite_client::Event::Success,
                    _ => invite_client::Event::Failure,
                };
                let Some((next, actions)) = invite_client::step(state, event) else { return false };
                (ClientState::Invite(next), actions)
            }
            ClientState::Other(state) => {
                let event = match status {
                    100..=199 => other_client::Event::Provisional,
                    _ => other_client::Event::Final,
                };
                let Some((next, actions)) = other_client::step(state, event) else { return false };
                (ClientState::Other(next), actions)
            }
        };
        if actions.contains(&Action::Acknowledge) {
            self.acknowledge_failure(id, response);
        }
        self.set_client(id, next);
        self.run_client(id, actions)
    }

    /// A timer of a request of ours fired.
    pub(super) fn client_fired(&mut self, id: TxId, timer: Timer) {
        let Some(state) = self.transactions.client(id).map(|t| t.state) else { return };
        let step = match state {
            ClientState::Invite(state) => invite_client::step(state, invite_client::Event::Fired(timer))
                .map(|(next, actions)| (ClientState::Invite(next), actions)),
            ClientState::Other(state) => other_client::step(state, other_client::Event::Fired(timer))
                .map(|(next, actions)| (ClientState::Other(next), actions)),
        };
        let Some((next, actions)) = step else { return };
        self.set_client(id, next);
        self.run_client(id, actions);
    }

    /// The link of a request of ours is gone.
    pub(super) fn client_lost(&mut self, id: TxId) {
        let Some(state) = self.transactions.client(id).map(|t| t.state) else { return };
        let step = match state {
            ClientState::Invite(state) => invite_client::step(state, invite_client::Event::TransportError)
                .map(|(next, actions)| (ClientState::Invite(next), actions)),
            ClientState::Other(state) => other_client::step(state, other_client::Event::TransportError)
                .map(|(next, actions)| (ClientState::Other(next), actions)),
        };
        let Some((next, actions)) = step else { return };
        self.set_client(id, next);
        self.run_client(id, actions);
    }

    /// Forgets a request of ours at once.
    pub(super) fn drop_client(&mut self, id: TxId) -> Option<Box<ClientTransaction>> {
        for timer in ClientTransaction::TIMERS {
            self.deadlines.cancel(Due::Transaction(id, timer));
        }
        let gone = self.transactions.remove_client(id)?;
        if let Some(link) = self.links.get_mut(gone.path.link) {
            link.clients.remove(&id);
        }
        Some(gone)
    }

    fn set_client(&mut self, id: TxId, state: ClientState) {
        if let Some(transaction) = self.transactions.client_mut(id) {
            transaction.state = state;
        }
    }

    /// Answers whether the message is to be delivered.
    fn run_client(&mut self, id: TxId, actions: &[Action]) -> bool {
        let mut deliver = false;
        let mut fate = None;
        for action in actions {
            match action {
                Action::Transmit => self.transmit_request(id),
                Action::Start(timer) => self.start_client(id, *timer),
                Action::Stop(timer) => self.deadlines.cancel(Due::Transaction(id, *timer)),
                Action::Deliver => deliver = true,
                // Done in `client_heard`, where the response is at hand.
                Action::Acknowledge => {}
                Action::TimedOut => fate = Some(Fate::TimedOut),
                Action::Failed => fate = Some(Fate::Failed),
            }
        }
        let over = self.transactions.client(id).is_some_and(|t| {
            matches!(
                t.state,
                ClientState::Invite(invite_client::State::Terminated)
                    | ClientState::Other(other_client::State::Terminated)
            )
        });
        if over
            && let Some(gone) = self.drop_client(id)
            && let Some(fate) = fate
        {
            self.client_died(gone.purpose, &fate);
        }
        deliver
    }

    fn transmit_request(&mut self, id: TxId) {
        let Some(transaction) = self.transactions.client(id) else { return };
        let (path, bytes) = (transaction.path, transaction.request.clone());
        self.transmit(path, bytes);
    }

    fn start_client(&mut self, id: TxId, timer: Timer) {
        let Some(transaction) = self.transactions.client_mut(id) else { return };
        let Some(first) = timer.first(transaction.path.reliable) else { return };
        let pause = match timer {
            Timer::A | Timer::E if transaction.pause.is_zero() => {
                transaction.pause = first;
                first
            }
            Timer::A | Timer::E => {
                transaction.pause = match transaction.state {
                    // RFC 3261 17.1.2.2: once a provisional response came, the pause is T2.
                    ClientState::Other(other_client::State::Proceeding) => crate::transaction::T2,
                    _ => timer.next(transaction.pause),
                };
                transaction.pause
            }
            _ => first,
        };
        self.deadlines.set(Due::Transaction(id, timer), self.now.mono + pause);
    }

    /// Keeps a request that came in as a transaction.
    pub(super) fn begin_server(&mut self, transaction: ServerTransaction) -> TxId {
        self.transactions.add_server(transaction)
    }

    /// A request came again.
    pub(super) fn server_repeated(&mut self, id: TxId) {
        let Some(state) = self.transactions.server(id).map(|t| t.state) else { return };
        let step = match state {
            ServerState::Invite(state) => {
                invite_server::step(state, invite_server::Event::Request).map(|(s, a)| (ServerState::Invite(s), a))
            }
            ServerState::Other(state) => {
                other_server::step(state, other_server::Event::Request).map(|(s, a)| (ServerState::Other(s), a))
            }
        };
        self.run_server(id, step);
    }

    /// An ACK for a failure came.
    pub(super) fn server_acknowledged(&mut self, id: TxId) {
        let Some(ServerState::Invite(state)) = self.transactions.server(id).map(|t| t.state) else { return };
        let step = invite_server::step(state, invite_server::Event::Ack).map(|(s, a)| (ServerState::Invite(s), a));
        self.run_server(id, step);
    }

    /// Sends a response within a transaction.
    pub(super) fn respond(&mut self, id: TxId, status: u16, bytes: Bytes) {
        let Some(transaction) = self.transactions.server_mut(id) else { return };
        let step = match transaction.state {
            ServerState::Invite(state) => {
                let event = match status {
                    100..=199 => invite_server::Event::Provisional,
                    200..=299 => invite_server::Event::Success,
                    _ => invite_server::Event::Failure,
                };
                invite_server::step(state, event).map(|(s, a)| (ServerState::Invite(s), a))
            }
            ServerState::Other(state) => {
                let event = match status {
                    100..=199 => other_server::Event::Provisional,
                    _ => other_server::Event::Final,
                };
                other_server::step(state, event).map(|(s, a)| (ServerState::Other(s), a))
            }
        };
        if step.is_some() {
            transaction.response = Some(bytes);
        }
        self.run_server(id, step);
    }

    /// A timer of a request that came in fired.
    pub(super) fn server_fired(&mut self, id: TxId, timer: Timer) {
        let Some(state) = self.transactions.server(id).map(|t| t.state) else { return };
        let step =
            match state {
                ServerState::Invite(state) => invite_server::step(state, invite_server::Event::Fired(timer))
                    .map(|(s, a)| (ServerState::Invite(s), a)),
                ServerState::Other(state) => other_server::step(state, other_server::Event::Fired(timer))
                    .map(|(s, a)| (ServerState::Other(s), a)),
            };
        self.run_server(id, step);
    }

    fn run_server(&mut self, id: TxId, step: Option<(ServerState, &'static [Action])>) {
        let Some((next, actions)) = step else { return };
        if let Some(transaction) = self.transactions.server_mut(id) {
            transaction.state = next;
        }
        for action in actions {
            match action {
                Action::Transmit => self.transmit_response(id),
                Action::Start(timer) => self.start_server(id, *timer),
                Action::Stop(timer) => self.deadlines.cancel(Due::Transaction(id, *timer)),
                // A failure that nobody acknowledged is over for its leg already: RFC 3261 17.2.1, timer H.
                Action::TimedOut => self.counts.unacknowledged += 1,
                Action::Deliver | Action::Acknowledge | Action::Failed => {}
            }
        }
        if matches!(
            next,
            ServerState::Invite(invite_server::State::Terminated) | ServerState::Other(other_server::State::Terminated)
        ) {
            for timer in ServerTransaction::TIMERS {
                self.deadlines.cancel(Due::Transaction(id, timer));
            }
            self.transactions.remove_server(id);
        }
    }

    fn transmit_response(&mut self, id: TxId) {
        let Some(transaction) = self.transactions.server(id) else { return };
        let Some(bytes) = transaction.response.clone() else { return };
        self.transmit(transaction.path, bytes);
    }

    fn start_server(&mut self, id: TxId, timer: Timer) {
        let Some(transaction) = self.transactions.server_mut(id) else { return };
        let Some(first) = timer.first(transaction.path.reliable) else { return };
        let pause = match timer {
            Timer::G => {
                transaction.pause = if transaction.pause.is_zero() { T1 } else { timer.next(transaction.pause) };
                transaction.pause
            }
            _ => first,
        };
        self.deadlines.set(Due::Transaction(id, timer), self.now.mono + pause);
    }

    /// A request of ours got no final response.
    fn client_died(&mut self, purpose: Purpose, fate: &Fate) {
        // RFC 3261 8.1.3.1: no answer counts as 408, a broken transport as 503.
        let status = match fate {
            Fate::TimedOut => 408,
            Fate::Failed => 503,
        };
        match purpose {
            Purpose::Invite(leg) => {
                self.park_farewell(leg);
                self.invite_failed(leg, status, None);
            }
            Purpose::Reinvite(leg) | Purpose::Update(leg) => self.offer_failed(leg, status, None),
            Purpose::Bye(leg) => {
                self.park_farewell(leg);
                self.forget_leg(leg);
            }
            Purpose::Info(leg) => self.info_finished(leg, status),
            Purpose::Register(account) => {
                let why = match fate {
                    Fate::TimedOut => RegistrationFailure::Silent,
                    Fate::Failed => RegistrationFailure::Unreachable,
                };
                self.registration_failed(account, why, None);
            }
            Purpose::Notify { leg, refer, over } => self.notify_answered(leg, refer, over, status),
            Purpose::News { sub, seq } => self.news_over(sub, seq, crate::notifier::state::Event::Lost),
            Purpose::Text(text) => self.text_answered(text, status),
            Purpose::Refer(leg) => self.leg_event(leg, crate::face::LegEvent::ReferAnswered { status }),
            Purpose::Probe(trunk) => self.probe_ended(trunk, false),
            Purpose::Ask(phone, binding) => self.ask_answered(phone, binding, status),
            Purpose::Cancel(_) | Purpose::Prack(_) | Purpose::Orphan => {}
        }
    }

    /// Gives bytes to a link, or lets them wait for it, or drops and counts them.
    pub(super) fn transmit(&mut self, path: Path, bytes: Bytes) {
        use super::links::Stage;
        let Some(link) = self.links.get_mut(path.link) else {
            self.counts.unsent += 1;
            return;
        };
        let remote = link.remote.unwrap_or(path.remote);
        match &mut link.stage {
            Stage::Open => self.outputs.push_back(crate::face::Output::Transmit { link: path.link, remote, bytes }),
            Stage::Connecting(waiting) if waiting.len() < terms::limits::LINK_WAITING => waiting.push(bytes),
            Stage::Connecting(_) | Stage::Closing => self.counts.unsent += 1,
        }
    }
}
