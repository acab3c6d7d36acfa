//! What an INVITE says beside who calls whom. Few do.

use terms::{ForwardWhy, Pii};

/// What an INVITE of ours says beside who calls whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Who has forwarded the call, the first first.
    pub diversions: Vec<Diversion>,
    /// How the other side wants to be told of that.
    pub told_as: ToldAs,
    /// The phone shall answer by itself, as an intercom does.
    pub answers_itself: bool,
}

/// Somebody who has forwarded a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diversion {
    /// His number.
    pub number: Pii<String>,
    /// Why.
    pub why: ForwardWhy,
    /// How often it was forwarded, by him and whoever did so before him.
    pub times: u32,
}

/// In which header field forwards are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToldAs {
    /// Diversion (RFC 5806).
    #[default]
    Diversion,
    /// History-Info (RFC 7044), with the causes of RFC 4458.
    HistoryInfo,
}
