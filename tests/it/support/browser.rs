//! A headless browser: it keeps cookies, sends its CSRF token, and follows no redirects.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use ureq::Agent;
use ureq::http::{HeaderMap, Request};

/// Cheap to clone; clones share the cookies.
#[derive(Clone)]
pub struct Browser {
    base: String,
    agent: Agent,
    cookies: Arc<Mutex<HashMap<String, String>>>,
    csrf: Arc<Mutex<Option<String>>>,
}

/// A response.
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The address of the first link that holds this text.
    #[track_caller]
    pub fn link_with(&self, part: &str) -> String {
        let mut links = self
            .body
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let link = links.find(|link| link.contains(part));
        link.unwrap_or_else(|| panic!("no link with {part:?} in:\n{}", self.body))
            .replace("&amp;", "&")
            .replace("&#38;", "&")
    }

    /// Fails with the page when the status differs from the expected one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "location {:?}, body:\n{}",
            self.header("location"),
            self.body
        );
        self
    }
}

impl Browser {
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self {
            base: base.to_owned(),
            agent: config.into(),
            cookies: Arc::default(),
            csrf: Arc::default(),
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "").await
    }

    /// Like a form of our own pages, with the CSRF token.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let csrf = self.csrf.lock().unwrap().clone().unwrap_or_default();
        let mut fields = form.to_vec();
        fields.push(("csrf", &csrf));
        self.post_raw(path, &fields, &[("sec-fetch-site", "same-origin")]).await
    }

    /// Like a button of our own pages that deletes something.
    pub async fn delete(&self, path: &str) -> Reply {
        let csrf = self.csrf.lock().unwrap().clone().unwrap_or_default();
        self.send(
            "DELETE",
            path,
            &[("sec-fetch-site", "same-origin"), ("x-csrf-token", &csrf)],
            "",
        )
        .await
    }

    /// Like a program that replaces something.
    pub async fn put(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let csrf = self.csrf.lock().unwrap().clone().unwrap_or_default();
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("x-csrf-token", &csrf),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send("PUT", path, &headers, &body).await
    }

    /// Only what is given, for forms that do not come from our own pages.
    pub async fn post_raw(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        self.send("POST", path, &headers, &body).await
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.send_bytes(method, path, headers, body.into()).await
    }

    pub async fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let request = self.request(method, path, headers).body(body).unwrap();
        let agent = self.agent.clone();
        let response = tokio::task::spawn_blocking(move || {
            let mut response = agent.run(request).unwrap();
            let body = response.body_mut().read_to_string().unwrap();
            Reply {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                body,
            }
        });
        let reply = response.await.unwrap();
        self.keep_cookies(&reply.headers);
        reply
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> ureq::http::request::Builder {
        let cookies: Vec<_> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for cookie in headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Logs in and reads the CSRF token from a page.
    pub async fn log_in(&self, email: &str, password: &str) {
        self.post("/login", &[("email", email), ("password", password)])
            .await
            .expect(303);
        self.learn_csrf().await;
    }

    /// Reads the token from one of our own pages.
    pub async fn learn_csrf(&self) {
        let page = self.get("/settings").await.expect(200).body;
        let token = page
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert!(!token.is_empty());
        *self.csrf.lock().unwrap() = Some(token.to_owned());
    }

    /// The token in the pages of this login; empty without one.
    pub fn csrf(&self) -> String {
        self.csrf.lock().unwrap().clone().unwrap_or_default()
    }

    /// As if this browser had been here before.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// A binary file.
    pub async fn download(&self, path: &str) -> (u16, Vec<u8>) {
        let request = self.request("GET", path, &[]).body(()).unwrap();
        let agent = self.agent.clone();
        let fetched = tokio::task::spawn_blocking(move || {
            let mut response = agent.run(request).unwrap();
            let body = response.body_mut().read_to_vec().unwrap();
            (response.status().as_u16(), body)
        });
        fetched.await.unwrap()
    }

    /// A request with this browser's headers, for streams that are read elsewhere.
    pub fn raw(&self, path: &str, headers: &[(&str, &str)]) -> (Agent, Request<()>) {
        (self.agent.clone(), self.request("GET", path, headers).body(()).unwrap())
    }
}
