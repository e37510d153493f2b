//! A program that calls `/v1`.

use serde_json::{Value, json};
use ureq::Agent;
use wamanager::access::{CreatedKey, KeyScope, NewKey};
use wamanager::audit::Admin;
use wamanager::site::openapi;
use wamanager::site::routes::Route;

use super::app::Person;
use super::{PASSWORD, Reply, TestApp};

/// Cheap to clone; sends one credential, or none.
#[derive(Clone)]
pub struct Api {
    base: String,
    agent: Agent,
    credential: Option<String>,
}

impl Api {
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self {
            base: base.to_owned(),
            agent: config.into(),
            credential: None,
        }
    }

    pub fn with(&self, credential: &str) -> Self {
        Self {
            credential: Some(credential.to_owned()),
            ..self.clone()
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, &[JSON], &body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send("PUT", path, &[JSON], &body.to_string()).await
    }

    pub async fn delete(&self, path: &str, body: Option<Value>) -> Reply {
        match body {
            Some(body) => self.send("DELETE", path, &[JSON], &body.to_string()).await,
            None => self.send("DELETE", path, &[], "").await,
        }
    }

    /// With exactly these headers, besides the credential.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.send_bytes(method, path, headers, body.as_bytes().to_vec()).await
    }

    pub async fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(credential) = &self.credential {
            request = request.header("authorization", format!("Bearer {credential}"));
        }
        let (agent, delete) = (self.agent.clone(), method == "DELETE" && !body.is_empty());
        let (method, path) = (method.to_owned(), path.to_owned());
        let request = request.body(body).unwrap();
        let answered = tokio::task::spawn_blocking(move || {
            let mut response = if delete {
                // The client must be told that a DELETE may have a body.
                let (parts, body) = request.into_parts();
                let mut forced = agent.delete(parts.uri).force_send_body();
                for (name, value) in &parts.headers {
                    forced = forced.header(name, value);
                }
                forced.send(body).unwrap()
            } else {
                agent.run(request).unwrap()
            };
            Reply {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                body: response.body_mut().read_to_string().unwrap(),
            }
        });
        let reply = answered.await.unwrap();
        assert_documented(&method, &path, &reply);
        reply
    }
}

/// Fails for a problem that the document does not list for its operation.
fn assert_documented(method: &str, path: &str, reply: &Reply) {
    let path = path.split('?').next().unwrap();
    let is_path = |route: &&Route| {
        let (ours, asked) = (route.path.split('/'), path.split('/'));
        ours.clone().count() == asked.clone().count()
            && ours
                .zip(asked)
                .all(|(part, asked)| part.starts_with('{') || part == asked)
    };
    let operation = openapi::described()
        .filter(is_path)
        .find(|route| route.verb.method() == method);
    let Some(route) = operation.filter(|_| reply.header("content-type") == "application/problem+json") else {
        return;
    };
    let operation = &openapi::document()["paths"][route.path][openapi::verb_of(route)];
    let problem = reply.json();
    // An encoded body is refused before any route, even by operations without a body, and so is not documented there.
    if problem["code"] == "encoded-body" && operation["requestBody"].is_null() {
        return;
    }
    let promised = &operation["responses"][reply.status.to_string()]["description"];
    let code = format!("`{}`", problem["code"].as_str().unwrap());
    assert!(
        promised.as_str().is_some_and(|codes| codes.contains(&code)),
        "{method} {} is documented with {promised}, and answered {problem}",
        route.path
    );
}

pub const JSON: (&str, &str) = ("content-type", "application/json");

impl Reply {
    /// Fails unless it is a problem with this status and code; returns it.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let problem = self.expect(status).json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], format!("/docs/errors/{code}"));
        assert!(problem["request_id"].as_str().unwrap().starts_with("req_"), "{problem}");
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
        problem
    }
}

/// The names of the fields in a problem.
pub fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array();
    errors
        .into_iter()
        .flatten()
        .map(|e| e["field"].as_str().unwrap())
        .collect()
}

impl TestApp {
    /// A program without a credential.
    pub fn api(&self) -> Api {
        Api::new(&self.base)
    }

    /// The tokens of a new login by a program.
    pub async fn tokens(&self, email: &str) -> Value {
        let body = json!({ "email": email, "password": PASSWORD });
        self.api().post("/v1/auth/login", body).await.expect(200).json()
    }

    /// A program that has logged in as this person.
    pub async fn api_of(&self, email: &str) -> Api {
        let tokens = self.tokens(email).await;
        self.api().with(tokens["access_token"].as_str().unwrap())
    }

    /// Puts the person's workspace on this plan.
    pub async fn put_on_plan(&self, person: &Person, code: &str) {
        let plan = self.app.plans.find(code).await.unwrap();
        let workspace = &person.workspace.public_id;
        self.app
            .plans
            .assign(Admin::operator(), workspace, &plan.public_id)
            .await
            .unwrap();
    }

    /// A key of the person's workspace, which is on a plan with the API.
    pub async fn key(&self, person: &Person, scopes: &[KeyScope]) -> CreatedKey {
        self.key_like(
            person,
            NewKey {
                scopes: scopes.to_vec(),
                ..NewKey::default()
            },
        )
        .await
    }

    pub async fn key_like(&self, person: &Person, new: NewKey) -> CreatedKey {
        self.put_on_plan(person, "business").await;
        let new = NewKey {
            name: "Test program".into(),
            ..new
        };
        self.app.access.create_key(person.scope, new).await.unwrap()
    }
}
