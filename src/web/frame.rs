//! Fills the frame of a page from the request: the visitor, workspace, theme and badges.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpRequest};
use async_trait::async_trait;

use super::auth::visit_of;
use super::flash;
use super::https::PublicUrl;
use super::layout::{Avatar, Banner, Choice, PageFrame, Person, Theme};
use super::problem::{Problem, extractor_error};
use super::render_mode::RenderMode;
use super::views::ToastView;
use crate::accounts::Visit;
use crate::db;
use crate::i18n::{Locale, T};
use crate::mail::Mailer;

/// What the frame shows beside the content.
#[derive(Default)]
pub struct Shown {
    /// The workspaces to switch to.
    pub workspaces: Vec<Choice>,
    /// Banners that ask this member to do something.
    pub notices: Vec<Banner>,
    /// Unread messages in all chats.
    pub unread: u64,
    /// Linked numbers that need attention.
    pub failing: u64,
    /// The newest event; live updates start after it.
    pub cursor: i64,
}

/// The source of the frame's content: the composition root implements it over the rooms' services.
#[async_trait]
pub trait FrameSource: Send + Sync {
    /// In one read, since every page needs it.
    async fn read(&self, t: &T, visit: &Visit) -> db::Result<Shown>;

    /// Banners above every page: the demo, a test build, acting in another person's place.
    fn banners(&self, t: &T, visit: Option<&Visit>) -> Vec<Banner>;
}

/// Provided as `Data<Frame>`.
pub type Frame = Arc<dyn FrameSource>;

/// The reader's texts: the workspace's zone, and so far one language.
#[must_use]
pub fn reader_of(visit: Option<&Visit>) -> T {
    let zone = visit
        .and_then(|visit| visit.membership.as_ref())
        .map_or(crate::zone::Zone::UTC, |m| m.workspace.time_zone);
    T::new(Locale::En, zone)
}

#[must_use]
pub fn theme_of(request: &HttpRequest) -> Theme {
    request
        .cookie(Theme::COOKIE)
        .map_or(Theme::default(), |cookie| Theme::from_word(cookie.value()))
}

/// The frame of a page for this request; counts are for members only.
pub async fn frame_for(request: &HttpRequest) -> db::Result<PageFrame> {
    let visit = visit_of(request);
    let source = request.app_data::<Data<Frame>>();
    let t = reader_of(visit.as_ref());
    let mut frame = PageFrame::public(t, String::new(), theme_of(request));
    let mailer = request.app_data::<Data<Mailer>>();
    frame.mails = mailer.is_some_and(|mailer| mailer.server().is_some());
    frame.https = PublicUrl::of(request).map(|public| public.shown().to_owned());
    frame.banners = source
        .map(|source| source.banners(&t, visit.as_ref()))
        .unwrap_or_default();
    frame.said = flash::left(request).map(|(tone, text)| ToastView {
        t,
        tone,
        text,
        code: None,
    });
    let Some(visit) = visit else { return Ok(frame) };
    // A fragment goes into a page that has its frame already.
    if let Some(source) = source.filter(|_| RenderMode::of(request) == RenderMode::Page) {
        let shown = source.read(&t, &visit).await?;
        frame.workspaces = shown.workspaces;
        frame.banners.extend(shown.notices);
        (frame.unread, frame.failing, frame.cursor) = (shown.unread, shown.failing, shown.cursor);
    }
    Ok(frame.with_visit(visit))
}

impl PageFrame {
    /// Sets the visitor's name, workspace and token in the frame.
    #[must_use]
    pub fn with_visit(mut self, visit: Visit) -> Self {
        self.role = visit.membership.as_ref().map(|membership| membership.role);
        (self.is_admin, self.read_only) = (visit.is_admin(), visit.read_only());
        self.workspace = visit
            .membership
            .map(|membership| membership.workspace.name)
            .unwrap_or_default();
        self.csrf = visit.csrf;
        self.person = Some(Person {
            avatar: Avatar::of(visit.user.public_id.as_str(), &visit.user.name),
            email: (!self.read_only).then(|| visit.user.email.to_string()),
            name: visit.user.name,
        });
        self
    }
}

impl FromRequest for PageFrame {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            frame_for(&req)
                .await
                .map_err(|e| extractor_error(Problem::from(e), &req))
        })
    }
}
