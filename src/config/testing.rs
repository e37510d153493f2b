//! A configuration as the environment alone makes it.

use super::{Config, Sources};

/// # Errors
/// What `config check` prints.
pub(super) fn load(env: &[(&str, &str)]) -> Result<Config, String> {
    let all = env.iter().chain(&[("HOME", "/home/nobody-here")]);
    let sources = Sources {
        env: all.map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..Sources::default()
    };
    Config::load(&sources).map_err(|errors| errors.to_string())
}
