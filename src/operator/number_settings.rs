//! `wamanager session proxy|calls|presence`: what is set for a number.

use std::io::Read as _;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use wa_client::Proxy;

use super::Failure;
use super::call::Call;
use super::session::OneNumber;
use super::wire::Answer;
use crate::sessions::CallRule;

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyArgs {
    #[command(flatten)]
    number: OneNumber,
    /// http://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ before the host if it asks for a login; - reads it from
    /// standard input, since others on this machine can read the command line
    address: Option<String>,
    /// Connect directly
    #[arg(long, conflicts_with = "address")]
    #[serde(default)]
    remove: bool,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallsArgs {
    #[command(flatten)]
    number: OneNumber,
    /// Reject calls; they show as missed in the chat
    #[arg(long)]
    #[serde(default)]
    reject: bool,
    /// Answer a rejected caller with this message
    #[arg(long, value_name = "TEXT", requires = "reject")]
    reply: Option<String>,
    /// Let calls ring
    #[arg(long, conflicts_with = "reject")]
    #[serde(default)]
    ring: bool,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresenceArgs {
    #[command(flatten)]
    number: OneNumber,
    /// Show it as online while somebody has the inbox open; its phone stays silent then
    #[arg(long)]
    #[serde(default)]
    online: bool,
    /// Never show it as online; its phone keeps ringing
    #[arg(long, conflicts_with = "online")]
    #[serde(default)]
    offline: bool,
}

impl ProxyArgs {
    /// Reads the address where it is said to stand.
    pub(super) fn complete(&mut self) -> Result<(), Failure> {
        if self.address.as_deref() == Some("-") {
            let mut address = String::new();
            std::io::stdin().take(4096).read_to_string(&mut address)?;
            self.address = Some(address.trim().to_owned());
        }
        Ok(())
    }

    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let app = call.app;
        let (_, scope, session) = self.number.find(app).await?;
        let id = &session.public_id;
        let proxy = match &self.address {
            Some(address) => Some(app.sessions.set_proxy(scope, id, address).await?),
            None if self.remove => {
                app.sessions.remove_proxy(scope, id).await?;
                None
            }
            None => app.sessions.proxy(scope, id).await?,
        };
        let has_login = proxy.as_ref().is_some_and(|proxy| proxy.login.is_some());
        let shown = proxy.as_ref().map(Proxy::shown);
        let with = if has_login { " with a login" } else { "" };
        let text = match &shown {
            Some(shown) => format!("{} connects through {shown}{with}.", session.name),
            None => format!("{} connects directly.", session.name),
        };
        let told = json!({ "id": id, "name": session.name, "proxy": shown, "has_login": has_login });
        Ok(Answer::new(&told, text))
    }
}

impl CallsArgs {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let app = call.app;
        let (_, scope, session) = self.number.find(app).await?;
        let id = &session.public_id;
        let rule = if self.reject || self.ring {
            let rule = CallRule {
                rejects: self.reject,
                reply: self.reply.clone(),
            };
            app.sessions.set_call_rule(scope, id, rule).await?
        } else {
            app.sessions.call_rule(scope, id).await?
        };
        let text = match &rule.reply {
            _ if !rule.rejects => format!("Calls to {} ring.", session.name),
            Some(reply) => format!(
                "Calls to {} are rejected, and the caller is answered: {reply}",
                session.name
            ),
            None => format!("Calls to {} are rejected.", session.name),
        };
        let told = json!({ "id": id, "name": session.name, "reject": rule.rejects, "reply": rule.reply });
        Ok(Answer::new(&told, text))
    }
}

impl PresenceArgs {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let app = call.app;
        let (_, scope, session) = self.number.find(app).await?;
        let id = &session.public_id;
        let mut online = session.shows_online;
        if self.online || self.offline {
            online = self.online;
            app.sessions.set_shows_online(scope, id, online).await?;
        }
        let text = if online {
            format!("{} shows as online while somebody has the inbox open.", session.name)
        } else {
            format!("{} doesn't show as online; its phone keeps ringing.", session.name)
        };
        let told = json!({ "id": id, "name": session.name, "online": online });
        Ok(Answer::new(&told, text))
    }
}
