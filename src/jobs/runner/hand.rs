//! The runner's leases, each with the token that stops its job.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use crate::ids::JobId;
use crate::jobs::service::Stops;
use crate::jobs::store::Lease;

pub(super) struct InHand {
    held: HashMap<JobId, (Lease, CancellationToken)>,
    /// Where the service finds the jobs that a person wants to stop.
    stops: Stops,
}

impl InHand {
    pub(super) fn new(stops: Stops) -> Self {
        Self {
            held: HashMap::new(),
            stops,
        }
    }

    pub(super) fn add(&mut self, lease: Lease, stopper: CancellationToken) {
        self.stops.begin(lease.id, stopper.clone());
        self.held.insert(lease.id, (lease, stopper));
    }

    pub(super) fn leases(&self) -> Vec<Lease> {
        self.held.values().map(|(lease, _)| *lease).collect()
    }

    /// The token that stops this job; for one that is not held it is cancelled already.
    pub(super) fn stopper(&self, id: JobId) -> CancellationToken {
        let held = self.held.get(&id).map(|(_, stopper)| stopper.clone());
        held.unwrap_or_else(|| {
            let stopped = CancellationToken::new();
            stopped.cancel();
            stopped
        })
    }

    pub(super) fn stop(&self, id: JobId) {
        if let Some((_, stopper)) = self.held.get(&id) {
            stopper.cancel();
        }
    }

    pub(super) fn drop(&mut self, id: JobId) {
        self.held.remove(&id);
        self.stops.end(id);
    }
}
