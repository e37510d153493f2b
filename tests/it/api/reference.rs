//! The document and the pages made from it.

use crate::support::TestApp;
use wamanager::site::openapi;
use wamanager::web::api::codes;

#[tokio::test]
async fn the_document_is_served_to_everybody() {
    let app = TestApp::new().await;
    let document = app.api().get("/v1/openapi.json").await.expect(200);
    assert_eq!(document.header("content-type"), "application/json");
    let document = document.json();
    assert_eq!(document, openapi::document());
    assert!(document["paths"]["/v1/auth/login"]["post"].is_object());
}

#[test]
fn the_command_line_prints_the_same_document() {
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_wamanager"))
        .arg("openapi")
        .output()
        .unwrap();
    assert!(printed.status.success());
    let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed, openapi::document());
}

#[tokio::test]
async fn the_reference_has_a_form_for_every_operation() {
    let app = TestApp::new().await;
    let page = app.anonymous().get("/docs/api").await.expect(200);
    assert!(page.header("content-security-policy").contains("default-src 'self'"));
    for route in openapi::described() {
        let form = format!("data-method=\"{}\" data-path=\"{}\"", route.verb.method(), route.path);
        assert!(page.body.contains(&form), "{form}");
    }
    assert!(page.body.contains("/assets/js/try"));
}

#[tokio::test]
async fn every_code_has_a_page() {
    let app = TestApp::new().await;
    let all = app.anonymous().get("/docs/errors").await.expect(200).body;
    for code in codes::ALL {
        assert!(all.contains(&format!("/docs/errors/{}\"", code.code)), "{}", code.code);
        let page = app
            .anonymous()
            .get(&format!("/docs/errors/{}", code.code))
            .await
            .expect(200)
            .body;
        assert!(page.contains(code.code) && page.contains(&code.status.to_string()));
    }
    app.anonymous().get("/docs/errors/no-such-code").await.expect(404);
}
