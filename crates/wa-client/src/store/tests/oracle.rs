use std::collections::HashSet;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tempfile::TempDir;
use wacore::store::traits::{Backend, DeviceStore};
use wacore::store::{Device, InMemoryBackend};

use super::operations::{DeviceOp, KINDS, Operation, any_operation};
use super::{file, open};
use crate::SessionId;
use crate::store::{KeyStore, SessionStore};

#[derive(Clone, Debug)]
enum Step {
    /// On the first or the second of two sessions that share the file.
    Run(usize, Operation),
    Reopen,
}

/// The key store and, for each of its sessions, the library's own store after the same operations.
struct Pair {
    dir: TempDir,
    store: KeyStore,
    sessions: [Arc<SessionStore>; 2],
    oracles: [InMemoryBackend; 2],
    base: Device,
}

impl Pair {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = open(&file(&dir));
        let sessions = [store.session(SessionId(1)), store.session(SessionId(2))];
        Self {
            dir,
            store,
            sessions,
            oracles: Default::default(),
            base: Device::new(),
        }
    }

    async fn reopen(&mut self) {
        self.store.close().await;
        self.store = open(&file(&self.dir));
        self.sessions = [self.store.session(SessionId(1)), self.store.session(SessionId(2))];
    }

    async fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let Step::Run(which, operation) = step else {
            self.reopen().await;
            return Ok(());
        };
        let (ours, oracle) = (self.sessions[*which].as_ref(), &self.oracles[*which]);
        let is_new = matches!(operation, Operation::Device(DeviceOp::Create)) && !oracle.exists().await.unwrap();
        let (answer, expected) = (self.ask(ours, operation).await, self.ask(oracle, operation).await);
        prop_assert_eq!(answer, expected, "session {} after {:?}", which, operation);
        if is_new {
            // Each has generated a device; from here on they must agree on ours.
            oracle.save(&ours.load().await.unwrap().unwrap()).await.unwrap();
        }
        Ok(())
    }

    async fn ask(&self, backend: &dyn Backend, operation: &Operation) -> String {
        operation.run(backend, &self.base).await
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        40 => (0..2_usize, any_operation()).prop_map(|(which, operation)| Step::Run(which, operation)),
        1 => Just(Step::Reopen),
    ]
}

#[test]
fn random_operations_return_what_the_librarys_own_store_returns() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let config = Config {
        cases: 24,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let kinds = std::cell::RefCell::new(HashSet::new());
    let result = TestRunner::new_with_rng(config, rng).run(&vec(any_step(), 200), |steps| {
        let run = async {
            let mut pair = Pair::new();
            for step in &steps {
                if let Step::Run(_, operation) = step {
                    kinds.borrow_mut().insert(operation.kind());
                }
                pair.step(step).await?;
            }
            Ok(())
        };
        runtime.block_on(run)
    });
    result.unwrap();
    assert_eq!(
        kinds.borrow().len(),
        KINDS,
        "kinds of operations that were run: {:?}",
        kinds.borrow()
    );
}
