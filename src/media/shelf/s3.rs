//! Objects in a bucket of any service that speaks S3, streamed both ways.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{Response, StatusCode};

use super::sign::Signer;
use super::{Shelf, Span};
use crate::clock::Clock;
use crate::config::S3Config;
use crate::media::model::Sha256;

/// The most of an error's text that goes to the log.
const SAID: u64 = 400;

pub(in crate::media) struct S3 {
    agent: Agent,
    config: S3Config,
    clock: Clock,
}

impl S3 {
    pub(in crate::media) fn new(config: S3Config, clock: Clock) -> Self {
        let local = config.endpoint.scheme() == "http";
        let builder = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would need a signature of its own; it means that the region is wrong.
            .max_redirects(0)
            .https_only(!local)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_global(Some(Duration::from_secs(600)));
        // Plain http is for this machine only (`config`), which no proxy reaches.
        let builder = if local { builder.proxy(None) } else { builder };
        Self {
            agent: Agent::new_with_config(builder.build()),
            config,
            clock,
        }
    }

    fn signed(&self, method: &str, name: Sha256) -> String {
        let S3Config {
            endpoint,
            bucket,
            region,
            access_key,
            secret_key,
            path_style,
        } = &self.config;
        let hex = name.hex();
        let object = format!("{}/{}/{hex}", &hex[..2], &hex[2..4]);
        let mut url = endpoint.clone();
        if *path_style {
            url.set_path(&format!("{bucket}/{object}"));
        } else {
            let host = format!("{bucket}.{}", endpoint.host_str().unwrap_or_default());
            // `config` has checked that the bucket is a name of a host.
            let _ = url.set_host(Some(&host));
            url.set_path(&object);
        }
        let signer = Signer {
            access_key,
            secret_key: secret_key.reveal(),
            region,
        };
        signer.sign(method, &url, self.clock.now().to_utc()).to_string()
    }
}

impl Shelf for S3 {
    fn put(&self, name: Sha256, _: &Path, mut file: File, size: u64) -> io::Result<()> {
        io::Seek::rewind(&mut file)?;
        let answer = self
            .agent
            .put(self.signed("PUT", name))
            .header("content-length", size.to_string())
            .header("content-type", "application/octet-stream")
            .send(&file)
            .map_err(io::Error::other)?;
        match answer.status() {
            StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
            _ => Err(refused(answer)),
        }
    }

    fn open(&self, name: Sha256, span: Span) -> io::Result<Box<dyn Read + Send>> {
        // First and last byte: not every server reads the other forms rightly.
        let range = format!("bytes={}-{}", span.from, span.from + span.length.saturating_sub(1));
        let answer = self
            .agent
            .get(self.signed("GET", name))
            .header("range", range)
            .call()
            .map_err(io::Error::other)?;
        let whole = answer.status() == StatusCode::OK;
        if !whole && answer.status() != StatusCode::PARTIAL_CONTENT {
            return Err(refused(answer));
        }
        let mut reader = answer.into_body().into_with_config().limit(u64::MAX).reader();
        if whole && span.from > 0 {
            io::copy(&mut reader.by_ref().take(span.from), &mut io::sink())?;
        }
        Ok(Box::new(reader.take(span.length)))
    }

    fn remove(&self, name: Sha256) -> io::Result<()> {
        let answer = self
            .agent
            .delete(self.signed("DELETE", name))
            .call()
            .map_err(io::Error::other)?;
        match answer.status() {
            StatusCode::OK | StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(refused(answer)),
        }
    }
}

/// The service's words are for the log; they name no file's content.
fn refused(answer: Response<ureq::Body>) -> io::Error {
    let status = answer.status();
    let mut said = String::new();
    let _ = answer.into_body().into_reader().take(SAID).read_to_string(&mut said);
    let kind = match status {
        StatusCode::NOT_FOUND => io::ErrorKind::NotFound,
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, format!("the store answered {status}: {said}"))
}
