//! HTTP calls to payment providers: over https, with a timeout and a limit for the response.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use url::Url;

use super::provider::ProviderError;
use crate::i18n::Text;

/// Responses are single objects.
const MAX_ANSWER: u64 = 512 * 1024;

/// A provider's base URL and its HTTP agent. Cheap to clone.
#[derive(Clone)]
pub(super) struct Http {
    agent: Agent,
    base: Url,
    authorization: String,
}

/// A request's body.
pub(super) enum Body {
    None,
    /// A form, as Stripe expects it.
    Form(Vec<(String, String)>),
    Json(Value),
}

/// An API call.
pub(super) struct Call {
    pub method: &'static str,
    /// Relative to the base, with query.
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

impl Http {
    /// Plain http is for servers on this machine only; everything else uses https.
    pub(super) fn new(base: Url, authorization: String) -> Self {
        let config = Agent::config_builder()
            // The provider explains a refusal in the body.
            .http_status_as_error(false)
            // A redirect could send our keys to somebody else.
            .max_redirects(0)
            .https_only(!is_loopback(&base))
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(20)))
            .max_idle_connections(2)
            .max_idle_connections_per_host(1);
        let config = if is_loopback(&base) { config.proxy(None) } else { config };
        Self {
            agent: Agent::new_with_config(config.build()),
            base,
            authorization,
        }
    }

    /// Whether people may be redirected to this address: https, or this machine if the provider is on it.
    pub(super) fn may_lead_to(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| url.scheme() == "https" || (is_loopback(&self.base) && is_loopback(&url)))
    }

    /// Retries once when no response came: calls that change something carry an idempotency key.
    pub(super) async fn ask(&self, call: Call) -> Result<Value, ProviderError> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            this.once(&call).or_else(|failed| match failed {
                ProviderError::Unreachable(_) => this.once(&call),
                other => Err(other),
            })
        })
        .await
        .unwrap_or_else(|error| Err(ProviderError::Unreachable(Text::verbatim(error))))
    }

    fn once(&self, call: &Call) -> Result<Value, ProviderError> {
        let url = self
            .base
            .join(&call.path)
            .map_err(|error| ProviderError::Odd(Text::verbatim(error)))?;
        let mut request = ureq::http::Request::builder()
            .method(call.method)
            .uri(url.as_str())
            .header("authorization", &self.authorization)
            .header("accept", "application/json")
            .header("user-agent", concat!("wamanager/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let (kind, body) = match &call.body {
            Body::None => (None, Vec::new()),
            Body::Form(pairs) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(pairs);
                (Some("application/x-www-form-urlencoded"), form.finish().into_bytes())
            }
            Body::Json(value) => (Some("application/json"), value.to_string().into_bytes()),
        };
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let odd = |error: ureq::http::Error| ProviderError::Odd(Text::verbatim(error));
        let answer = if call.method == "GET" {
            self.agent.run(request.body(()).map_err(odd)?)
        } else {
            self.agent.run(request.body(body).map_err(odd)?)
        };
        let unreachable = |error: ureq::Error| ProviderError::Unreachable(Text::verbatim(error));
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        judge(status, &body.map_err(unreachable)?)
    }
}

fn judge(status: u16, body: &[u8]) -> Result<Value, ProviderError> {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let said = |name: &str| {
        let error = value.as_ref()?.get("error")?;
        Some(error.get(name)?.as_str()?.chars().take(300).collect::<String>())
    };
    match status {
        200..=299 => value.ok_or_else(|| ProviderError::Odd(Text::new("billing-provider-no-json"))),
        404 => Err(ProviderError::Gone),
        401 | 403 => Err(ProviderError::Odd(
            Text::new("billing-provider-key").with("status", status),
        )),
        429 | 500..=599 => Err(ProviderError::Unreachable(
            Text::new("billing-provider-status").with("status", status),
        )),
        300..=399 => Err(ProviderError::Odd(Text::new("billing-provider-redirect"))),
        _ => Err(ProviderError::Refused {
            code: said("code"),
            message: said("message")
                .or_else(|| said("description"))
                .unwrap_or_else(|| format!("status {status}")),
        }),
    }
}

/// Whether the address is one of this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    fn answer_with(reply: &'static str) -> Url {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer);
                let _ = stream.write_all(reply.as_bytes());
            }
        });
        url
    }

    async fn ask(base: Url) -> Result<Value, ProviderError> {
        let call = Call {
            method: "GET",
            path: "v1/x".into(),
            headers: Vec::new(),
            body: Body::None,
        };
        Http::new(base, "Bearer sk_test".into()).ask(call).await
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let elsewhere = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\
                         connection: close\r\n\r\n";
        assert!(matches!(ask(answer_with(elsewhere)).await, Err(ProviderError::Odd(_))));
    }

    #[tokio::test]
    async fn an_endless_answer_is_cut_off() {
        let long = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\"{}\"",
            "a".repeat(usize::try_from(MAX_ANSWER).unwrap() + 10)
        );
        assert!(ask(answer_with(long.leak())).await.is_err());
    }

    #[tokio::test]
    async fn plain_http_reaches_only_this_machine() {
        let outside: Url = "http://192.0.2.1/".parse().unwrap();
        assert!(
            matches!(ask(outside).await, Err(ProviderError::Unreachable(text)) if text.to_string().contains("https"))
        );
    }

    #[test]
    fn people_are_redirected_to_https_only() {
        let stripe = Http::new("https://api.stripe.com/".parse().unwrap(), String::new());
        assert!(stripe.may_lead_to("https://checkout.stripe.com/c/pay"));
        for bad in [
            "http://checkout.stripe.com/",
            "javascript:alert(1)",
            "http://127.0.0.1/",
            "/x",
        ] {
            assert!(!stripe.may_lead_to(bad), "{bad}");
        }
    }

    #[test]
    fn a_refusal_of_the_provider_keeps_its_message() {
        let body = br#"{"error":{"code":"card_declined","message":"Your card was declined."}}"#;
        let Err(ProviderError::Refused { code, message }) = judge(402, body) else {
            panic!("this is a refusal")
        };
        assert_eq!(
            (code.as_deref(), message.as_str()),
            (Some("card_declined"), "Your card was declined.")
        );
    }
}
