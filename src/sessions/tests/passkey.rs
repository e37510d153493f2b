//! The passkey step of a linking.

use super::*;

#[tokio::test]
async fn a_passkey_is_answered_compared_and_the_linking_goes_on() {
    let stage = stage().await;
    let session = stage.pairing("Shop").await;
    let (scope, id) = (stage.scope, &session.public_id);
    let request = r#"{"challenge":"AA"}"#.to_owned();
    stage.emit(
        &session,
        LinkEvent::PasskeyWanted {
            request: request.clone(),
        },
    );
    stage.because(id, Reason::PasskeyWanted).await;
    // The next picture does not hide what WhatsApp waits for.
    let code = "1@later".to_owned();
    let valid_for = Duration::from_secs(20);
    stage.emit(&session, LinkEvent::Qr { code, valid_for });
    let wanted = stage.sessions.passkey(scope, id).await.unwrap().unwrap();
    assert_eq!((wanted.request, wanted.code), (request, None));
    stage.sessions.answer_passkey(scope, id, "signed").await.unwrap();
    let same = "1234".to_owned();
    stage.emit(
        &session,
        LinkEvent::PasskeyCode {
            code: same.clone(),
            known: false,
        },
    );
    within("the code", async {
        loop {
            let passkey = stage.sessions.passkey(scope, id).await.unwrap().unwrap();
            if passkey.code.as_ref() == Some(&same) {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(
        stage.sessions.get(scope, id).await.unwrap().reason,
        Some(Reason::PasskeyWanted)
    );
    stage.sessions.confirm_passkey(scope, id).await.unwrap();
    let answer = "signed".to_owned();
    let asked = stage.gateway.asked(Stage::client(&session));
    assert_eq!(asked, [Asked::AnswerPasskey { answer }, Asked::ConfirmPasskey]);
    stage.emit(&session, paired(PHONE));
    stage.becomes(id, State::Connecting).await;
    assert!(stage.sessions.passkey(scope, id).await.unwrap().is_none());
    let foreign = stage.sessions.passkey(stage.stranger(), id).await;
    assert!(matches!(foreign, Err(SessionError::NotFound)));
}
