//! What a workspace's files take, and how long it keeps them.

use actix_web::HttpRequest;
use actix_web::web::{Data, Form};
use askama::Template;
use serde::Deserialize;

use crate::accounts::{Permission, Scope};
use crate::i18n::{T, Text};
use crate::media::{Media, Usage};
use crate::plans::{Plans, Quota};
use crate::site::plans::meter_of;
use crate::site::subnav::{self, SettingsTab};
use crate::web::filters;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::RenderMode;
use crate::web::views::{Meter, Subnav};

const PAGE: &str = "/settings/storage";
/// What the form offers, in days.
const CHOICES: [u32; 5] = [30, 90, 180, 365, 730];

/// `GET /settings/storage`.
#[derive(Template)]
#[template(path = "media/storage.html", blocks = ["main"])]
pub struct StoragePage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub meter: Meter,
    pub parts: Vec<Part>,
    pub choices: Vec<Choice>,
    pub can_manage: bool,
}

/// One kind of files.
pub struct Part {
    pub label: String,
    pub size: String,
}

/// One span of the form.
pub struct Choice {
    /// Empty: as long as the messages.
    pub days: String,
    pub label: String,
    pub chosen: bool,
}

#[derive(Deserialize)]
pub struct KeepForm {
    #[serde(default)]
    keep: String,
}

pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    media: Data<Media>,
    plans: Data<Plans>,
) -> PageResult {
    let (usage, days) = media.usage(scope).await?;
    let used = plans.usage(scope).await?;
    let t = frame.t;
    let page = StoragePage {
        subnav: subnav::settings(&frame, SettingsTab::Storage),
        meter: meter_of(t, &used, Quota::StorageBytes),
        parts: parts(t, usage),
        choices: choices(t, days),
        can_manage: scope.role.may(Permission::ManageWorkspace) && !frame.read_only,
        frame: frame.at(Section::Settings),
    };
    Ok(mode.html(&page, page.as_main()))
}

fn parts(t: T, usage: Usage) -> Vec<Part> {
    let Usage {
        bytes,
        pictures,
        sounds,
        videos,
        ..
    } = usage;
    let rest = bytes.saturating_sub(pictures + sounds + videos);
    let part = |key: &str, size| Part {
        label: t.get(key),
        size: t.size(size),
    };
    vec![
        part("media-part-pictures", pictures),
        part("media-part-sounds", sounds),
        part("media-part-videos", videos),
        part("media-part-documents", rest),
    ]
}

fn choices(t: T, chosen: Option<u32>) -> Vec<Choice> {
    let always = Choice {
        days: String::new(),
        label: t.get("media-keep-always"),
        chosen: chosen.is_none(),
    };
    let spans = CHOICES.iter().map(|days| Choice {
        days: days.to_string(),
        label: t.text(&Text::new("media-keep-days").count(*days)),
        chosen: chosen == Some(*days),
    });
    std::iter::once(always).chain(spans).collect()
}

/// `POST /settings/storage`.
pub async fn change(
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Form<KeepForm>,
    media: Data<Media>,
) -> PageResult {
    let days = match form.keep.as_str() {
        "" => None,
        days => Some(
            days.parse()
                .ok()
                .filter(|days| CHOICES.contains(days))
                .ok_or_else(|| Problem::bad_request(Text::new("problem-bad-form")))?,
        ),
    };
    media.keep_for(scope, days).await?;
    let said = match days {
        None => Text::new("settings-saved"),
        Some(days) => {
            let (files, bytes) = media.would_clear(scope, days).await?;
            Text::new("media-keep-saved").count(files).size("size", bytes)
        }
    };
    let said = frame.t.text(&said);
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}
