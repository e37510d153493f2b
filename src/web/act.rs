//! What a form needs that acts on one thing.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Path;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse};

use super::htmx::{self, Tone, with_toast};
use super::layout::PageFrame;
use crate::ids::PublicId;

/// Who acts (a `Scope` or an `Admin`), on what, and how the page answers.
pub struct Act<W> {
    pub request: HttpRequest,
    pub frame: PageFrame,
    pub who: W,
    /// Of what the path names.
    pub id: PublicId,
}

impl<W> Act<W> {
    /// Goes on at `path`, which says that it was done, in the words of `key`.
    #[must_use]
    pub fn done(&self, path: &str, key: &str) -> HttpResponse {
        self.says(path, &self.frame.t.get(key))
    }

    /// Goes on at `path`, which says what was done.
    #[must_use]
    pub fn says(&self, path: &str, said: &str) -> HttpResponse {
        with_toast(htmx::go_to(&self.request, path), Tone::Good, said)
    }
}

impl<W: FromRequest<Error = Error> + 'static> FromRequest for Act<W> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (frame, who) = (PageFrame::from_request(req, payload), W::from_request(req, payload));
        let (id, request) = (Path::<PublicId>::from_request(req, payload), req.clone());
        Box::pin(async move {
            Ok(Self {
                frame: frame.await?,
                who: who.await?,
                id: id.await?.into_inner(),
                request,
            })
        })
    }
}
