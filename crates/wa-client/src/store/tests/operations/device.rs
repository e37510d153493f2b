use proptest::prelude::*;
use wacore::store::Device;
use wacore::store::traits::Backend;

use super::{Word, answer, id};

#[derive(Clone, Debug)]
pub(in super::super) enum DeviceOp {
    Save(Word, bool),
    Load,
    Exists,
    /// The result is the store's own number, and the new device is random: see the oracle test.
    Create,
    Snapshot,
    Resources,
}

pub(super) fn any_op() -> impl Strategy<Value = DeviceOp> {
    prop_oneof![
        (id(), any::<bool>()).prop_map(|(name, paired)| DeviceOp::Save(name, paired)),
        Just(DeviceOp::Load),
        Just(DeviceOp::Exists),
        Just(DeviceOp::Create),
        Just(DeviceOp::Snapshot),
        Just(DeviceOp::Resources),
    ]
}

impl DeviceOp {
    pub(super) async fn run(&self, b: &dyn Backend, base: &Device) -> String {
        match self {
            Self::Save(name, paired) => {
                let mut device = base.clone();
                device.push_name = (*name).to_owned();
                device.pn = paired.then(|| "15550000001:7@s.whatsapp.net".parse().unwrap());
                device.nct_salt = paired.then(|| vec![4; 16]);
                answer(b.save(&device).await)
            }
            // As JSON, since devices cannot be compared otherwise; the props are not part of it.
            Self::Load => {
                let device = b.load().await.unwrap();
                format!(
                    "{:?}",
                    device.map(|d| (serde_json::to_value(&d).unwrap(), d.device_props))
                )
            }
            Self::Exists => answer(b.exists().await),
            Self::Create => answer(b.create().await.map(drop)),
            Self::Snapshot => answer(b.snapshot_db("test", None).await),
            Self::Resources => format!("{:?}", b.resource_report().await.memory_bytes),
        }
    }
}
