//! Request methods (RFC 3261 7.1 and the extensions). Names are case-sensitive and never unescaped.

use std::fmt;

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident $text:literal;)*) => {
        /// A request method.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Method {
            $($(#[$doc])* $variant,)*
            /// One that this crate has no name for.
            Other(Box<str>),
        }

        impl Method {
            /// As it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Method::$variant => $text,)*
                    Method::Other(text) => text,
                }
            }

            /// The method of this exact name.
            pub fn of(text: &str) -> Method {
                match text {
                    $($text => Method::$variant,)*
                    _ => Method::Other(text.into()),
                }
            }
        }
    };
}

methods! {
    /// Starts or changes a session (RFC 3261 13, 14).
    Invite "INVITE";
    /// Confirms a final response to INVITE.
    Ack "ACK";
    /// Ends a session (RFC 3261 15).
    Bye "BYE";
    /// Takes a pending INVITE back (RFC 3261 9).
    Cancel "CANCEL";
    /// Binds contacts to an address of record (RFC 3261 10).
    Register "REGISTER";
    /// Asks for capabilities (RFC 3261 11).
    Options "OPTIONS";
    /// Carries information within a dialog (RFC 6086).
    Info "INFO";
    /// Acknowledges a provisional response (RFC 3262).
    Prack "PRACK";
    /// Changes an early or confirmed session without a three-way handshake (RFC 3311).
    Update "UPDATE";
    /// Transfers (RFC 3515).
    Refer "REFER";
    /// Reports an event (RFC 6665).
    Notify "NOTIFY";
    /// Asks for events (RFC 6665).
    Subscribe "SUBSCRIBE";
    /// Carries a text (RFC 3428).
    Message "MESSAGE";
    /// Publishes event state (RFC 3903).
    Publish "PUBLISH";
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
