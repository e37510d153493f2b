//! Styles, scripts and icons: embedded, under hashed names, compressed.
//!
//! The style sheets of `assets/css` become one `css/app.css` in the order of [`SHEETS`]. Every file is served under a
//! name that contains the start of its SHA-256, so that browsers may cache it for ever; compressed bodies are made at
//! the first request and kept.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{LazyLock, OnceLock};

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::compress::accepts;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// The order matters only for `reset.css`, which declares the layers.
pub const SHEETS: &[&str] = &[
    "reset",
    "tokens",
    "base",
    "layout",
    "nav",
    "controls",
    "pieces",
    "table",
    "team",
    "sessions",
    "chats",
    "bubble",
    "composer",
    "handling",
    "auth",
    "demo",
    "docs",
    "utilities",
];

/// Saves 4 KB of every page's first load over 9, once in the life of the program.
const BROTLI_QUALITY: u32 = 11;

/// Scripts of others are served as they came.
const VENDORED: &[&str] = &["js/htmx.js", "js/hx-sse.js"];

struct Asset {
    url: String,
    etag: String,
    mime: &'static str,
    plain: Bytes,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

struct Catalogue {
    by_path: HashMap<String, usize>,
    by_url: HashMap<String, usize>,
    assets: Vec<Asset>,
}

// The files cannot change while the program runs, so one copy for the process is not hidden state.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::load);

/// The address of an embedded file, for example `asset("css/app.css")`; the path itself when there is no such file.
#[must_use]
pub fn asset(path: &str) -> &str {
    match CATALOGUE.by_path.get(path) {
        Some(&index) => &CATALOGUE.assets[index].url,
        None => path,
    }
}

/// `GET /assets/{name}`.
pub async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(asset) = CATALOGUE
        .by_url
        .get(name.as_str())
        .map(|&index| &CATALOGUE.assets[index])
    else {
        return HttpResponse::NotFound().finish();
    };
    let mut reply = HttpResponse::Ok();
    if header_of(&request, header::IF_NONE_MATCH).is_some_and(|tags| tags.contains(&asset.etag)) {
        reply = HttpResponse::NotModified();
    }
    reply
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::ETAG, asset.etag.clone()))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CONTENT_TYPE, asset.mime));
    let (encoding, body) = asset.body_for(header_of(&request, header::ACCEPT_ENCODING).unwrap_or_default());
    // An explicit "identity" keeps the compressing middleware away from what is compressed already.
    reply.insert_header((header::CONTENT_ENCODING, encoding)).body(body)
}

fn header_of(request: &HttpRequest, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

impl Catalogue {
    fn load() -> Self {
        let mut catalogue = Self {
            by_path: HashMap::new(),
            by_url: HashMap::new(),
            assets: Vec::new(),
        };
        catalogue.add("css/app.css", bundle());
        for path in Files::iter().filter(|path| !path.starts_with("css/") && !path.ends_with(".md")) {
            if let Some(file) = Files::get(&path) {
                let ours = path.ends_with(".js") && !VENDORED.contains(&path.as_ref());
                catalogue.add(&path, if ours { lean(&file.data) } else { file.data });
            }
        }
        catalogue
    }

    fn add(&mut self, path: &str, data: Cow<'static, [u8]>) {
        let hash = Sha256::digest(&data)
            .iter()
            .take(8)
            .fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
        let (stem, extension) = path.rsplit_once('.').unwrap_or((path, ""));
        let name = format!("{stem}.{hash}.{extension}");
        self.by_path.insert(path.to_owned(), self.assets.len());
        self.by_url.insert(name.clone(), self.assets.len());
        self.assets.push(Asset {
            url: format!("/assets/{name}"),
            etag: format!("\"{hash}\""),
            mime: mime_of(extension),
            plain: match data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            },
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        });
    }
}

fn bundle() -> Cow<'static, [u8]> {
    let mut all = Vec::new();
    for sheet in SHEETS {
        if let Some(file) = Files::get(&format!("css/{sheet}.css")) {
            all.extend_from_slice(&file.data);
        }
    }
    Cow::Owned(tight(&lean(&all)))
}

/// A style sheet without blanks around braces and semicolons. No string of ours holds one of these.
fn tight(sheet: &[u8]) -> Vec<u8> {
    let (mut out, mut after_mark) = (Vec::with_capacity(sheet.len()), true);
    for &byte in sheet {
        if after_mark && byte.is_ascii_whitespace() {
            continue;
        }
        after_mark = matches!(byte, b'{' | b'}' | b';');
        if after_mark {
            out.truncate(out.trim_ascii_end().len());
        }
        out.push(byte);
    }
    out
}

