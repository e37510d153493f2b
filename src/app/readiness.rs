//! Whether the program can serve requests; `/readyz` and `doctor` show it.

use async_trait::async_trait;
use sqlite::Health;

use super::App;
use crate::web::health::{Check, ReadinessSource};

pub(super) const RUNNING: &str = "running";
pub(super) const MASTER_KEY: &str = "master key";
pub(super) const DATABASE: &str = "database";

#[async_trait]
impl ReadinessSource for App {
    async fn checks(&self) -> Vec<Check> {
        let stopping = self.stopping().is_cancelled();
        let detail = if stopping {
            "the program is shutting down".to_owned()
        } else {
            String::new()
        };
        let sealed = match self.key_fits().await {
            Ok(true) => None,
            Ok(false) => Some("app.db was sealed under another master key".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        vec![
            Check {
                name: RUNNING,
                ok: !stopping,
                detail,
            },
            Check {
                name: MASTER_KEY,
                ok: sealed.is_none(),
                detail: sealed.unwrap_or_default(),
            },
            // A probe writes, which is only worth it to detect that a failed disk works again.
            database(
                DATABASE,
                if self.db.health().is_ok() {
                    Health::Ok
                } else {
                    self.db.probe().await
                },
            ),
            database(
                "keys",
                if self.keys.health().is_ok() {
                    Health::Ok
                } else {
                    self.keys.probe().await
                },
            ),
        ]
    }
}

fn database(name: &'static str, health: Health) -> Check {
    match health {
        Health::Ok => Check {
            name,
            ok: true,
            detail: String::new(),
        },
        Health::Failing(error) => Check {
            name,
            ok: false,
            detail: error.to_string(),
        },
    }
}
