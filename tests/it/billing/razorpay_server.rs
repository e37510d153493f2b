//! A fake of Razorpay's API, written after its documentation: subscriptions and their changes only. No independent
//! server of it is known; the tests make and sign the webhooks.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

pub const KEY_ID: &str = "rzp_test_key";
pub const KEY_SECRET: &str = "rzp_secret";
pub const WEBHOOK_SECRET: &str = "rzp_webhook_secret";

#[derive(Clone)]
pub struct RazorpayServer {
    pub url: String,
    /// By id.
    pub subscriptions: Arc<Mutex<HashMap<String, Value>>>,
    /// The requests received, as `POST /v1/subscriptions`.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl RazorpayServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            subscriptions: Arc::default(),
            asked: Arc::default(),
        };
        let serving = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serving.serve(stream);
            }
        });
        server
    }

    pub fn only(&self) -> Value {
        let all = self.subscriptions.lock().unwrap();
        assert_eq!(all.len(), 1);
        all.values().next().unwrap().clone()
    }

    /// Changes the object on behalf of the bank or the clock, and returns it.
    pub fn set(&self, id: &str, changes: &Value) -> Value {
        let mut all = self.subscriptions.lock().unwrap();
        let subscription = all.get_mut(id).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            subscription[name] = value.clone();
        }
        subscription.clone()
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let (mut length, mut authorized) = (0, false);
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            let Some((name, value)) = header.trim().split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                // rzp_test_key:rzp_secret
                "authorization" => authorized = value.trim() == "Basic cnpwX3Rlc3Rfa2V5OnJ6cF9zZWNyZXQ=",
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        self.asked.lock().unwrap().push(format!("{method} {path}"));
        let (status, answer) = if authorized {
            self.answer(method, path, &body)
        } else {
            (
                401,
                json!({"error": {"description": "The api key provided is invalid"}}),
            )
        };
        let text = answer.to_string();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n");
        let _ = stream.write_all(format!("{head}content-length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    fn answer(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut all = self.subscriptions.lock().unwrap();
        let parts: Vec<_> = path
            .trim_start_matches("/v1/subscriptions")
            .split('/')
            .skip(1)
            .collect();
        if (method, parts.as_slice()) == ("POST", &[]) {
            let id = format!("sub_Rzp{:011}", all.len() + 1);
            let made = json!({
                "id": id, "entity": "subscription", "plan_id": body["plan_id"], "customer_id": null,
                "status": "created", "current_start": null, "current_end": null, "quantity": body["quantity"],
                "total_count": body["total_count"], "notes": body["notes"], "has_scheduled_changes": false,
                "short_url": format!("https://rzp.example/i/{id}"),
            });
            all.insert(id, made.clone());
            return (200, made);
        }
        let Some(subscription) = parts.first().and_then(|id| all.get_mut(*id)) else {
            return (
                400,
                json!({"error": {"code": "BAD_REQUEST_ERROR", "description": "The id provided does not exist"}}),
            );
        };
        match (method, parts.get(1).copied(), body) {
            ("GET", None, _) => {}
            ("PATCH", None, body) if body["schedule_change_at"] == "now" => {
                subscription["plan_id"] = body["plan_id"].clone();
            }
            ("PATCH", None, _) => subscription["has_scheduled_changes"] = json!(true),
            ("POST", Some("cancel_scheduled_changes"), _) => subscription["has_scheduled_changes"] = json!(false),
            ("POST", Some("cancel"), body) if body["cancel_at_cycle_end"] == 0 => {
                subscription["status"] = json!("cancelled");
            }
            ("POST", Some("cancel"), _) => {}
            _ => return (404, json!({"error": {"description": "no such path"}})),
        }
        (200, subscription.clone())
    }
}
