//! What the phone writes into app state: its address book, what it read, its name.

use std::str::FromStr;
use std::sync::Arc;

use wacore::appstate::patch_decode::WAPatchName;
use wacore_binary::OwnedNodeRef;
use whatsapp_rust::sync_task::MajorSyncTask;

use super::core::Core;

/// The collections that hold what is emitted.
const COLLECTIONS: [WAPatchName; 3] = [
    WAPatchName::CriticalBlock,
    WAPatchName::CriticalUnblockLow,
    WAPatchName::RegularLow,
];

/// Fetches the collections that a notice says have changed. The library does so too, but skips a collection that it is
/// fetching just then, although the response under way may be older than the change; this waits for it and looks again.
pub(super) fn catch_up(core: &Arc<Core>, node: &OwnedNodeRef) {
    let node = node.get();
    if node.tag != "notification" || node.attrs().optional_string("type").as_deref() != Some("server_sync") {
        return;
    }
    let named = node.children().unwrap_or_default().iter().filter_map(|child| {
        let name = child.attrs().optional_string("name")?;
        WAPatchName::from_str(&name).ok()
    });
    for name in named.filter(|name| COLLECTIONS.contains(name)) {
        let owner = core.clone();
        core.runtime.run(async move {
            if let Some(client) = owner.client() {
                let task = MajorSyncTask::AppStateSync { name, full_sync: false };
                Box::pin(client.process_sync_task(task)).await;
            }
        });
    }
}
