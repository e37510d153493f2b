//! The TOML file, read into option texts.

use std::path::Path;

use toml::{Table, Value};

use super::options::{self, OPTIONS, Spec, nearest};
use super::raw::{allowed_in_file, hint};
use super::{Origin, Problem};

/// The options of a file, and all its errors.
pub(super) fn read(path: &Path) -> (Vec<(&'static Spec, String)>, Vec<Problem>) {
    let problem = |key: &str, message: String| Problem {
        key: key.to_owned(),
        origin: Origin::File(path.to_owned()),
        message,
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return (Vec::new(), vec![problem("", format!("cannot be read: {error}"))]),
    };
    let table = match text.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            return (
                Vec::new(),
                vec![problem("", format!("is not valid TOML: {}", error.to_string().trim()))],
            );
        }
    };
    let (mut values, mut problems) = (Vec::new(), Vec::new());
    for (key, value) in flatten("", &table) {
        match option(&key, value) {
            Ok(found) => values.push(found),
            Err(message) => problems.push(problem(&key, message)),
        }
    }
    (values, problems)
}

fn option(key: &str, value: &Value) -> Result<(&'static Spec, String), String> {
    let Some(spec) = options::find(key) else {
        let known = OPTIONS
            .iter()
            .filter(|spec| allowed_in_file(spec))
            .map(|spec| spec.key.to_owned());
        return Err(format!("no such option{}", hint(nearest(key, known))));
    };
    if !allowed_in_file(spec) {
        return Err(format!(
            "a secret does not belong in this file; set {} in the environment",
            spec.env()
        ));
    }
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Array(items) if items.iter().all(Value::is_str) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            texts.join(",")
        }
        _ => return Err("must be a string, a whole number, true/false or a list of strings".to_owned()),
    };
    Ok((spec, text))
}

/// Table members by dotted key.
fn flatten<'a>(prefix: &str, table: &'a Table) -> Vec<(String, &'a Value)> {
    let mut all = Vec::new();
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            Value::Table(inner) => all.extend(flatten(&key, inner)),
            value => all.push((key, value)),
        }
    }
    all
}
