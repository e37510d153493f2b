//! What WhatsApp tells an account about itself: that it is locked for new chats, how many it may open, and when its
//! client is too old. Pushed as notifications and asked for by `w:mex`.

use serde_json::{Value, json};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::Hub;
use super::stanza::{SERVER, attr, error_for, now, result_for};
use super::types::DeviceAddr;
use crate::faults::{FaultKind, FaultSpec};

/// Persisted queries of WhatsApp Web.
const TIMELOCK_QUERY: &str = "23983697327930364";
const CAPPING_QUERY: &str = "27910975521856601";
const A_FORTNIGHT: i64 = 14 * 24 * 3600;

/// What was pushed to an account last, and holds until the faults are cleared.
#[derive(Default)]
pub(super) struct Verdicts {
    timelock: Option<Value>,
    capping: Option<Value>,
}

impl Hub {
    /// Pushes a verdict to the companions of the session, and remembers it for their queries.
    pub(super) fn push_verdict(&self, fault: &FaultSpec) {
        let timelock = fault.kind == FaultKind::PushTimelock;
        let fields = fault.data.clone().unwrap_or_else(|| match timelock {
            true => locked(),
            false => used_up(),
        });
        let (operation, wrapper) = match timelock {
            true => (
                "NotificationUserReachoutTimelockUpdate",
                "xwa2_notify_account_reachout_timelock",
            ),
            false => (
                "MessageCappingInfoNotification",
                "xwa2_notify_new_chat_messages_capping_info_update",
            ),
        };
        let payload = json!({ "data": { wrapper: fields } }).to_string();
        for account in self.numbers().iter().filter_map(|number| self.account(number)) {
            if fault
                .session
                .as_deref()
                .is_some_and(|wanted| wanted != &*account.number)
            {
                continue;
            }
            {
                let mut state = account.state();
                let verdicts = &mut state.verdicts;
                let kept = match timelock {
                    true => &mut verdicts.timelock,
                    false => &mut verdicts.capping,
                };
                *kept = Some(fields.clone());
            }
            for addr in self.companions(&account.number) {
                let update = NodeBuilder::new("update")
                    .attr("op_name", operation)
                    .string_content(payload.as_str())
                    .build();
                let server = Jid::new("", Server::Pn);
                self.deliver(&addr, self.notification(server, "mex").children([update]).build());
            }
        }
    }

    pub(super) fn forget_verdicts(&self) {
        for account in self.numbers().iter().filter_map(|number| self.account(number)) {
            account.state().verdicts = Verdicts::default();
        }
    }

    /// `w:mex`: the two queries about the account; others are declined.
    pub(super) fn answer_mex(&self, from: &DeviceAddr, query: &Node) -> Node {
        let asked = query
            .get_optional_child("query")
            .and_then(|asked| attr(asked, "query_id"));
        let account = self.account(&from.account);
        let known = |pick: fn(&Verdicts) -> Option<Value>| {
            let account = account.as_ref()?;
            pick(&account.state().verdicts)
        };
        let data = match asked.as_deref() {
            Some(TIMELOCK_QUERY) => {
                let fields = known(|verdicts| verdicts.timelock.clone()).unwrap_or_else(free);
                json!({ "xwa2_fetch_account_reachout_timelock": fields })
            }
            Some(CAPPING_QUERY) => {
                let fields = known(|verdicts| verdicts.capping.clone()).unwrap_or_else(uncapped);
                json!({ "xwa2_message_capping_info": fields })
            }
            _ => return error_for(query, 501, "feature-not-implemented"),
        };
        let result = NodeBuilder::new("result").bytes(json!({ "data": data }).to_string().into_bytes());
        result_for(query).children([result.build()]).build()
    }

    /// Applies `client_expiration` to the open connections that it is armed for.
    pub(super) fn announce_expiration(&self, session: Option<&str>) {
        for number in self.numbers() {
            if session.is_some_and(|wanted| wanted != &*number) {
                continue;
            }
            for addr in self.companions(&number) {
                self.expiration_after_login(&addr);
            }
        }
    }

    pub(super) fn expiration_after_login(&self, addr: &DeviceAddr) {
        let open = self.with_device(addr, |device| device.outlet.is_open());
        if open != Some(true) {
            return;
        }
        if let Some(hit) = self.faults.take_any(&addr.account, &[FaultKind::ClientExpiration]) {
            let after = match i64::try_from(hit.ms / 1000).unwrap_or(A_FORTNIGHT) {
                0 => A_FORTNIGHT,
                seconds => seconds,
            };
            let expiration = NodeBuilder::new("client_expiration").attr("t", now() + after).build();
            let news = NodeBuilder::new("ib").attr("from", SERVER).children([expiration]);
            self.mention(addr, news.build());
        }
    }

    fn companions(&self, number: &str) -> Vec<DeviceAddr> {
        let mut all = self.device_addrs(number);
        all.retain(|addr| !addr.is_phone());
        all
    }
}

fn locked() -> Value {
    json!({
        "is_active": true,
        "time_enforcement_ends": (now() + 3600).to_string(),
        "enforcement_type": "WEB_COMPANION_ONLY",
    })
}

fn free() -> Value {
    json!({ "is_active": false, "enforcement_type": "DEFAULT" })
}

fn used_up() -> Value {
    json!({
        "total_quota": 100,
        "used_quota": 100,
        "cycle_start_timestamp": now().to_string(),
        "cycle_end_timestamp": (now() + 30 * 24 * 3600).to_string(),
        "server_sent_timestamp": now().to_string(),
        "capping_status": "CAPPED",
        "ote_status": "ELIGIBLE",
        "mv_status": "NOT_ACTIVE",
    })
}

fn uncapped() -> Value {
    json!({
        "total_quota": -1,
        "used_quota": 0,
        "capping_status": "NONE",
        "ote_status": "NOT_ELIGIBLE",
        "mv_status": "NOT_ELIGIBLE",
    })
}
