//! One file as a response: ranges, entity tags, and what a browser may do with it.

use std::io;

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use crate::media::{self, Chunks, Media, MediaError, MediaFile, Span};

/// A file never changes, but whoever leaves the workspace must not find it in the browser for long.
pub(super) const CACHED: &str = "private, max-age=3600";
/// Even a file that was taken for a picture runs nothing and loads nothing.
const ALONE: &str = "default-src 'none'; sandbox";

/// What the reader wants with the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Show,
    Save,
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Span),
    /// Nothing of it exists.
    Nothing,
}

pub(super) async fn serve(
    request: &HttpRequest,
    media: &Media,
    file: &MediaFile,
    way: Way,
    name: Option<&str>,
) -> Result<HttpResponse, MediaError> {
    let tag = format!("\"{}\"", file.sha256.hex());
    if is_known(request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, tag)).finish());
    }
    let (status, span) = match wanted(request, &tag, file.size) {
        Wanted::Whole => (StatusCode::OK, whole(file.size)),
        Wanted::Part(span) => (StatusCode::PARTIAL_CONTENT, span),
        Wanted::Nothing => {
            let mut reply = HttpResponse::RangeNotSatisfiable();
            reply.insert_header((CONTENT_RANGE, format!("bytes */{}", file.size)));
            return Ok(reply.finish());
        }
    };
    let chunks = media.open(file, span).await?;
    let shown = way == Way::Show && media::is_shown(&file.mime);
    let mut reply = HttpResponse::build(status);
    reply
        .insert_header((
            CONTENT_TYPE,
            if shown {
                file.mime.as_str()
            } else {
                saved_type(&file.mime)
            },
        ))
        .insert_header((CONTENT_DISPOSITION, disposition(file, name, shown)))
        .insert_header((CONTENT_SECURITY_POLICY, ALONE))
        // What is compressed already is not compressed again, and a part must be one of the plain bytes.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((CACHE_CONTROL, CACHED))
        .insert_header((ETAG, tag));
    if status == StatusCode::PARTIAL_CONTENT {
        let last = span.from + span.length - 1;
        reply.insert_header((CONTENT_RANGE, format!("bytes {}-{last}/{}", span.from, file.size)));
    }
    Ok(reply.body(SizedStream::new(span.length, stream_of(chunks))))
}

fn stream_of(mut chunks: Chunks) -> impl futures_util::Stream<Item = Result<bytes::Bytes, io::Error>> {
    stream::poll_fn(move |context| chunks.poll_recv(context))
}

/// Whether the browser has it already.
pub(super) fn is_known(request: &HttpRequest, tag: &str) -> bool {
    header(request, &IF_NONE_MATCH).is_some_and(|known| known == "*" || known.split(',').any(|one| one.trim() == tag))
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn whole(size: u64) -> Span {
    Span { from: 0, length: size }
}

/// One range is answered with that part; several, as any server may, with the whole file.
fn wanted(request: &HttpRequest, tag: &str, size: u64) -> Wanted {
    let Some(range) = header(request, &RANGE) else {
        return Wanted::Whole;
    };
    // The rest of another version would be of no use.
    if header(request, &IF_RANGE).is_some_and(|version| version != tag) {
        return Wanted::Whole;
    }
    range_of(range, size)
}

fn range_of(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .filter(|range| !range.contains(','))
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::Whole;
    };
    let (from, to) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.min(size.saturating_sub(1))),
        (Ok(from), Err(_)) if last.is_empty() => (from, size.saturating_sub(1)),
        (Err(_), Ok(0)) if first.is_empty() => return Wanted::Nothing,
        (Err(_), Ok(length)) if first.is_empty() => (size.saturating_sub(length), size.saturating_sub(1)),
        _ => return Wanted::Whole,
    };
    if from >= size {
        return Wanted::Nothing;
    }
    Wanted::Part(Span {
        from,
        length: to - from + 1,
    })
}

/// Markup keeps its name and loses its type, so that no browser opens it as a page of ours.
fn saved_type(mime: &str) -> &str {
    let harmless = mime.starts_with("audio/") || mime.starts_with("video/") || mime == "application/pdf";
    if harmless { mime } else { "application/octet-stream" }
}

/// A name of the sender's is given as text that no browser takes for anything else; without one, the file's id.
fn disposition(file: &MediaFile, name: Option<&str>, shown: bool) -> String {
    let place = if shown { "inline" } else { "attachment" };
    let plain = format!("{}.{}", file.public_id, media::extension(&file.mime));
    match name.map(media::harmless_name).filter(|name| !name.is_empty()) {
        Some(name) => format!("{place}; filename=\"{plain}\"; filename*=UTF-8''{}", escaped(&name)),
        None => format!("{place}; filename=\"{plain}\""),
    }
}

fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    name.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_escaped_byte_by_byte() {
        assert_eq!(escaped("ü \"1\".pdf"), "%C3%BC%20%221%22.pdf");
    }

    #[test]
    fn a_range_is_first_and_last_byte_with_either_left_out() {
        let part = |from, length| Wanted::Part(Span { from, length });
        for (range, wanted) in [
            ("bytes=0-9", part(0, 10)),
            ("bytes=90-", part(90, 10)),
            ("bytes=-10", part(90, 10)),
            ("bytes=-1000", part(0, 100)),
            ("bytes=95-1000", part(95, 5)),
            ("bytes=100-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-1", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
        ] {
            assert_eq!(range_of(range, 100), wanted, "{range}");
        }
    }
}
