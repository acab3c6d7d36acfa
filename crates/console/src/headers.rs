//! What every answer says about itself: what a page may load, run and tell others.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Nothing is loaded from elsewhere, no script or style stands in a page, text never becomes markup, and no other site may
/// frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    (
        "permissions-policy",
        "microphone=(self), camera=(), speaker-selection=(self), screen-wake-lock=(self), geolocation=(), display-capture=()",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Adds them. What nobody else may keep is marked so, unless its maker has said for how long it may be.
/// `known`: over https, with a certificate that browsers know; one that they warn of must stay possible to pass.
pub fn add(headers: &mut HeaderMap, known: bool) {
    if known {
        headers.insert("strict-transport-security", HeaderValue::from_static("max-age=31536000"));
    }
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
}
