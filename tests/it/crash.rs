//! kill -9 at random moments: the benchmark's smaller run, with this very binary.

use std::process::Command;

use serde_json::Value;

fn crash(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_wamanager"))
        .args([
            "bench",
            "crash",
            "--json",
            "--sessions",
            "2",
            "--customers",
            "4",
            "--log-level",
            "error",
        ])
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let reports: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}\n{errors}"));
    assert!(output.status.success(), "{reports:#}\n{errors}");
    reports[0].clone()
}

/// The cell of the only row below this heading.
fn cell(report: &Value, column: &str) -> u64 {
    let columns = report["columns"].as_array().unwrap();
    let index = columns.iter().position(|name| name == column).unwrap();
    report["rows"][0][index].as_str().unwrap().parse().unwrap()
}

#[test]
fn no_inbound_message_is_lost_or_stored_twice_when_the_server_is_killed() {
    let report = crash(&["--inbound", "200", "--outbound", "0", "--kills", "5"]);
    assert_eq!(cell(&report, "written"), 200);
    assert_eq!(cell(&report, "stored"), 200);
    assert_eq!(cell(&report, "lost"), 0);
    assert_eq!(cell(&report, "stored twice"), 0);
}

#[test]
fn no_outbound_message_is_lost_or_doubled_when_the_server_is_killed() {
    let report = crash(&["--inbound", "0", "--outbound", "100", "--kills", "5"]);
    assert_eq!(cell(&report, "arrived"), 100);
    assert_eq!(cell(&report, "lost"), 0);
    assert_eq!(cell(&report, "doubled"), 0);
}
