//! Objects in a bucket of any service that speaks S3, streamed both ways.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{Response, StatusCode};

use super::sign::Signer;
use super::{Listed, Probed, Shelf, Span, key_of, name_of};
use crate::clock::Clock;
use crate::config::S3Config;
use crate::media::model::Sha256;

/// The most of an error's text that goes to the log.
const SAID: u64 = 400;
/// The most of a listing: a thousand keys with what is said of each.
const LIST: u64 = 4 * 1024 * 1024;
/// Where each installation leaves its name.
const INSTALLATIONS: &str = "wamanager-installations/";
/// What a probe writes, and under which key.
const PROBE: &str = "wamanager-probe";

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
        self.signed_key(method, &key_of(name), None)
    }

    /// An empty key is the bucket.
    fn signed_key(&self, method: &str, key: &str, query: Option<&str>) -> String {
        let S3Config {
            endpoint,
            bucket,
            region,
            access_key,
            secret_key,
            path_style,
        } = &self.config;
        let mut url = endpoint.clone();
        if *path_style {
            url.set_path(format!("{bucket}/{key}").trim_end_matches('/'));
        } else {
            let host = format!("{bucket}.{}", endpoint.host_str().unwrap_or_default());
            // `config` has checked that the bucket is a name of a host.
            let _ = url.set_host(Some(&host));
            url.set_path(key);
        }
        url.set_query(query);
        let signer = Signer {
            access_key,
            secret_key: secret_key.reveal(),
            region,
        };
        signer.sign(method, &url, self.clock.now().to_utc()).to_string()
    }

    /// Writes something small.
    fn write(&self, key: &str, text: &str) -> io::Result<Response<ureq::Body>> {
        let answer = self
            .agent
            .put(self.signed_key("PUT", key, None))
            .header("content-type", "text/plain")
            .send(text)
            .map_err(io::Error::other)?;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(refused(answer))
        }
    }

    /// A thousand keys at most that begin with `prefix`, from the one after `after` on; whether there are more.
    fn keys(&self, prefix: &str, after: &str) -> io::Result<(Vec<String>, bool)> {
        let query = format!(
            "list-type=2&max-keys=1000&prefix={}&start-after={}",
            prefix.replace('/', "%2F"),
            after.replace('/', "%2F")
        );
        let answer = self
            .agent
            .get(self.signed_key("GET", "", Some(&query)))
            .call()
            .map_err(io::Error::other)?;
        if answer.status() != StatusCode::OK {
            return Err(refused(answer));
        }
        let mut text = String::new();
        let mut body = answer.into_body().into_with_config().limit(LIST).reader();
        body.read_to_string(&mut text)?;
        Ok(listed(&text))
    }
}

/// Keys of a listing, and whether it goes on. Ours need no escape, so what has one is somebody else's.
fn listed(xml: &str) -> (Vec<String>, bool) {
    let keys = xml.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
    let keys = keys.map(|(key, _)| key.to_owned()).collect();
    (keys, xml.contains("<IsTruncated>true</IsTruncated>"))
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

    fn list(&self, after: Option<&str>) -> io::Result<Listed> {
        let (keys, more) = self.keys("", after.unwrap_or_default())?;
        Ok(Listed {
            names: keys.iter().filter_map(|key| name_of(key)).collect(),
            // A service that sends an empty page and says that it goes on would be asked for ever.
            next: keys.last().filter(|_| more).cloned(),
        })
    }

    fn share(&self, installation: &str) -> io::Result<Vec<String>> {
        self.write(&format!("{INSTALLATIONS}{installation}"), installation)?;
        let (keys, _) = self.keys(INSTALLATIONS, "")?;
        let names = keys.iter().filter_map(|key| key.strip_prefix(INSTALLATIONS));
        Ok(names.filter(|name| *name != installation).map(str::to_owned).collect())
    }

    fn probe(&self) -> io::Result<Probed> {
        let written = self.write(PROBE, PROBE)?;
        let date = written.headers().get("date").and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok());
        let ahead = date.map(|date| date.timestamp() - self.clock.now().0 / 1_000);
        let answer = self.agent.get(self.signed_key("GET", PROBE, None)).call();
        let answer = answer.map_err(io::Error::other)?;
        if answer.status() != StatusCode::OK {
            return Err(refused(answer));
        }
        let mut read = String::new();
        answer.into_body().into_reader().take(SAID).read_to_string(&mut read)?;
        if read != PROBE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let answer = self.agent.delete(self.signed_key("DELETE", PROBE, None)).call();
        let answer = answer.map_err(io::Error::other)?;
        if !answer.status().is_success() {
            return Err(refused(answer));
        }
        let S3Config { endpoint, bucket, .. } = &self.config;
        Ok(Probed {
            place: format!("{} at {}", bucket, endpoint.host_str().unwrap_or_default()),
            ahead,
        })
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
