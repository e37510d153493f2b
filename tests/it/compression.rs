//! Responses as they are on the wire: which are compressed, how, and what their headers say.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{Browser, PASSWORD, TestApp};

/// As browsers send it.
const BROWSER: &str = "gzip, deflate, br, zstd";

/// A response without anything undone.
struct Wire {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Wire {
    fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(one, _)| *one == name).map_or("", |(_, value)| value)
    }

    fn varies_by(&self, what: &str) -> bool {
        self.header("vary")
            .split(", ")
            .any(|one| one.eq_ignore_ascii_case(what))
    }

    /// The text, whatever its coding.
    fn text(&self) -> String {
        let mut text = String::new();
        match self.header("content-encoding") {
            "gzip" => flate2::read::GzDecoder::new(&self.body[..]).read_to_string(&mut text),
            "br" => brotli::Decompressor::new(&self.body[..], 4_096).read_to_string(&mut text),
            "" => (&self.body[..]).read_to_string(&mut text),
            other => panic!("the coding {other:?}"),
        }
        .unwrap();
        text
    }
}

fn open(browser: &Browser, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
    let (_, request) = browser.raw(path, headers);
    let uri = request.uri().clone();
    let mut stream = TcpStream::connect(uri.authority().unwrap().as_str()).unwrap();
    // Only limits how long a failing test hangs.
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
        uri.authority().unwrap()
    );
    for (name, value) in request.headers() {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
    stream
}

