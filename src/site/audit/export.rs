//! The log as a file, streamed page by page, so that its length does not matter.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use bytes::Bytes;
use futures_util::stream;

use super::render;
use crate::audit::{Act, Audit, Filter, Reader};
use crate::clock::UnixMs;
use crate::i18n::T;
use crate::ids::PublicId;

/// Acts read at a time.
const CHUNK: usize = 500;

const HEADS: [&str; 12] = [
    "audit-csv-time",
    "audit-csv-workspace",
    "audit-csv-actor",
    "audit-csv-person",
    "audit-csv-email",
    "audit-csv-administrator",
    "audit-csv-action",
    "audit-csv-meaning",
    "audit-csv-target",
    "audit-csv-detail",
    "audit-csv-address",
    "audit-csv-id",
];

/// A file to send.
pub(super) struct File {
    audit: Audit,
    reader: Reader,
    filter: Filter,
    t: T,
    next: Next,
}

enum Next {
    Heads,
    After(Option<PublicId>),
    End,
}

impl File {
    pub(super) fn new(audit: &Audit, reader: Reader, filter: Filter, t: T) -> Self {
        Self {
            audit: audit.clone(),
            reader,
            filter,
            t,
            next: Next::Heads,
        }
    }

    pub(super) fn answer(self, now: UnixMs) -> HttpResponse {
        let name = format!("attachment; filename=\"audit-{}.csv\"", self.t.date(now));
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
            .insert_header((CONTENT_DISPOSITION, name))
            .insert_header((CACHE_CONTROL, "no-store"))
            .streaming(stream::unfold(self, |mut file| async move {
                let chunk = file.chunk().await?;
                Some((Ok::<_, std::io::Error>(Bytes::from(chunk)), file))
            }))
    }

    async fn chunk(&mut self) -> Option<String> {
        match std::mem::replace(&mut self.next, Next::End) {
            Next::End => None,
            Next::Heads => {
                self.next = Next::After(None);
                let heads: Vec<_> = HEADS.iter().map(|key| self.t.get(key)).collect();
                // The byte-order mark tells spreadsheet programs that this is UTF-8.
                Some(format!("\u{feff}{}", line(&heads)))
            }
            Next::After(after) => {
                let found = self
                    .audit
                    .page(self.reader, self.filter.clone(), after, CHUNK)
                    .await
                    .inspect_err(|error| tracing::error!(%error, "an export of the audit log was interrupted"))
                    .ok()?;
                if found.next.is_some() {
                    self.next = Next::After(found.next);
                }
                Some(found.rows.iter().map(|act| line(&self.cells(act))).collect())
            }
        }
    }

    fn cells(&self, act: &Act) -> [String; HEADS.len()] {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let email = act.user.as_ref().map(|who| who.email.clone());
        let detail = act.detail.as_object().filter(|object| !object.is_empty());
        [
            act.at.to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            render::workspace_of(self.t, act).unwrap_or_default(),
            act.actor.to_string(),
            render::who(self.t, act),
            text(&email),
            text(&act.impersonator.as_ref().map(|who| who.name.clone())),
            act.action.to_string(),
            self.t.get(&act.action.text_key()),
            text(&act.target),
            detail.map(|_| act.detail.to_string()).unwrap_or_default(),
            text(&act.address),
            act.public_id.to_string(),
        ]
    }
}

/// One line after RFC 4180.
fn line(cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell that spreadsheet programs read as text: a leading apostrophe disarms a formula.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    if formula || cell.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_escaped_as_text() {
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        for start in ["+1", "-1", "@x", "\tx", "\rx"] {
            assert!(quoted(start).starts_with("\"'"), "{start:?}");
        }
        assert_eq!(quoted("Ada, \"the\" Countess"), "\"Ada, \"\"the\"\" Countess\"");
        assert_eq!(quoted("plain"), "plain");
    }
}
