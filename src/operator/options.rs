//! The configuration's flags, generated from the table of options.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::config::Sources;
use crate::config::options::{DATA_DIR, ENV_CONFIG, Fallback, Kind, OPTIONS, Spec};

/// The given values of `--data-dir`, `--listen` and so on; every verb accepts them.
#[derive(Clone, Debug, Default)]
pub struct ConfigFlags {
    pub flags: BTreeMap<&'static str, String>,
    pub file: Option<PathBuf>,
}

impl ConfigFlags {
    /// These flags, with this process's environment and files.
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
            .help(format!("TOML file to read [env: {ENV_CONFIG}]"));
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

/// For every verb: only the location of the installation, in short; the others are accepted but hidden.
fn argument(spec: &'static Spec) -> Arg {
    if spec.key == DATA_DIR {
        return described(spec, format!("Directory of the installation [env: {}]", spec.env()));
    }
    server_argument(spec).hide(true)
}

/// With the complete help.
fn server_argument(spec: &'static Spec) -> Arg {
    let fallback = match spec.fallback {
        Fallback::Text(text) => text,
        Fallback::Computed(meaning) => meaning,
    };
    let help = format!("{} [env: {}; default: {fallback}]", spec.help, spec.env());
    described(spec, help).hide_short_help(spec.key != DATA_DIR)
}

fn described(spec: &'static Spec, help: String) -> Arg {
    finish(Arg::new(spec.key).long(spec.flag()).value_name(spec.value).help(help))
}

/// Accepted before and after every verb.
fn finish(arg: Arg) -> Arg {
    arg.global(true).help_heading("Configuration")
}

/// `command` with the server's options in the long help of verbs that serve, where people look for them. The other
/// verbs accept them too, since they may have to run the server for their duration.
pub fn with_server_options(command: Command) -> Command {
    let serves = |verb: Command| flags().fold(verb, |verb, spec| verb.arg(server_argument(spec)));
    ["serve", "demo"]
        .iter()
        .fold(command, |command, verb| command.mut_subcommand(verb, serves))
}
