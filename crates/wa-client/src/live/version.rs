//! Which version of WhatsApp Web clients name themselves as.
//!
//! WhatsApp refuses versions that are some months old, for linking earlier than for logging in. Its own page names the
//! current one. That page may not answer, so the last version that it named is kept in the key store; a build that has
//! never reached it takes its own. The operator can choose another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use url::Url;
use wacore::net::{HttpClient as _, HttpRequest};

use super::http::Http;
use super::options::LiveOptions;
use crate::store::KeyStore;
use crate::{ClientVersion, VersionSource, WebVersion};

const PAGE: &str = "https://web.whatsapp.com/sw.js";
/// Other programs than browsers get another page.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 \
                       Safari/537.36";
/// Some days after WhatsApp released it: 1 July 2026.
const BUILT_IN: ClientVersion = ClientVersion {
    version: WebVersion(2, 3000, 1_042_742_319),
    current_at_ms: 1_782_864_000_000,
    source: VersionSource::BuiltIn,
};
const FRESH_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// A client that waits for it connects with the last one instead.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// A page that does not answer is left alone for so long.
const TRY_EVERY: Duration = Duration::from_secs(60);

pub(super) struct Versions {
    chosen: Option<WebVersion>,
    page: Option<Url>,
    http: Http,
    keys: KeyStore,
    /// What the page named last, once the key store was asked.
    last: tokio::sync::Mutex<Option<ClientVersion>>,
    tried: Mutex<Option<Instant>>,
    /// WhatsApp has refused the last version.
    refused: Arc<AtomicBool>,
}

impl Versions {
    pub(super) fn new(options: &LiveOptions, http: Http, keys: KeyStore) -> Self {
        let own_page = || options.url.is_none().then(|| Url::parse(PAGE).ok()).flatten();
        Self {
            chosen: options.version,
            page: options.version_page.clone().or_else(own_page),
            http,
            keys,
            last: tokio::sync::Mutex::default(),
            tried: Mutex::default(),
            refused: Arc::default(),
        }
    }

    /// The version for a client that starts now. Waits for the page only when nothing else is known, or when WhatsApp
    /// refused what is.
    pub(super) async fn current(self: &Arc<Self>) -> WebVersion {
        if let Some(version) = self.chosen {
            return version;
        }
        let last = self.last().await;
        let fresh = last.is_some_and(|last| age(last) < FRESH_FOR);
        if fresh && !self.refused.load(Ordering::Relaxed) {
            return last.unwrap_or(BUILT_IN).version;
        }
        if last.is_some() && !self.refused.load(Ordering::Relaxed) {
            let later = Arc::clone(self);
            tokio::spawn(async move { later.ask().await });
        } else {
            self.ask().await;
        }
        self.last().await.unwrap_or(BUILT_IN).version
    }

    /// Set by a client whose version WhatsApp refused: the next one asks the page first.
    pub(super) fn refused(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.refused)
    }

    /// What the next client names itself as, for people.
    pub(super) async fn known(&self) -> Option<ClientVersion> {
        let last = self.last().await;
        match self.chosen {
            // Whether a chosen version is current is known only if it is the one of the page, or of the build.
            Some(version) => {
                let same = |known: &ClientVersion| known.version == version;
                let known = last.filter(same).or(Some(BUILT_IN).filter(same));
                Some(ClientVersion {
                    version,
                    current_at_ms: known.map_or(0, |known| known.current_at_ms),
                    source: VersionSource::Chosen,
                })
            }
            None => self.page.as_ref().map(|_| last.unwrap_or(BUILT_IN)),
        }
    }

    async fn last(&self) -> Option<ClientVersion> {
        let mut last = self.last.lock().await;
        if last.is_none() {
            *last = match self.keys.client_version().await {
                Ok(stored) => stored.map(|(version, current_at_ms)| ClientVersion {
                    version,
                    current_at_ms,
                    source: VersionSource::Fetched,
                }),
                Err(error) => {
                    tracing::warn!(%error, "the last version of WhatsApp Web cannot be read");
                    None
                }
            };
        }
        *last
    }

    /// Asks the page, and keeps its answer.
    async fn ask(&self) {
        let Some(page) = &self.page else { return };
        {
            let mut tried = self.tried.lock();
            if tried.is_some_and(|at| at.elapsed() < TRY_EVERY) {
                return;
            }
            *tried = Some(Instant::now());
        }
        let answer = tokio::time::timeout(ANSWERS_WITHIN, self.fetch(page)).await;
        let version = match answer {
            Ok(Ok(version)) => version,
            Ok(Err(error)) => return tracing::warn!(%error, "WhatsApp does not name its version; the last one is used"),
            Err(_elapsed) => return tracing::warn!("WhatsApp's page did not answer; the last version is used"),
        };
        self.refused.store(false, Ordering::Relaxed);
        let current_at_ms = wacore::time::now_millis();
        *self.last.lock().await = Some(ClientVersion {
            version,
            current_at_ms,
            source: VersionSource::Fetched,
        });
        if let Err(error) = self.keys.set_client_version(version, current_at_ms).await {
            tracing::warn!(%error, "the version of WhatsApp Web could not be stored");
        }
    }

    async fn fetch(&self, page: &Url) -> anyhow::Result<WebVersion> {
        let request = HttpRequest::get(page.as_str())
            .with_header("sec-fetch-site", "none")
            .with_header("user-agent", BROWSER);
        let answer = self.http.execute(request).await?;
        anyhow::ensure!(answer.status_code == 200, "the page answers {}", answer.status_code);
        let text = String::from_utf8_lossy(&answer.body);
        let (primary, secondary, tertiary) =
            whatsapp_rust::version::parse_sw_js(&text).ok_or_else(|| anyhow::anyhow!("the page names no version"))?;
        Ok(WebVersion(primary, secondary, tertiary))
    }
}

