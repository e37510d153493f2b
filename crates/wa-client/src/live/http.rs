//! The library's HTTP needs (client version, media) on ureq, one agent for all sessions.

use std::time::Duration;

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use ureq::config::Config;
use ureq::{Agent, SendBody};
use url::Url;
use wacore::net::{HttpClient, HttpRequest, HttpResponse, StreamingHttpResponse, UploadBody};

use super::options::{TEST_NETWORK, is_loopback};
use crate::Proxy;

/// The largest response read into memory; history blobs are the biggest ones.
const MAX_BODY: u64 = 128 * 1024 * 1024;

#[derive(Clone)]
pub(super) struct Http {
    agent: Agent,
    plain_on_loopback: bool,
}

impl Http {
    pub(super) fn new(plain_on_loopback: bool) -> Self {
        Self {
            agent: Agent::new_with_config(Self::config()),
            plain_on_loopback,
        }
    }

    /// The same through a proxy.
    pub(super) fn through(&self, proxy: Proxy) -> Self {
        Self {
            agent: super::proxy::agent(Self::config(), proxy),
            plain_on_loopback: self.plain_on_loopback,
        }
    }

    fn config() -> Config {
        Agent::config_builder()
            // The library handles the status itself: 401 and 404 lead to different retries.
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_recv_response(Some(Duration::from_secs(30)))
            .timeout_global(Some(Duration::from_secs(300)))
            .max_idle_connections(4)
            .max_idle_connections_per_host(2)
            .build()
    }

    /// The URL actually requested. The library always writes `https://`.
    fn target(&self, asked: &str) -> anyhow::Result<Url> {
        let mut url = Url::parse(asked).context("the address of a download is not valid")?;
        let local = is_loopback(&url);
        if TEST_NETWORK && !local {
            bail!("this is a test-network build: downloads from other machines are refused");
        }
        if local && self.plain_on_loopback && url.scheme() == "https" {
            // `set_scheme` keeps an explicit port, and https to http is a change it allows.
            if url.set_scheme("http").is_err() {
                bail!("the address of a download cannot be asked over plain http");
            }
        }
        Ok(url)
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        let url = self.target(&request.url)?;
        let agent = self.agent.clone();
        tokio::task::spawn_blocking(move || call(&agent, &url, request))
            .await
            .context("the download was interrupted")?
    }

    /// Without it, a file that comes in would be whole in memory while it is decrypted.
    fn supports_streaming(&self) -> bool {
        true
    }

    fn execute_streaming(&self, request: HttpRequest) -> anyhow::Result<StreamingHttpResponse> {
        let url = self.target(&request.url)?;
        let response = exchange(&self.agent, &url, request)?;
        Ok(StreamingHttpResponse {
            status_code: response.status().as_u16(),
            body: Box::new(response.into_body().into_with_config().limit(MAX_BODY).reader()),
        })
    }

    fn supports_upload_streaming(&self) -> bool {
        true
    }

    fn execute_upload(&self, request: HttpRequest, body: UploadBody, length: u64) -> anyhow::Result<HttpResponse> {
        let url = self.target(&request.url)?;
        let builder = head(&url, &request).header("Content-Length", length);
        let body = SendBody::from_owned_reader(body);
        answer(self.agent.run(builder.body(body)?)?)
    }
}

fn head(url: &Url, request: &HttpRequest) -> ureq::http::request::Builder {
    let mut builder = ureq::http::Request::builder()
        .method(request.method.as_str())
        .uri(url.as_str());
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    builder
}

fn call(agent: &Agent, url: &Url, request: HttpRequest) -> anyhow::Result<HttpResponse> {
    answer(exchange(agent, url, request)?)
}

fn exchange(agent: &Agent, url: &Url, request: HttpRequest) -> anyhow::Result<ureq::http::Response<ureq::Body>> {
    let builder = head(url, &request);
    Ok(match request.body {
        Some(body) => agent.run(builder.body(body.to_vec())?)?,
        None if request.method == "POST" => agent.run(builder.body(Vec::new())?)?,
        None => agent.run(builder.body(())?)?,
    })
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> anyhow::Result<HttpResponse> {
    Ok(HttpResponse {
        status_code: response.status().as_u16(),
        body: response.body_mut().with_config().limit(MAX_BODY).read_to_vec()?,
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[test]
    fn https_on_loopback_becomes_http_only_when_asked_for() {
        assert_eq!(
            Http::new(true).target("https://127.0.0.1:9/mms/x").unwrap().as_str(),
            "http://127.0.0.1:9/mms/x"
        );
        assert_eq!(
            Http::new(false).target("https://127.0.0.1:9/x").unwrap().scheme(),
            "https"
        );
    }

    #[test]
    fn another_machine_is_never_asked_over_plain_http() {
        let target = Http::new(true).target("https://mmg.whatsapp.net/v/t62");
        assert_eq!(target.is_err(), TEST_NETWORK);
        assert!(target.is_err() || target.is_ok_and(|url| url.scheme() == "https"));
    }

    #[tokio::test]
    async fn a_refusing_status_is_an_answer_not_an_error() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut head = [0_u8; 1024];
            let read = socket.read(&mut head).unwrap();
            socket
                .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nconnection: close\r\n\r\ngone")
                .unwrap();
            String::from_utf8_lossy(&head[..read]).into_owned()
        });
        let request = HttpRequest::get(format!("https://127.0.0.1:{port}/mms/image/abc?auth=a"));
        let response = Http::new(true).execute(request).await.unwrap();
        assert_eq!(
            (response.status_code, response.body.as_slice()),
            (404, b"gone".as_slice())
        );
        assert!(server.join().unwrap().starts_with("GET /mms/image/abc?auth=a HTTP/1.1"));
    }
}
