//! The configuration's flags, made from the table of options.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::config::Sources;
use crate::config::options::{ENV_CONFIG, Fallback, Kind, OPTIONS, Spec};

/// What was given of `--data-dir`, `--listen` and so on; every verb takes them.
#[derive(Clone, Debug, Default)]
pub struct ConfigFlags {
    pub flags: BTreeMap<&'static str, String>,
    pub file: Option<PathBuf>,
}

impl ConfigFlags {
    /// These flags over this process's environment and files.
    #[must_use]
    pub fn sources(&self) -> Sources {
        Sources::of_process(self.flags.clone(), self.file.clone())
    }
}

impl Args for ConfigFlags {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help(format!(
                "TOML file to read [env: {ENV_CONFIG}; else <data-dir>/wamanager.toml, /etc/wamanager/wamanager.toml]"
            ));
        flags().fold(command.arg(finish(file)), |command, spec| command.arg(argument(spec)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ConfigFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |spec: &'static Spec| Some((spec.key, matches.get_one::<String>(spec.key)?.clone()));
        Ok(Self {
            flags: flags().filter_map(given).collect(),
            file: matches.get_one::<PathBuf>("config").cloned(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn flags() -> impl Iterator<Item = &'static Spec> {
    OPTIONS.iter().filter(|spec| spec.kind == Kind::Plain)
}

fn argument(spec: &'static Spec) -> Arg {
    let fallback = match spec.fallback {
        Fallback::Text(text) => text,
        Fallback::Computed(meaning) => meaning,
    };
    let help = format!("{} [env: {}; default: {fallback}]", spec.help, spec.env());
    finish(Arg::new(spec.key).long(spec.flag()).value_name(spec.value).help(help))
}

/// In the long help (`--help`) of every verb, and not in the short one (`-h`).
fn finish(arg: Arg) -> Arg {
    arg.global(true).help_heading("Configuration").hide_short_help(true)
}
