//! Paged lists: `limit` and an opaque `cursor` in, `data` and `next_cursor` out.

use std::fmt::Display;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db;
use crate::i18n::Text;
use crate::web::problem::{Problem, extractor_error};

const DEFAULT_LIMIT: u32 = 50;
pub const MAX_LIMIT: u32 = 100;
/// Distinguishes our cursors from other base64.
const MARK: &str = "after:";

/// The requested page of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paging {
    /// 1 to [`MAX_LIMIT`].
    pub limit: u32,
    /// Where the previous page ended.
    pub after: Option<String>,
}

/// A part of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    pub data: Vec<T>,
    /// For the next page; absent on the last one.
    pub next_cursor: Option<String>,
}

impl Paging {
    /// One row more than the limit, to detect whether there is another page.
    #[must_use]
    pub const fn fetch(&self) -> u32 {
        self.limit + 1
    }

    /// Where the previous page ended, parsed.
    pub fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        self.after
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|_| bad_cursor())
    }

    /// The page of `rows`, at most [`Paging::fetch`] of them; `place` returns a row's cursor.
    pub fn page<R, T>(&self, rows: Vec<R>, place: impl Fn(&R) -> String, view: impl Fn(R) -> T) -> Page<T> {
        let part = db::Page::of(rows, self.limit as usize, |row| encode(&place(row))).map(view);
        Page {
            data: part.rows,
            next_cursor: part.next,
        }
    }

    /// The page that a room has found, which knows itself where it ends.
    pub fn found<R, C: Display, T>(&self, found: db::Page<R, C>, view: impl FnMut(R) -> T) -> Page<T> {
        let part = found.map(view);
        Page {
            data: part.rows,
            next_cursor: part.next.map(|place| encode(&place.to_string())),
        }
    }

    fn parse(query: &str) -> Result<Self, Problem> {
        let mut paging = Self {
            limit: DEFAULT_LIMIT,
            after: None,
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                    paging.limit = limit.ok_or_else(|| {
                        let message = Text::new("api-limit-range").number("most", MAX_LIMIT);
                        bad_parameter().wrong("limit", message)
                    })?;
                }
                "cursor" => paging.after = Some(decode(&value).ok_or_else(bad_cursor)?),
                _ => {}
            }
        }
        Ok(paging)
    }
}

fn encode(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{MARK}{place}"))
}

fn decode(cursor: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix(MARK).map(str::to_owned)
}

/// A query parameter that is not valid here.
#[must_use]
pub fn bad_parameter() -> Problem {
    Problem {
        code: "bad-parameter",
        ..Problem::bad_request(Text::new("api-bad-parameter"))
    }
}

fn bad_cursor() -> Problem {
    bad_parameter().wrong("cursor", Text::new("api-cursor-unknown"))
}

impl FromRequest for Paging {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(req.query_string()).map_err(|problem| extractor_error(problem, req)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_page_by_page_to_its_end() {
        let all: Vec<u32> = (1..=5).collect();
        let (mut seen, mut query) = (Vec::new(), "limit=2".to_owned());
        loop {
            let paging = Paging::parse(&query).unwrap();
            let after: u32 = paging.after().unwrap().unwrap_or(0);
            let rows: Vec<_> = all
                .iter()
                .copied()
                .filter(|n| *n > after)
                .take(paging.fetch() as usize)
                .collect();
            let page = paging.page(rows, ToString::to_string, |n| n);
            assert!(page.data.len() <= 2);
            seen.extend(page.data);
            let Some(next) = page.next_cursor else { break };
            query = format!("limit=2&cursor={next}");
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_limit_or_cursor_that_means_nothing_is_refused() {
        for query in [
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=x",
            "limit=",
            "cursor=!",
            "cursor=YWJj",
            "cursor=",
        ] {
            let problem = Paging::parse(query).unwrap_err();
            assert_eq!(
                (problem.status.as_u16(), problem.code),
                (400, "bad-parameter"),
                "{query}"
            );
        }
        assert_eq!(Paging::parse("other=1").unwrap().limit, DEFAULT_LIMIT);
        let others = Paging::parse(&format!("cursor={}", encode("word"))).unwrap();
        assert!(others.after::<u32>().is_err());
    }
}
