//! Files of a test's workspaces.

use std::io::Write as _;

use wamanager::config::MediaConfig;
use wamanager::ids::PublicId;

use super::{Person, TestApp};

/// As it is unless somebody says otherwise.
pub fn config() -> MediaConfig {
    MediaConfig {
        max_size: 16 << 20,
        clamd: None,
        s3: None,
    }
}

impl TestApp {
    /// A file that the person's workspace keeps.
    pub async fn file(&self, person: &Person) -> PublicId {
        let staged = self.app.media.stage().await.unwrap();
        staged.writer().unwrap().write_all(person.email.as_bytes()).unwrap();
        let kept = self.app.media.keep(person.scope, staged).await.unwrap();
        kept.public_id
    }
}
