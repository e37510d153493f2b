//! `config print`: every option with its value and source, secrets hidden.

use serde::Serialize;

use super::RawConfig;
use super::options::{Fallback, Kind, OPTIONS, Spec};

/// One line of `config print`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Shown {
    pub key: &'static str,
    /// `None`: not set; `meaning` then says what applies.
    pub value: Option<String>,
    pub origin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<&'static str>,
}

impl RawConfig {
    /// All options in the order of the table.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        OPTIONS.iter().map(|spec| self.shown_option(spec)).collect()
    }

    fn shown_option(&self, spec: &'static Spec) -> Shown {
        let Some(value) = self.get(spec.key) else {
            let Fallback::Computed(meaning) = spec.fallback else {
                return Shown {
                    key: spec.key,
                    value: None,
                    origin: "default".into(),
                    meaning: None,
                };
            };
            return Shown {
                key: spec.key,
                value: None,
                origin: "default".into(),
                meaning: Some(meaning),
            };
        };
        let text = match spec.kind {
            Kind::Plain => value.text.clone(),
            Kind::Secret => "(hidden)".to_owned(),
        };
        Shown {
            key: spec.key,
            value: Some(text),
            origin: value.origin.to_string(),
            meaning: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{RawConfig, Sources};

    #[test]
    fn a_secret_is_hidden_and_its_origin_is_not() {
        let env = [
            ("WAMANAGER_MASTER_KEY", "hunter2hunter2"),
            ("HOME", "/home/nobody-here"),
        ];
        let env = env.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let raw = RawConfig::collect(&Sources {
            env: env.into(),
            ..Sources::default()
        })
        .unwrap();
        let text = serde_json::to_string(&raw.shown()).unwrap();
        assert!(!text.contains("hunter2"));
        let key = raw.shown().into_iter().find(|shown| shown.key == "master_key").unwrap();
        assert_eq!(key.origin, "environment WAMANAGER_MASTER_KEY");
        assert_eq!(key.value.as_deref(), Some("(hidden)"));
    }
}
