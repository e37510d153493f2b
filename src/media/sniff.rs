//! What a file is, by its content; a name or a declared type is never believed.

use std::io::{self, Read, Seek, SeekFrom};

use super::boxes;
use super::voice::ebml;

/// What is read from the beginning.
const HEAD: usize = 8 * 1024;

/// Kinds of files, as pages treat them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    Picture,
    Sound,
    Video,
    /// To be downloaded.
    Other,
    /// Runs on somebody's machine.
    Program,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sniffed {
    pub mime: &'static str,
    pub class: Class,
}

pub(super) const OPUS: &str = "audio/ogg; codecs=opus";
const UNKNOWN: &str = "application/octet-stream";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/// Types that a page shows in place; all others are downloaded.
const SHOWN: &[(&str, Class)] = &[
    ("image/jpeg", Class::Picture),
    ("image/png", Class::Picture),
    ("image/gif", Class::Picture),
    ("image/webp", Class::Picture),
    (OPUS, Class::Sound),
    ("audio/ogg", Class::Sound),
    ("audio/mpeg", Class::Sound),
    ("audio/mp4", Class::Sound),
    ("audio/aac", Class::Sound),
    ("audio/wav", Class::Sound),
    ("audio/flac", Class::Sound),
    ("audio/webm", Class::Sound),
    ("video/mp4", Class::Video),
    ("video/webm", Class::Video),
];

/// The class of a type that [`sniff`] gave.
pub(super) fn class_of(mime: &str) -> Class {
    SHOWN
        .iter()
        .find(|(shown, _)| *shown == mime)
        .map_or(Class::Other, |(_, class)| *class)
}

/// The end of the name that a file of this type has.
#[must_use]
pub fn extension(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/heif" | "image/heic" => "heic",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/wav" => "wav",
        "audio/aac" => "aac",
        "audio/webm" | "video/webm" => "webm",
        "video/mp4" => "mp4",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "text/plain" => "txt",
        "text/vcard" => "vcf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        mime if mime.starts_with("audio/ogg") => "ogg",
        _ => "bin",
    }
}

pub(super) fn sniff(file: &mut (impl Read + Seek)) -> io::Result<Sniffed> {
    let mut head = Vec::with_capacity(HEAD);
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    if is_program(&head) {
        return Ok(Sniffed {
            mime: UNKNOWN,
            class: Class::Program,
        });
    }
    let mime = match infer::get(&head).map(|found| found.mime_type()) {
        None => text(&head),
        Some("audio/opus") => OPUS,
        Some("audio/m4a" | "audio/x-m4a") => "audio/mp4",
        Some("audio/x-wav") => "audio/wav",
        Some("audio/x-flac") => "audio/flac",
        Some("video/webm" | "video/x-matroska") if !ebml::has_video(file)? => "audio/webm",
        Some("video/mp4" | "video/x-m4v" | "video/quicktime") if !boxes::has_video(file)? => "audio/mp4",
        Some("video/x-m4v") => "video/mp4",
        Some("application/zip") => office(file),
        Some(known) => known,
    };
    Ok(Sniffed {
        mime,
        class: class_of(mime),
    })
}

/// Programs by their first bytes: Windows, Linux, macOS, WebAssembly, and scripts that name what runs them.
fn is_program(head: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[
        b"MZ",
        b"\x7fELF",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        b"\0asm",
        b"dex\n",
        b"#!",
    ];
    STARTS.iter().any(|start| head.starts_with(start))
}

/// Types without a signature. Markup is never shown in place, so it only matters that it is no plain text.
fn text(head: &[u8]) -> &'static str {
    let whole = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The end of what was read may have cut a character.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or(""),
        Err(_) => return UNKNOWN,
    };
    if whole.contains('\0') {
        return UNKNOWN;
    }
    let start = whole.trim_start_matches('\u{feff}').trim_start();
    let begins = |word: &str| {
        start
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if begins("BEGIN:VCARD") {
        "text/vcard"
    } else if begins("<svg") || (begins("<?xml") && whole.contains("<svg")) {
        "image/svg+xml"
    } else if begins("<!doctype html") || begins("<html") {
        "text/html"
    } else {
        "text/plain"
    }
}

/// What is inside a zip: documents of office programs are recognised by their folders, in whatever order those come.
fn office(file: &mut (impl Read + Seek)) -> &'static str {
    let Ok(archive) = zip::ZipArchive::new(file) else {
        return "application/zip";
    };
    let has = |folder: &str| {
        let mut names = archive.file_names();
        names.any(|name| name.is_ok_and(|name| name.starts_with(folder)))
    };
    if has("word/") {
        DOCX
    } else if has("xl/") {
        XLSX
    } else if has("ppt/") {
        PPTX
    } else {
        "application/zip"
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;

    fn mime(bytes: &[u8]) -> &'static str {
        sniff(&mut Cursor::new(bytes)).unwrap().mime
    }

    #[test]
    fn a_program_is_a_program_under_any_name() {
        for bytes in [
            &b"MZ\x90\0\x03"[..],
            b"\x7fELF\x02\x01",
            b"#!/bin/sh\nrm -r /\n",
            b"\0asm\x01",
        ] {
            assert_eq!(sniff(&mut Cursor::new(bytes)).unwrap().class, Class::Program);
        }
    }

    #[test]
    fn texts_and_markup_are_told_apart() {
        assert_eq!(mime("Grüße".as_bytes()), "text/plain");
        assert_eq!(mime(b"BEGIN:VCARD\r\nVERSION:3.0"), "text/vcard");
        assert_eq!(mime(b"\xef\xbb\xbf<svg onload='alert(1)'>"), "image/svg+xml");
        assert_eq!(mime(b"<!DOCTYPE html><script>"), "text/html");
        assert_eq!(mime(b"\xff\xfe\x01\x02"), UNKNOWN);
        assert_eq!(mime(b"nul\0inside"), UNKNOWN);
        // Nothing of these is shown in place.
        for mime in ["text/html", "image/svg+xml", "text/plain", "application/pdf"] {
            assert_eq!(class_of(mime), Class::Other);
        }
    }

    #[test]
    fn an_office_document_is_known_whatever_comes_first_in_it() {
        let with = |names: &[&str]| {
            let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
            for name in names {
                zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(b"<x/>").unwrap();
            }
            zip.finish().unwrap().into_inner()
        };
        assert_eq!(mime(&with(&["docProps/core.xml", "word/document.xml"])), DOCX);
        assert_eq!(mime(&with(&["[Content_Types].xml", "xl/workbook.xml"])), XLSX);
        assert_eq!(mime(&with(&["a.txt"])), "application/zip");
        // A zip that is cut off is still no text.
        let whole = with(&["a.txt"]);
        assert_eq!(mime(&whole[..whole.len() / 2]), "application/zip");
    }

    #[test]
    fn pictures_are_what_their_bytes_say() {
        let mut png = Cursor::new(Vec::new());
        image::RgbImage::new(2, 3)
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        let sniffed = sniff(&mut png).unwrap();
        assert_eq!((sniffed.mime, sniffed.class), ("image/png", Class::Picture));
    }
}
