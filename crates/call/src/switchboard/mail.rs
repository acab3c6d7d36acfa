//! What becomes of messages in their mailboxes, from outside of any call.

use super::Switchboard;
use crate::cdr::{Entry, Mark, MessageMark};
use crate::desk::Lying;
use crate::face::Output;
use terms::{CaptureId, Mailbox, Now};

impl Switchboard {
    /// The messages in a mailbox with which nobody is done, the oldest first.
    pub fn mailbox(&self, mailbox: Mailbox) -> &[Lying] {
        self.office.boxes.in_it(mailbox)
    }

    /// Where a message lies, with which nobody is done.
    pub fn message(&self, message: CaptureId) -> Option<(Mailbox, &Lying)> {
        self.office.boxes.find(message)
    }

    /// Messages that an earlier start has left.
    pub fn restore_messages(&mut self, messages: Vec<(Mailbox, Lying)>) {
        messages.into_iter().for_each(|(mailbox, lying)| self.office.boxes.put(mailbox, lying));
    }

    /// Something has become of a message: it is heard, or lies there no more. Then drain `poll_output`.
    pub fn mark_message(&mut self, now: Now, message: CaptureId, what: Mark, by: String) -> Result<(), &'static str> {
        let boxes = &mut self.office.boxes;
        let Some((mailbox, lying)) = boxes.find(message) else {
            return Err("no such message: nobody has left it, or somebody is done with it");
        };
        let news = match what {
            Mark::Heard => !lying.heard && boxes.heard(message),
            Mark::Done | Mark::Deleted => boxes.take(message),
        };
        if news {
            let mark = MessageMark { capture: message, what, at: now.wall, by };
            self.office.out.push_back(Output::Ledger(Entry::Marked(Box::new(mark))));
            self.office.out.push_back(Output::Mail(mailbox));
        }
        Ok(())
    }
}
