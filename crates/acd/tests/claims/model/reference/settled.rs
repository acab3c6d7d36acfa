//! What must hold once the engine has put out everything.

use super::{Agent, Contact, Reference, Stage};
use acd::{Snapshot, Work};

impl Reference {
    pub fn settled(&self, snapshot: &Snapshot) {
        assert!(self.owed.is_empty(), "not taken back: {:?}", self.owed);
        assert!(self.entering.is_none(), "neither queued nor sent on");
        assert!(self.served.is_none(), "an answer was not told");
        assert_eq!(self.next_pair(), None, "nobody is idle while a contact waits that he may serve");
        for (id, offer) in &self.offers {
            assert!(offer.ends > self.now, "{id} rings beyond its time");
        }
        for (id, contact) in self.contacts.iter().filter(|(_, contact)| contact.stage == Stage::Waiting) {
            assert!(self.queue(contact.queue).is_some(), "{id} waits in no queue");
            assert_eq!(self.waited_too_long(contact), None, "{id} has waited too long");
            assert_eq!(self.unstaffed_too_long(contact), None, "{id} waits for nobody");
        }
        for (id, contact) in self.contacts.iter().filter(|(_, contact)| matches!(contact.stage, Stage::Offered(_))) {
            let interrupts = self.queue(contact.queue).is_some_and(|queue| queue.interrupts_ring);
            assert!(!interrupts || self.waited_too_long(contact).is_none(), "{id} is rung for beyond its wait");
        }
        self.same_agents(snapshot);
        self.same_contacts(snapshot);
        assert_eq!(snapshot.counters.stale_total(), self.stale);
        assert_eq!(snapshot.counters.enqueued, self.enqueued);
    }

    fn same_agents(&self, snapshot: &Snapshot) {
        assert_eq!(snapshot.agents.len(), self.agents.len());
        for line in &snapshot.agents {
            let agent = &self.agents[&line.agent];
            assert_eq!((&line.status, line.work, &line.pending), (&agent.status, agent.work, &agent.pending));
            assert_eq!((line.reachable, line.engaged, line.misses), (agent.reachable, agent.engaged, agent.misses));
            assert_eq!(line.resting_until, (self.now < agent.ready_at).then_some(agent.ready_at));
            assert_eq!(u128::from(line.idle_ms), agent.idle.as_millis(), "{}", line.agent);
            let told = self.told.get(&line.agent).expect("every agent is told of");
            assert_eq!(*told, (agent.status.clone(), agent.work, agent.reachable));
        }
        let reserved = |agent: &&Agent| matches!(agent.work, Work::Reserved(_));
        assert_eq!(self.agents.values().filter(reserved).count(), self.offers.len());
        for (id, offer) in &self.offers {
            assert_eq!(self.agents[&offer.agent].work, Work::Reserved(*id));
            let Stage::Offered(offers) = &self.contacts[&offer.contact].stage else { panic!("it is offered") };
            assert!(offers.contains(id));
        }
        let live: Vec<_> = snapshot.offers.iter().map(|line| (line.offer, line.until)).collect();
        assert_eq!(live, self.offers.iter().map(|(id, offer)| (*id, Some(offer.ends))).collect::<Vec<_>>());
    }

    fn same_contacts(&self, snapshot: &Snapshot) {
        for line in &snapshot.queues {
            let here = |contact: &Contact| contact.queue == line.queue && !matches!(contact.stage, Stage::Talking(_));
            let mut mine: Vec<_> = self.contacts.iter().filter(|(_, contact)| here(contact)).collect();
            mine.sort_by_key(|(_, contact)| contact.order);
            let order: Vec<_> = line.waiting.iter().map(|contact| contact.contact).collect();
            assert_eq!(order, mine.iter().map(|(id, _)| **id).collect::<Vec<_>>());
            let queue = self.queue(line.queue).expect("it is in the plan");
            assert_eq!(
                (line.working, line.unstaffed_since),
                (self.working(queue), self.unstaffed.get(&line.queue).copied())
            );
        }
        let in_lines: usize = snapshot.queues.iter().map(|line| line.waiting.len()).sum();
        assert_eq!(in_lines + snapshot.elsewhere.len(), self.contacts.len());
    }
}