fn age(version: ClientVersion) -> Duration {
    let since = wacore::time::now_millis().saturating_sub(version.current_at_ms);
    // One from the future is from a clock that was wrong.
    u64::try_from(since).map_or(Duration::MAX, Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::store::MasterKey;

    const NEW: WebVersion = WebVersion(2, 3000, 1_050_000_000);

    /// A page that answers as often as there are answers, and refuses connections afterwards.
    fn page(answers: Vec<String>) -> (Url, std::thread::JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/sw.js", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let served = std::thread::spawn(move || {
            let mut served = 0;
            for answer in answers {
                let (mut socket, _) = listener.accept().unwrap();
                let _head = socket.read(&mut [0; 4096]).unwrap();
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
                write!(socket, "{head} {}\r\n\r\n{answer}", answer.len()).unwrap();
                served += 1;
            }
            served
        });
        (url, served)
    }

    fn named(version: WebVersion) -> String {
        format!("x={{\"client_revision\":{}}};", version.2)
    }

    struct Kept(tempfile::TempDir);

    impl Kept {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn keys(&self) -> KeyStore {
            KeyStore::open(&self.0.path().join("wa.db"), &MasterKey::from([7; 32])).unwrap()
        }
    }

    fn versions(page: Option<Url>, keys: &KeyStore, chosen: Option<WebVersion>) -> Arc<Versions> {
        let options = LiveOptions {
            url: Some("ws://127.0.0.1:9/ws".parse().unwrap()),
            version: chosen,
            version_page: page,
            ..LiveOptions::default()
        };
        Arc::new(Versions::new(&options, Http::new(true), keys.clone()))
    }

    #[tokio::test]
    async fn the_last_good_version_is_used_while_the_page_does_not_answer() {
        let kept = Kept::new();
        let keys = kept.keys();
        let (url, served) = page(vec![named(NEW)]);
        assert_eq!(versions(Some(url.clone()), &keys, None).current().await, NEW);
        assert_eq!(served.join().unwrap(), 1);
        // Another run of the program, and nobody listens there any more.
        let later = versions(Some(url), &keys, None);
        later.refused().store(true, Ordering::Relaxed);
        assert_eq!(later.current().await, NEW);
        assert_eq!(
            later.known().await.map(|known| known.source),
            Some(VersionSource::Fetched)
        );
    }

    #[tokio::test]
    async fn a_program_that_never_reached_the_page_has_a_version_of_its_own() {
        let kept = Kept::new();
        let (url, served) = page(Vec::new());
        served.join().unwrap();
        let alone = versions(Some(url), &kept.keys(), None);
        assert_eq!(alone.current().await, BUILT_IN.version);
        assert_eq!(alone.known().await, Some(BUILT_IN));
    }

    #[tokio::test]
    async fn a_refused_version_is_asked_for_again_and_a_fresh_one_is_not() {
        let kept = Kept::new();
        let keys = kept.keys();
        let newer = WebVersion(2, 3000, 1_060_000_000);
        keys.set_client_version(NEW, wacore::time::now_millis()).await.unwrap();
        let (url, served) = page(vec![named(newer)]);
        let versions = versions(Some(url), &keys, None);
        assert_eq!(versions.current().await, NEW);
        versions.refused().store(true, Ordering::Relaxed);
        assert_eq!(versions.current().await, newer);
        assert_eq!(
            keys.client_version().await.unwrap().map(|(version, _)| version),
            Some(newer)
        );
        assert_eq!(served.join().unwrap(), 1, "one request, after the refusal");
    }

    #[tokio::test]
    async fn what_the_operator_chose_is_used_and_nobody_is_asked() {
        let kept = Kept::new();
        let chosen = versions(None, &kept.keys(), Some(NEW));
        assert_eq!(chosen.current().await, NEW);
        let known = chosen.known().await.unwrap();
        assert_eq!((known.source, known.current_at_ms), (VersionSource::Chosen, 0));
    }
}
