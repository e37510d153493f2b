//! The editor of plans keeps what it does not change.

use wamanager::operator::{self, command};

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saving_a_plan_leaves_a_limit_that_was_not_touched_as_it_is() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (news, _heard) = tokio::sync::mpsc::channel(1);
    for (bytes, shown) in [("1500000", "1.5"), ("1", "0.000001"), ("10737418240", "10737.41824")] {
        let edit = command(&["plan", "edit", "pro", "--storage", bytes]).unwrap().into();
        operator::handle(&app.app, &edit, &news).await.unwrap();
        let before = app.app.plans.find("pro").await.unwrap();
        let page = format!("/admin/plans/{}", before.public_id);
        let editor = admin.get(&page).await.expect(200).body;
        assert!(editor.contains(&format!("value=\"{shown}\"")), "{shown}");
        let form = [
            ("name", "Professional"),
            ("price", "19"),
            ("currency", "USD"),
            ("interval", "month"),
            ("storage_bytes", shown),
        ];
        admin.post(&page, &form).await.expect(303);
        let after = app.app.plans.find("pro").await.unwrap();
        assert_eq!(after.name, "Professional");
        assert_eq!(after.limits.storage_bytes, before.limits.storage_bytes);
    }
    app.stop().await;
}
