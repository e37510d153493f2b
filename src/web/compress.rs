//! Compression of responses.
//!
//! A body that is whole in memory is compressed at once, with a state that each thread keeps: a stream that makes its
//! own tables anew costs more than the compression of a page. gzip comes before brotli, which saves another tenth of a
//! page for five times the work. What arrives piece by piece passes as it is: live streams must not wait in a buffer,
//! and files are compressed already or are given out in parts of the plain bytes.

use std::cell::RefCell;
use std::io::Write as _;

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName,
    HeaderValue, IF_NONE_MATCH, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// A smaller body fits into one packet as it is.
const WORTH_IT: usize = 1_024;
/// A larger body would keep its thread from others for some milliseconds.
const AT_ONCE: usize = 256 * 1_024;

const GZIP_LEVEL: u32 = 2;
const BROTLI_QUALITY: u32 = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Coding {
    Gzip,
    Brotli,
}

impl Coding {
    fn accepted(headers: &HeaderMap) -> Option<Self> {
        let header = listed(headers, &ACCEPT_ENCODING);
        match () {
            () if accepts(&header, "gzip") => Some(Self::Gzip),
            () if accepts(&header, "br") => Some(Self::Brotli),
            () => None,
        }
    }

    const fn token(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    fn compress(self, plain: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Gzip => gzip(plain),
            Self::Brotli => brotli(plain),
        }
    }
}

/// Whether an `Accept-Encoding` allows `coding`.
pub fn accepts(header: &str, coding: &str) -> bool {
    let mut by_star = false;
    for one in header.split(',') {
        let (name, parameters) = one.split_once(';').unwrap_or((one, ""));
        let weight = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then_some(value.trim())
        });
        let allowed = weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0));
        match name.trim() {
            "*" => by_star = allowed,
            name if name.eq_ignore_ascii_case(coding) => return allowed,
            _ => {}
        }
    }
    by_star
}

/// All lines of a header as one list.
fn listed(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<&str> = headers.get_all(name).filter_map(|value| value.to_str().ok()).collect();
    values.join(",")
}

/// Middleware: compresses what is worth it. A handler that sets `Content-Encoding`, even `identity`, decides itself.
pub async fn compress(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let coding = Coding::accepted(req.headers());
    let mut response = next.call(req).await?.map_into_boxed_body();
    if decides_itself(response.headers_mut()) {
        return Ok(response);
    }
    if response.status() == StatusCode::NOT_MODIFIED {
        repeat_tag(&mut response);
        vary(response.headers_mut());
        return Ok(response);
    }
    if !is_text(&response) {
        return Ok(response);
    }
    vary(response.headers_mut());
    let (Some(coding), BodySize::Sized(size)) = (coding, response.response().body().size()) else {
        return Ok(response);
    };
    if size < WORTH_IT as u64 {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (mut head, body) = response.into_parts();
    let plain = match body.try_into_bytes() {
        Ok(plain) => plain,
        Err(stream) => return Ok(ServiceResponse::new(request, head.set_body(stream))),
    };
    let body = match compressed(coding, plain.clone()).await {
        Some(small) if small.len() < plain.len() => {
            let headers = head.headers_mut();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.token()));
            headers.remove(CONTENT_LENGTH);
            weaken(headers);
            Bytes::from(small)
        }
        _ => plain,
    };
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body))))
}

async fn compressed(coding: Coding, plain: Bytes) -> Option<Vec<u8>> {
    if plain.len() <= AT_ONCE {
        return coding.compress(&plain);
    }
    web::block(move || coding.compress(&plain)).await.ok().flatten()
}

/// `identity` is a word between handlers and this middleware; on the wire it is none of this header's.
fn decides_itself(headers: &mut HeaderMap) -> bool {
    let Some(coding) = headers.get(CONTENT_ENCODING) else {
        return false;
    };
    if coding == "identity" {
        headers.remove(CONTENT_ENCODING);
    }
    true
}

