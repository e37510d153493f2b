//! How long a body may take to arrive: whoever sends a byte a minute must not hold a place for hours.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use futures_util::Stream;
use tokio::time::Sleep;

/// For a whole body; a quarter of a megabyte takes a telephone line half as long.
pub const BODY_TIME: Duration = Duration::from_secs(30);

/// Middleware: bodies that take longer than `time` end with an error, which becomes `408`.
///
/// # Errors
/// Those of the service inside.
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

/// Whether this is the end of the patience of [`limit_bodies`].
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
