//! The history that a phone sends after linking.

use super::*;

#[tokio::test]
async fn how_much_of_the_history_has_come_is_told_while_it_comes() {
    let stage = stage().await;
    let session = stage.connected(PHONE).await;
    let (scope, id) = (stage.scope, &session.public_id);
    let told = async || stage.sessions.history_progress(scope, id).await.unwrap();
    assert_eq!(told().await, None);
    let mut news = stage.bus.subscribe(scope.workspace);
    for (percent, shown) in [(40, 40), (30, 40), (250, 100)] {
        stage.emit(&session, LinkEvent::HistoryProgress { percent });
        within("the progress", async {
            while told().await != Some(shown) {
                news.next().await.unwrap();
            }
        })
        .await;
    }
}