fn is_text(response: &ServiceResponse<BoxBody>) -> bool {
    let headers = response.headers();
    if headers.contains_key(CONTENT_RANGE) || response.status() == StatusCode::NO_CONTENT {
        return false;
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    kind.starts_with("text/") && kind != "text/event-stream"
        || kind.ends_with("json")
        || kind.ends_with("xml")
        || kind.ends_with("javascript")
}

fn vary(headers: &mut HeaderMap) {
    let known = listed(headers, &VARY);
    let names = |name: &str| name == "*" || name.eq_ignore_ascii_case("Accept-Encoding");
    if known.split(',').any(|name| names(name.trim())) {
        return;
    }
    let all = if known.is_empty() {
        "Accept-Encoding".to_owned()
    } else {
        format!("{known}, Accept-Encoding")
    };
    if let Ok(all) = all.parse() {
        headers.insert(VARY, all);
    }
}

/// A strong tag is one sequence of bytes; the plain and the compressed body share only a weak one.
fn weaken(headers: &mut HeaderMap) {
    let strong = headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let strong = strong.filter(|tag| tag.starts_with('"'));
    if let Some(Ok(weak)) = strong.map(|tag| format!("W/{tag}").parse()) {
        headers.insert(ETAG, weak);
    }
}

/// "Not modified" carries the tag of the response that the client has.
fn repeat_tag(response: &mut ServiceResponse<BoxBody>) {
    let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
    let has = listed(response.request().headers(), &IF_NONE_MATCH);
    if tag.is_some_and(|tag| has.contains(&format!("W/{tag}"))) {
        weaken(response.headers_mut());
    }
}

thread_local! {
    static DEFLATE: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(GZIP_LEVEL), false));
}

/// No name, no time, written by no particular system (RFC 1952).
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// `None` when the library refuses, which leaves the plain body.
fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(GZIP_HEAD.len() + plain.len() / 3 + 64);
    out.extend_from_slice(&GZIP_HEAD);
    DEFLATE.with_borrow_mut(|deflate| {
        deflate.reset();
        loop {
            let read = usize::try_from(deflate.total_in()).ok()?;
            match deflate
                .compress_vec(&plain[read..], &mut out, FlushCompress::Finish)
                .ok()?
            {
                Status::StreamEnd => return Some(()),
                Status::Ok | Status::BufError => out.reserve(out.capacity() / 2),
            }
        }
    })?;
    let mut sum = Crc::new();
    sum.update(plain);
    out.extend_from_slice(&sum.sum().to_le_bytes());
    out.extend_from_slice(&sum.amount().to_le_bytes());
    Some(out)
}

/// The tables of a stream grow with its window: this one holds the body and no more.
fn brotli(plain: &[u8]) -> Option<Vec<u8>> {
    let window = plain.len().next_power_of_two().ilog2().clamp(10, 18);
    let mut out = Vec::with_capacity(plain.len() / 3 + 64);
    let mut writer = brotli::CompressorWriter::new(&mut out, 4_096, BROTLI_QUALITY, window);
    writer.write_all(plain).ok()?;
    // Finishes the stream.
    drop(writer);
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn bodies() -> Vec<Vec<u8>> {
        let noise = |length: u32| {
            (0..length)
                .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
                .collect()
        };
        let words = |times| "Olá, tudo bem? 您好 ".repeat(times).into_bytes();
        vec![
            Vec::new(),
            b"x".to_vec(),
            words(100),
            words(20_000),
            noise(3_000),
            noise(200_000),
        ]
    }

    #[test]
    fn what_is_compressed_is_read_as_it_was_one_after_the_other_on_one_thread() {
        for plain in bodies() {
            let mut read = Vec::new();
            let small = gzip(&plain).unwrap();
            flate2::read::GzDecoder::new(&small[..]).read_to_end(&mut read).unwrap();
            assert!(read == plain, "gzip of {} bytes", plain.len());
            read.clear();
            let small = brotli(&plain).unwrap();
            brotli::Decompressor::new(&small[..], 4_096)
                .read_to_end(&mut read)
                .unwrap();
            assert!(read == plain, "brotli of {} bytes", plain.len());
        }
    }

    #[test]
    fn a_coding_is_accepted_by_name_or_by_star_unless_its_weight_is_none() {
        for (header, gzip, br) in [
            ("gzip, deflate, br, zstd", true, true),
            ("GZIP;q=1.0, br;q=0", true, false),
            ("br ; q=0.5,gzip; Q=0.000", false, true),
            ("*", true, true),
            ("*;q=0", false, false),
            ("gzip;q=0, *", false, true),
            ("identity", false, false),
            ("gzip;q=high", false, false),
            ("x-gzip-like", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                (accepts(header, "gzip"), accepts(header, "br")),
                (gzip, br),
                "{header:?}"
            );
        }
    }
}
