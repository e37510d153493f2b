//! The words about API keys.

use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyRequest {
    List {
        workspace: Option<String>,
    },
    Create {
        workspace: Option<String>,
        name: String,
        scopes: Vec<String>,
        /// Public id, name or number.
        session: Option<String>,
        /// `None` works until it is revoked.
        days: Option<u32>,
    },
    /// By id, name, or what it begins with.
    Revoke {
        workspace: Option<String>,
        key: String,
    },
}

/// A key as the command line shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLine {
    pub id: String,
    pub name: String,
    /// What it begins with.
    pub shown: String,
    pub scopes: Vec<String>,
    pub session: Option<String>,
    pub state: String,
    pub created_by: String,
    /// RFC 3339, like the others.
    pub created_at: String,
    pub expires_at: Option<String>,
    pub last_used_at: Option<String>,
    /// The whole key; only in the answer to its making.
    pub secret: Option<String>,
}
