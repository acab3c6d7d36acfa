//! Who works at the pages.

use super::{Kind, keys};

keys! {
    /// Somebody who logs in at the pages of the switch. The configuration says who he is and what he may; his password he
    /// chooses himself, by a link that `strowger user invite NAME` prints. `name = "agent{01..20}"` makes twenty of one table.
    pub USER "[[user]]" {
        /// What he logs in with. It stands for the same person after every reload.
        name: Kind::Text("anna"); Needed,
        /// What he is, one thing or several. An `"agent"` works at the desk; a `"supervisor"` sees and leads whom
        /// `supervises` says; an `"auditor"` reads everything and changes nothing; an `"administrator"` may everything but
        /// listen to people; the `"owner"` may that, too.
        roles: Kind::Words(&["agent", "supervisor", "auditor", "administrator", "owner"]); Needed,
        /// Which agent he is, with the role `"agent"`.
        agent: Kind::Text("anna"); Words("the agent of the same name"),
        /// Whom he leads, with the role `"supervisor"`: `"queue:support"` with the agents who serve it, `"team:north"`,
        /// `"agent:alice"`, `"phone:alice"`, `"group:sales"`, or `"all"`. What lies outside he does not see.
        supervises: Kind::Texts("queue:support"); Words("nobody"),
    }
}
