//! First stage: every option as text, with its source.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::options::{self, ENV_CONFIG, ENV_PREFIX, FILE_NAME, Fallback, Kind, OPTIONS, SYSTEM_FILE, Spec, nearest};
use super::{ConfigErrors, Problem, file};

/// The source of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    Flag(String),
    Env(String),
    File(PathBuf),
    /// Provided by systemd.
    Credential(PathBuf),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag --{flag}"),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Credential(path) => write!(f, "credential {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The sources of a configuration as values, so that tests need no process environment.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// By option key.
    pub flags: BTreeMap<&'static str, String>,
    /// `--config`.
    pub file: Option<PathBuf>,
    pub env: BTreeMap<String, String>,
    /// Read when neither a flag nor the environment names a file and the data directory contains none.
    pub system_file: Option<PathBuf>,
}

impl Sources {
    /// The flags given, and this process's environment.
    #[must_use]
    pub fn of_process(flags: BTreeMap<&'static str, String>, file: Option<PathBuf>) -> Self {
        // A value that is not UTF-8 cannot be one of ours; a missing one is reported where it is needed.
        let env =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self {
            flags,
            file,
            env: env.collect(),
            system_file: Some(PathBuf::from(SYSTEM_FILE)),
        }
    }

    fn env(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

#[derive(Clone, Debug)]
pub(super) struct RawValue {
    pub text: String,
    pub origin: Origin,
}

/// Every option that has a value, and the file that was read.
#[derive(Clone, Debug, Default)]
pub struct RawConfig {
    values: BTreeMap<&'static str, RawValue>,
    /// `$CREDENTIALS_DIRECTORY` of systemd.
    pub(super) credentials: Option<PathBuf>,
}

impl RawConfig {
    /// Merges the sources: flag > environment > file > default.
    pub fn collect(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut problems = unknown_variables(sources);
        let mut raw = Self {
            credentials: sources.env("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            ..Self::default()
        };
        raw.take_defaults(sources);
        problems.extend(raw.take_credentials());
        let over_file = raw.clone().overlaid(sources);
        if let Some(path) = choose_file(sources, over_file.text(options::DATA_DIR)) {
            let (values, more) = file::read(&path);
            problems.extend(more);
            for (spec, text) in values {
                raw.put(spec, text, Origin::File(path.clone()));
            }
        }
        let raw = raw.overlaid(sources);
        if problems.is_empty() {
            Ok(raw)
        } else {
            Err(ConfigErrors(problems))
        }
    }

    fn take_defaults(&mut self, sources: &Sources) {
        for spec in OPTIONS {
            if let Fallback::Text(text) = spec.fallback {
                self.put(spec, text.to_owned(), Origin::Default);
            }
        }
        let spec = options::find(options::DATA_DIR).expect("the table has it");
        self.put(spec, default_data_dir(sources).display().to_string(), Origin::Default);
    }

    /// Secrets provided by systemd. The master key has its own rule for them.
    fn take_credentials(&mut self) -> Vec<Problem> {
        let Some(dir) = self.credentials.clone() else {
            return Vec::new();
        };
        let mut problems = Vec::new();
        for spec in OPTIONS
            .iter()
            .filter(|spec| spec.kind == Kind::Secret && spec.key != options::MASTER_KEY)
        {
            let path = dir.join(spec.flag());
            match std::fs::read_to_string(&path) {
                Ok(text) => self.put(spec, text.trim().to_owned(), Origin::Credential(path)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => problems.push(Problem {
                    key: spec.key.to_owned(),
                    origin: Origin::Credential(path),
                    message: format!("cannot be read: {error}"),
                }),
            }
        }
        problems
    }

    fn overlaid(mut self, sources: &Sources) -> Self {
        for spec in OPTIONS {
            if let Some(text) = sources.env(&spec.env()) {
                self.put(spec, text.to_owned(), Origin::Env(spec.env()));
            }
            if let Some(text) = sources.flags.get(spec.key) {
                self.put(spec, text.clone(), Origin::Flag(spec.flag()));
            }
        }
        self
    }

    fn put(&mut self, spec: &'static Spec, text: String, origin: Origin) {
        self.values.insert(spec.key, RawValue { text, origin });
    }

    pub(super) fn get(&self, key: &str) -> Option<&RawValue> {
        self.values.get(key)
    }

    fn text(&self, key: &str) -> &str {
        self.get(key).map_or("", |value| &value.text)
    }
}

/// systemd sets `STATE_DIRECTORY` when the unit has `StateDirectory=`.
fn default_data_dir(sources: &Sources) -> PathBuf {
    if let Some(dir) = sources.env("STATE_DIRECTORY") {
        return PathBuf::from(dir);
    }
    match (sources.env("XDG_DATA_HOME"), sources.env("HOME")) {
        (Some(data), _) => Path::new(data).join("wamanager"),
        (None, Some(home)) => Path::new(home).join(".local/share/wamanager"),
        (None, None) => PathBuf::from("/var/lib/wamanager"),
    }
}

fn choose_file(sources: &Sources, data_dir: &str) -> Option<PathBuf> {
    let named = sources
        .file
        .clone()
        .or_else(|| sources.env(ENV_CONFIG).map(PathBuf::from));
    named.or_else(|| {
        let own = Path::new(data_dir).join(FILE_NAME);
        [Some(own), sources.system_file.clone()]
            .into_iter()
            .flatten()
            .find(|path| path.exists())
    })
}

fn unknown_variables(sources: &Sources) -> Vec<Problem> {
    let known: Vec<String> = OPTIONS.iter().map(Spec::env).chain([ENV_CONFIG.to_owned()]).collect();
    let ours = sources
        .env
        .keys()
        .filter(|name| name.starts_with(ENV_PREFIX) && !set_by_kubernetes(name));
    ours.filter(|name| !known.contains(name))
        .map(|name| Problem {
            key: String::new(),
            origin: Origin::Env(name.clone()),
            message: format!("no such option{}", hint(nearest(name, known.iter().cloned()))),
        })
        .collect()
}

/// Kubernetes sets such variables in every pod for each service, and a service is likely to have our name.
fn set_by_kubernetes(name: &str) -> bool {
    let rest = &name[ENV_PREFIX.len()..];
    rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_")
}

pub(super) fn hint(nearest: Option<String>) -> String {
    nearest.map_or_else(
        || "; `wamanager config print` lists them all".to_owned(),
        |word| format!("; did you mean {word}?"),
    )
}

/// Whether a file may hold this option.
pub(super) fn allowed_in_file(spec: &Spec) -> bool {
    spec.kind == Kind::Plain
}