/// A script or style sheet of ours without what only its readers need: indentation, and comments that begin a line. A
/// tenth of what a page loads. No literal of ours goes over several lines.
fn lean(source: &[u8]) -> Cow<'static, [u8]> {
    let source = String::from_utf8_lossy(source);
    let (mut lean, mut in_comment) = (String::with_capacity(source.len()), false);
    for line in source.lines() {
        let mut line = line.trim_start();
        in_comment |= line.starts_with("/*");
        if in_comment {
            let Some((_, rest)) = line.split_once("*/") else {
                continue;
            };
            (line, in_comment) = (rest.trim_start(), false);
        }
        if !line.is_empty() && !line.starts_with("//") {
            lean.push_str(line);
            lean.push('\n');
        }
    }
    Cow::Owned(lean.into_bytes())
}

fn mime_of(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

impl Asset {
    fn body_for(&self, accepted: &str) -> (&'static str, Bytes) {
        if accepts(accepted, "br") {
            ("br", self.brotli.get_or_init(|| brotli(&self.plain)).clone())
        } else if accepts(accepted, "gzip") {
            ("gzip", self.gzip.get_or_init(|| gzip(&self.plain)).clone())
        } else {
            ("identity", self.plain.clone())
        }
    }
}

fn brotli(plain: &[u8]) -> Bytes {
    let mut out = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut out, 4096, BROTLI_QUALITY, 22);
    writer
        .write_all(plain)
        .and_then(|()| writer.flush())
        .expect("writing to memory cannot fail");
    drop(writer);
    Bytes::from(out)
}

fn gzip(plain: &[u8]) -> Bytes {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let written = writer.write_all(plain).and_then(|()| writer.finish());
    Bytes::from(written.expect("writing to memory cannot fail"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_sheet_is_in_the_bundle() {
        let mut on_disk: Vec<_> = Files::iter()
            .filter_map(|path| Some(path.strip_prefix("css/")?.strip_suffix(".css")?.to_owned()))
            .collect();
        let mut listed: Vec<_> = SHEETS.iter().map(|sheet| (*sheet).to_owned()).collect();
        on_disk.sort();
        listed.sort();
        assert_eq!(on_disk, listed);
    }

    #[test]
    fn vendored_files_match_the_list() {
        let list = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/js/VENDORED.md")).unwrap();
        let rows: Vec<Vec<&str>> = list
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
            .collect();
        assert!(rows.len() >= 3, "the list of vendored files has too few rows");
        for row in rows {
            let data = Files::get(row[1])
                .unwrap_or_else(|| panic!("{} is listed but not there", row[1]))
                .data;
            let hash: String = Sha256::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hash, row[6], "{} was changed", row[1]);
        }
    }

    #[test]
    fn what_every_page_loads_stays_small() {
        let first_load = [
            "css/app.css",
            "js/htmx.js",
            "js/hx-sse.js",
            "js/app.js",
            "js/team.js",
            "js/attach.js",
            "icons/sprite.svg",
        ];
        let sent: usize = first_load
            .iter()
            .map(|path| gzip(&CATALOGUE.assets[CATALOGUE.by_path[*path]].plain).len())
            .sum();
        assert!(
            sent < 60_000,
            "{sent} bytes before the page itself, of the 100 KB a page may take"
        );
    }

    #[test]
    fn only_comments_of_their_own_lines_and_indentation_are_left_out() {
        let source = b"// why\n  a(\"//x\"); // b\n/* one\n   two */ .c {\n\n    d: e; /* f */\n}\n";
        assert_eq!(&*lean(source), b"a(\"//x\"); // b\n.c {\nd: e; /* f */\n}\n");
    }

    #[test]
    fn a_style_sheet_has_no_blanks_around_braces_and_semicolons() {
        assert_eq!(
            tight(b"a b {\nc: d e; }\n.f > g { h: i }\n"),
            b"a b{c: d e;}.f > g{h: i}"
        );
    }

    #[test]
    fn the_smallest_accepted_coding_is_chosen() {
        let asset = &CATALOGUE.assets[CATALOGUE.by_path["js/app.js"]];
        assert_eq!(asset.body_for("gzip, deflate, br").0, "br");
        assert_eq!(asset.body_for("gzip;q=1.0, br;q=0").0, "gzip");
        let (coding, body) = asset.body_for("");
        assert_eq!((coding, &body), ("identity", &asset.plain));
    }

    #[test]
    fn names_carry_the_hash_of_the_content() {
        let url = asset("css/app.css");
        assert!(
            url.starts_with("/assets/css/app.") && url.ends_with(".css") && url.len() > 30,
            "{url}"
        );
        assert_eq!(asset("css/none.css"), "css/none.css");
    }
}
