//! An independent fuzzer reads the served document and tests what it promises.

use std::process::Command;

use wamanager::site::routes::Route;

use crate::support::{TestApp, python_tool};

/// Cases per operation: enough to try every field with several values of every kind.
const EXAMPLES: &str = "25";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fuzzer_finds_no_failure_and_no_undocumented_response() {
    let Some(schemathesis) = python_tool("the API by schemathesis", "schemathesis") else {
        return;
    };
    let app = TestApp::in_the_present().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    let tokens = app.tokens(&owner.email).await;
    let token = tokens["access_token"].as_str().unwrap();
    // Ids of existing things, so that the fuzzer gets beyond "not found".
    let workspace = &owner.workspace.public_id;
    let settings =
        format!("[parameters]\n\"path.workspace\" = \"{workspace}\"\n\"header.X-Workspace\" = \"{workspace}\"\n");
    let file = app.app.data_dir().join("schemathesis.toml");
    std::fs::write(&file, settings).unwrap();
    let mut command = Command::new(schemathesis);
    command
        .arg("--config-file")
        .arg(&file)
        .arg("run")
        .arg(format!("{}/v1/openapi.json", app.base))
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args([
            "--max-examples",
            EXAMPLES,
            "--seed",
            "1",
            "--workers",
            "1",
            "--no-color",
        ])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--checks", CHECKS])
        .args(["--generation-database", "none"])
        .args(["--request-timeout", "30"])
        .args(EXCLUDED.iter().flat_map(|path| ["--exclude-path", path]))
        .current_dir(app.app.data_dir());
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(ran.status.success(), "{said}");
    let tested = |route: &&Route| !EXCLUDED.contains(&route.path);
    let operations = wamanager::site::openapi::described().filter(tested).count();
    assert!(said.contains(&format!("Tested: {operations}")), "{said}");
    app.settle().await;
}

/// What cannot be tried at random: the end of the fuzzer's own login, and waiting for a code of WhatsApp, which is not
/// there.
const EXCLUDED: &[&str] = &[
    "/v1/auth/logout",
    "/v1/sessions/{session}/pairing-code",
    "/v1/sessions/{session}/qr",
];

/// Without the checks that expect a service to refuse what ours accepts on purpose: unknown query parameters.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,unsupported_method,ignored_auth";
