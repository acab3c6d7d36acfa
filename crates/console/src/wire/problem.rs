//! What went wrong, in the words of RFC 9457: one table of codes, from which `/problems` is made and against which
//! `docs/errors.md` is held.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its code: it stays as it is.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong.
    pub title: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $code:literal $status:literal $title:literal $remedy:literal;)*) => {
        impl Kind {
            $($(#[$doc])* pub const $name: Kind =
                Kind { code: $code, status: $status, title: $title, remedy: $remedy };)*
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];
        }
    };
}

kinds! {
    /// Nobody has said who he is.
    NOT_SIGNED_IN "not-signed-in" 401 "You are not signed in" "Sign in at /login, or open the link that the switch printed.";
    /// A link with a token that is not, or no longer, good.
    BAD_LINK "bad-link" 403 "This link is not valid" "Links end with the switch that printed them: take the one on its screen.";
    /// The request comes from another site's page.
    OTHER_SITE "other-site" 403 "This request comes from a page of another site" "Use the console's own pages, or a program.";
    /// There is no such page or resource.
    NOT_FOUND "not-found" 404 "There is nothing at this address" "Go back to the first page.";
    /// It can only be read.
    NO_SUCH_METHOD "no-such-method" 405 "This cannot be done here" "The header Allow says what can.";
    /// The cursor is not a number of the stream.
    BAD_CURSOR "bad-cursor" 400 "This is no number of the stream" "Numbers are written like 0-12-48213; 0 is the beginning.";
    /// A parameter that cannot be read.
    BAD_PARAMETER "bad-parameter" 400 "A parameter cannot be read" "The detail names it.";
    /// A body that does not fit.
    BAD_BODY "bad-body" 422 "The body does not fit" "The detail says why; /api/v1/openapi.json says what fits.";
    /// A body that is too large, or that broke off.
    TOO_LARGE "too-large" 413 "The body is too large" "16 KiB at most.";
    /// A command without a name, where it places or moves a call.
    KEY_MISSING "key-missing" 400 "The header Idempotency-Key is missing" "What places or moves a call must not be done twice: send a name that you make up, and the same again when you try again.";
    /// A name that a command cannot have.
    BAD_KEY "bad-key" 400 "The header Idempotency-Key cannot be read" "1 to 64 visible ASCII characters.";
    /// A name that another command has.
    KEY_REUSED "key-reused" 422 "Another command came by this Idempotency-Key" "Make up another one for another command.";
    /// A command that is still under way.
    UNDER_WAY "under-way" 409 "This command is still under way" "Send it again in a moment: it is answered, and not done twice.";
    /// Who asks may not.
    NOT_ALLOWED "not-allowed" 403 "You may not do this" "Roles, and what is led, stand in `[[user]]` of the configuration.";
    /// Somebody else was faster.
    CHANGED "changed-meanwhile" 412 "Somebody else has changed this meanwhile" "Read it again, and send the change with its ETag in If-Match.";
    /// As things are, it cannot be done.
    REFUSED "refused" 409 "This cannot be done as things are" "The detail says why.";
    /// It is not any more as it was seen.
    STALE "stale" 412 "It is not any more as you have seen it" "Somebody was faster: read it again, and decide again.";
    /// The old password is another one.
    WRONG_PASSWORD "wrong-password" 403 "This is not your password" "Type the one that you have now; forgotten ones are replaced by a link of your administrator.";
    /// A recording whose file is not there.
    RECORDING_GONE "recording-gone" 410 "This recording is not there any more" "Recordings are kept as long as `keep_recordings` says; what is known of the call stays in its record.";
    /// A recording that goes on.
    RECORDING_UNFINISHED "recording-unfinished" 409 "This recording is not finished yet" "Ask again in a moment: it can be heard once the call is over and its file is whole.";
    /// A part of a file that it does not have.
    NO_SUCH_PART "no-such-part" 416 "The file has no such part" "The header Content-Range says how long it is.";
    /// Too many requests, or too many wrong tokens.
    TOO_MANY "too-many-requests" 429 "Too many requests" "Ask again after the seconds that the header Retry-After says.";
    /// The switch does not answer, or has just begun.
    NOT_READY "not-ready" 503 "The switch does not answer" "Try again in a moment; `strowger status` says how it is.";
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The address of the page that tells of this kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem, in a word for programs.
    pub code: &'static str,
    /// What is wrong.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong here, or what to do.
    pub detail: String,
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Problem {
        Problem {
            kind: format!("/problems#{}", kind.code),
            code: kind.code,
            title: kind.title,
            status: kind.status,
            detail: kind.remedy.to_owned(),
        }
    }
}

impl Problem {
    /// With what is wrong here.
    pub fn because(kind: Kind, detail: impl Into<String>) -> Problem {
        Problem { detail: detail.into(), ..Problem::from(kind) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, Body::from(text)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

impl IntoResponse for Kind {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
