//! Limits on request bodies before anything reads them: a client that sends a byte a minute must not hold a connection
//! for hours, and a few compressed bytes must not expand without bound, since size limits count what arrives.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use futures_util::Stream;
use tokio::time::Sleep;

use super::problem::{self, Problem};

/// For a whole body; a quarter of a megabyte takes a telephone line half as long.
pub const BODY_TIME: Duration = Duration::from_secs(30);

/// For a body with a file: 16 MB at 200 kbit/s.
const UPLOAD_TIME: Duration = Duration::from_secs(11 * 60);

/// How long a request with these headers may send its body.
#[must_use]
pub fn time_for(headers: &HeaderMap) -> Duration {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("multipart/")) {
        UPLOAD_TIME
    } else {
        BODY_TIME
    }
}

/// Middleware: bodies that take longer than `time` end with an error, which becomes `408`.
pub async fn limit_bodies<B: MessageBody>(
    time: Duration,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let (_, payload) = req.parts_mut();
    if !matches!(payload, Payload::None) {
        let timed = Timed {
            payload: std::mem::replace(payload, Payload::None),
            end: Box::pin(tokio::time::sleep(time)),
        };
        *payload = Payload::Stream {
            payload: Box::pin(timed),
        };
    }
    next.call(req).await
}

/// Middleware: refuses a compressed or otherwise encoded body with `415`.
pub async fn refuse_encoded(req: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_plain(req.headers()) {
        return next.call(req).await;
    }
    let mut response = problem::response_for(req.path(), &Problem::encoded_body());
    let accepted = HeaderValue::from_static("identity");
    response.headers_mut().insert(ACCEPT_ENCODING, accepted);
    Ok(req.into_response(response))
}

fn is_plain(headers: &HeaderMap) -> bool {
    let identity = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    headers.get_all(CONTENT_ENCODING).all(identity)
}

/// Whether this error is the timeout of [`limit_bodies`].
#[must_use]
pub fn is_timeout(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

struct Timed {
    payload: Payload,
    end: Pin<Box<Sleep>>,
}

impl Stream for Timed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))));
        }
        Pin::new(&mut self.payload).poll_next(cx)
    }
}