async fn exchange(browser: &Browser, method: &str, path: &str, headers: &[(&str, &str)]) -> Wire {
    let mut stream = open(browser, method, path, headers);
    let read = move || {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let (first, rest) = head.split_once("\r\n").unwrap();
        // Values keep their case; the names are compared in lower case.
        let named = rest.lines().filter_map(|line| line.split_once(": "));
        Wire {
            status: first.split(' ').nth(1).unwrap().parse().unwrap(),
            head: named
                .map(|(name, value)| format!("{}: {value}\n", name.to_lowercase()))
                .collect(),
            body: answer[end + 4..].to_vec(),
        }
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

async fn get(browser: &Browser, path: &str, accepted: &str) -> Wire {
    exchange(browser, "GET", path, &[("accept-encoding", accepted)]).await
}

#[tokio::test]
async fn a_page_is_gzip_for_a_browser_and_brotli_for_whoever_reads_nothing_else() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let plain = exchange(&owner.browser, "GET", "/settings", &[]).await;
    assert_eq!((plain.status, plain.header("content-encoding")), (200, ""));
    for (accepted, coding) in [
        (BROWSER, "gzip"),
        ("br, gzip;q=0", "br"),
        ("br", "br"),
        ("*", "gzip"),
        ("deflate", ""),
        ("identity", ""),
    ] {
        let page = get(&owner.browser, "/settings", accepted).await;
        assert_eq!(
            (page.status, page.header("content-encoding")),
            (200, coding),
            "{accepted}"
        );
        assert_eq!(page.text(), plain.text(), "{accepted}");
        assert_eq!(page.header("content-length"), page.body.len().to_string(), "{accepted}");
        assert!(
            coding.is_empty() || page.body.len() * 3 < plain.body.len(),
            "{accepted}"
        );
        for what in ["accept-encoding", "cookie", "hx-request-type"] {
            assert!(page.varies_by(what), "{accepted}: {}", page.header("vary"));
        }
    }
    // A body of some hundred kilobytes, which is compressed beside the others' requests.
    let document = get(&owner.browser, "/v1/openapi.json", BROWSER).await;
    assert_eq!(document.header("content-encoding"), "gzip");
    assert!(document.text().ends_with('}'));
    app.stop().await;
}

#[tokio::test]
async fn a_small_response_stays_as_it_is_and_says_that_it_might_not() {
    let app = TestApp::new().await;
    let small = get(&app.anonymous(), "/v1/users/me", BROWSER).await;
    assert!((10..1_024).contains(&small.body.len()), "{}", small.body.len());
    assert_eq!((small.status, small.header("content-encoding")), (401, ""));
    assert!(small.varies_by("accept-encoding"), "{}", small.head);
    app.stop().await;
}

#[tokio::test]
async fn head_is_answered_with_the_head_of_get() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    for path in ["/settings", "/v1/openapi.json", "/login"] {
        let get = get(&owner.browser, path, BROWSER).await;
        let head = exchange(&owner.browser, "HEAD", path, &[("accept-encoding", BROWSER)]).await;
        assert!(head.body.is_empty(), "{path}");
        for name in ["content-encoding", "content-length", "content-type", "vary", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn the_tag_of_a_compressed_response_is_weak_and_still_says_that_nothing_changed() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    for name in ["Front desk", "Kitchen", "Delivery"] {
        app.app.sessions.create(owner.scope, name).await.unwrap();
    }
    let body = serde_json::json!({ "email": owner.email, "password": PASSWORD });
    let tokens = app.api().post("/v1/auth/login", body).await.expect(200).json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let browser = app.anonymous();
    let ask = async |coding: &str, tag: &str| {
        let mut headers = vec![("accept-encoding", coding), ("authorization", &bearer)];
        if !tag.is_empty() {
            headers.push(("if-none-match", tag));
        }
        exchange(&browser, "GET", "/v1/sessions", &headers).await
    };
    let plain = ask("identity", "").await;
    let strong = plain.header("etag").to_owned();
    assert!(strong.starts_with('"') && plain.body.len() > 1_024, "{}", plain.head);
    let packed = ask(BROWSER, "").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("etag"), format!("W/{strong}"));
    for tag in [strong.clone(), format!("W/{strong}"), format!("\"other\", W/{strong}")] {
        let same = ask(BROWSER, &tag).await;
        assert_eq!((same.status, same.header("content-encoding")), (304, ""), "{tag}");
        assert!(
            same.body.is_empty() && same.varies_by("accept-encoding"),
            "{}",
            same.head
        );
        let weak = tag.contains("W/");
        assert_eq!(
            same.header("etag"),
            if weak { packed.header("etag") } else { &strong },
            "{tag}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn a_live_stream_is_not_held_back_in_order_to_be_compressed() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let mut stream = open(&owner.browser, "GET", "/events", &[("accept-encoding", BROWSER)]);
    let greeting = tokio::task::spawn_blocking(move || {
        let (mut all, mut piece) = (String::new(), [0; 4_096]);
        while !all.contains(": hello") {
            let read = stream.read(&mut piece).unwrap();
            assert!(read > 0, "{all}");
            all += std::str::from_utf8(&piece[..read]).unwrap();
        }
        all.to_lowercase()
    });
    let greeting = greeting.await.unwrap();
    assert!(greeting.contains("content-type: text/event-stream"), "{greeting}");
    assert!(!greeting.contains("content-encoding"), "{greeting}");
    app.stop().await;
}

#[tokio::test]
async fn files_and_their_parts_are_given_out_as_they_are() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let chat = app.one_of_each(&owner).await["chat"].clone();
    let text = "All work and no play makes Jack a dull boy. ".repeat(200);
    let boundary = "a-boundary-of-the-test";
    let form = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"jack.txt\"\r\n\
         content-type: text/plain\r\n\r\n{text}\r\n--{boundary}--\r\n"
    );
    let kind = format!("multipart/form-data; boundary={boundary}");
    let csrf = owner.browser.csrf();
    let headers = [
        ("content-type", kind.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("x-csrf-token", &csrf),
    ];
    let made = owner
        .browser
        .send("POST", &format!("/chats/{chat}/media?as=file"), &headers, &form)
        .await
        .expect(201)
        .json();
    let path = format!("/media/{}", made["id"].as_str().unwrap());
    let whole = get(&owner.browser, &path, BROWSER).await;
    assert_eq!((whole.status, whole.header("content-encoding")), (200, ""));
    assert!(whole.body == text.as_bytes() && whole.header("etag").starts_with('"'));
    let part = [("accept-encoding", BROWSER), ("range", "bytes=0-1999")];
    let part = exchange(&owner.browser, "GET", &path, &part).await;
    assert_eq!((part.status, part.header("content-encoding")), (206, ""));
    assert!(part.body == text.as_bytes()[..2_000]);
    app.stop().await;
}

/// What a browser without anything of ours loads for a page.
async fn cold_weight(browser: &Browser, path: &str) -> usize {
    let page = get(browser, path, BROWSER).await;
    assert_eq!(page.status, 200, "{path}");
    let text = page.text();
    let assets: BTreeSet<&str> = text
        .split('"')
        .filter(|value| value.starts_with("/assets/"))
        .map(|value| value.split('#').next().unwrap())
        .collect();
    assert!(assets.len() > 3, "{path}: {assets:?}");
    let mut weight = page.body.len();
    for asset in assets {
        let asset = get(browser, asset, BROWSER).await;
        assert_eq!((asset.status, asset.header("content-encoding")), (200, "br"));
        assert!(!asset.text().is_empty());
        weight += asset.body.len();
    }
    weight
}

#[tokio::test]
async fn no_page_weighs_more_than_fifty_kilobytes_with_everything_it_loads() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let chat = app.one_of_each(&owner).await["chat"].clone();
    let login = cold_weight(&app.anonymous(), "/login").await;
    assert!(login <= 50_000, "/login: {login} bytes");
    for path in [
        "/chats",
        &format!("/chats/{chat}"),
        "/sessions",
        "/settings",
        "/settings/billing",
        "/docs/api",
    ] {
        let weight = cold_weight(&owner.browser, path).await;
        assert!(weight <= 50_000, "{path}: {weight} bytes");
    }
    app.stop().await;
}
