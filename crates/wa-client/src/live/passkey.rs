//! The passkey step of a linking. The authenticator is a browser at WhatsApp's own site, since a passkey answers no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use whatsapp_rust::Client;
use whatsapp_rust::passkey::{Assertion, PasskeyError};

use crate::LinkError;

/// Larger than any authenticator's answer.
const MAX_ANSWER: usize = 64 * 1024;

fn wrong(why: &str) -> LinkError {
    LinkError::Permanent(why.to_owned())
}

/// Reads a `PublicKeyCredential` as browsers write it.
fn assertion(answer: &str) -> Result<Assertion, LinkError> {
    let answer = answer.trim();
    if answer.len() > MAX_ANSWER {
        return Err(wrong("the answer is too long"));
    }
    let value: Value = serde_json::from_str(answer).map_err(|_| wrong("the answer is not complete"))?;
    let has = |part: &str| value["response"][part].as_str().is_some_and(|text| !text.is_empty());
    if !["clientDataJSON", "authenticatorData", "signature"]
        .into_iter()
        .all(has)
    {
        return Err(wrong("the answer is not one of a passkey"));
    }
    let id = value["rawId"]
        .as_str()
        .or_else(|| value["id"].as_str())
        .unwrap_or_default();
    let credential_id = URL_SAFE_NO_PAD
        .decode(id.trim_end_matches('='))
        .ok()
        .filter(|id| !id.is_empty())
        .ok_or_else(|| wrong("the answer does not name its passkey"))?;
    Ok(Assertion {
        assertion_json: answer.as_bytes().to_vec(),
        credential_id,
    })
}

pub(super) async fn answer(client: &Client, answer: &str) -> Result<(), LinkError> {
    client.send_passkey_response(assertion(answer)?).await.map_err(failed)
}

pub(super) async fn confirm(client: &Client) -> Result<(), LinkError> {
    client.send_passkey_confirmation().await.map_err(failed)
}

fn failed(error: PasskeyError) -> LinkError {
    LinkError::Permanent(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_browsers_write_it() {
        let answer = r#" {"id":"AQID","rawId":"AQID","type":"public-key","response":{"clientDataJSON":"e30",
            "authenticatorData":"AA","signature":"AA","userHandle":null}} "#;
        let read = assertion(answer).unwrap();
        assert_eq!(read.credential_id, [1, 2, 3]);
        assert_eq!(read.assertion_json, answer.trim().as_bytes());
        for bad in ["", "{}", "null", r#"{"rawId":"AQID"}"#, &answer.replace("AQID", "")] {
            assert!(assertion(bad).is_err(), "{bad}");
        }
    }
}
