//! Builds the services, in the order of their dependencies.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wa_client::Gateway;
use wa_client::live::{LiveGateway, LiveOptions};
use wa_client::store::{KeyStore, MasterKey};

use super::{App, DataDir, Network, StartError, Tasks, seal};
use crate::access::Access;
use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::backup::{self, Backups};
use crate::billing::{Billing, Provider, Providers, Razorpay, Stripe};
use crate::chats::{Chats, Files, Groups, Handling, Ingest, OwnMessages, ReceiptWorker};
use crate::clock::Clock;
use crate::config::master_key::KeyBytes;
use crate::config::{BillingConfig, Config};
use crate::contacts::Contacts;
use crate::crypto::Sealer;
use crate::db::{self, Db};
use crate::events::Bus;
use crate::export::{self, Exports};
use crate::jobs::Jobs;
use crate::mail::{MailTransport, MailWorker, Mailer};
use crate::media::{self, Media};
use crate::outbox::{Outbox, Scheduler, SenderPool};
use crate::plans::Plans;
use crate::sessions::{Ports, Sessions, Supervisor};
use crate::team::Team;

impl App {
    /// [`App::open`] with any clock. Call within the main runtime.
    pub async fn open_at(config: &Config, network: Network, clock: Clock) -> Result<Self, StartError> {
        let began = Instant::now();
        let data_dir = DataDir::claim(&config.data_dir)?;
        seal::refuse_truncated(config)?;
        let key = seal::load(config)?;
        seal::refuse_other_key(config, &key, clock.now())?;
        let (db, keys) = open_databases(config, &key).await?;
        let gateway = gateway(config, network, keys.clone())?;
        let app = build(config, data_dir, db, keys, &key, gateway, clock)?;
        tracing::debug!(
            took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "services are built"
        );
        Ok(app)
    }
}

/// In parallel: each migrates and checks its file, which may take a while. At the first start `app.db` comes first, so
/// that an empty one beside keys is always a damaged one.
async fn open_databases(config: &Config, key: &KeyBytes) -> Result<(Db, KeyStore), StartError> {
    let (data_dir, app_path) = (config.data_dir.clone(), config.app_db());
    let (wa_path, master, key) = (config.wa_db(), key.clone(), MasterKey::from(**key));
    let first = !wa_path.exists();
    let product = blocking(move || db::open(&data_dir).map_err(|source| StartError::AppDb { path: app_path, source }));
    let keys = blocking(move || {
        KeyStore::open(&wa_path, &key).map_err(|source| StartError::KeyStore { path: wa_path, source })
    });
    let (db, keys) = if first {
        let db = product.await?;
        (db, keys.await?)
    } else {
        tokio::try_join!(product, keys)?
    };
    let marked = db.write(move |tx| backup::mark_in(tx, &master)).await;
    marked.map_err(|error| StartError::AppDb {
        path: config.app_db(),
        source: error.into(),
    })?;
    Ok((db, keys))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(StartError::Other(error.to_string())))
}

fn gateway(config: &Config, network: Network, keys: KeyStore) -> Result<Arc<dyn Gateway>, StartError> {
    let (url, seeded) = match network {
        Network::Scripted(gateway) => return Ok(gateway),
        Network::WhatsApp => (None, None),
        Network::Server(url) => (Some(url), None),
        Network::Seeded { url, pairing } => (Some(url), Some(pairing)),
    };
    let options = LiveOptions {
        // The media host of a network on this machine uses plain http.
        media_plain_http: url.is_some(),
        url,
        seeded,
        version: config.whatsapp_version,
        device_name: config.device_name.clone(),
        pre_key_count: Some(config.prekeys as usize),
        ..LiveOptions::default()
    };
    let gateway = LiveGateway::new(keys, options).map_err(|error| StartError::Other(error.to_string()))?;
    Ok(Arc::new(gateway))
}

/// The payment providers, the preferred one first.
fn providers(config: &BillingConfig) -> Providers {
    let mut paid: Vec<Box<dyn Provider>> = Vec::new();
    if let Some(stripe) = &config.stripe {
        let (key, webhook) = (stripe.secret_key.reveal(), stripe.webhook_secret.reveal());
        paid.push(Box::new(Stripe::new(stripe.api_url.clone(), key, webhook)));
    }
    if let Some(razorpay) = &config.razorpay {
        let (secret, webhook) = (razorpay.key_secret.reveal(), razorpay.webhook_secret.reveal());
        let (url, id) = (razorpay.api_url.clone(), &razorpay.key_id);
        paid.push(Box::new(Razorpay::new(url, id, secret, webhook)));
    }
    Providers::new(paid)
}

/// Lower rooms first. The receipt worker and the sender pool run from the start and wait for links to open.
fn build(
    config: &Config,
    data_dir: DataDir,
    db: Db,
    keys: KeyStore,
    key: &KeyBytes,
    gateway: Arc<dyn Gateway>,
    clock: Clock,
) -> Result<App, StartError> {
    let post = MailTransport::new(config.mail.smtp.as_ref(), data_dir.path()).map_err(StartError::Other)?;
    let (bus, tasks) = (Bus::default(), Tasks::default());
    let opened_at = clock.now();
    let (d, c, b) = (|| db.clone(), || clock.clone(), || bus.clone());

    let jobs = Jobs::new(d(), c());
    let sealer = Sealer::new(key, "app.db");
    let sink = Arc::new(Ingest::new(d(), c(), b(), sealer.clone()).fetching(jobs.clone()));
    let (ports, send_news, chat_news) = Ports::new();
    let supervisor = Supervisor::new(
        d(),
        c(),
        b(),
        gateway,
        sink,
        ports,
        tasks.tracker(),
        tasks.stop.clone(),
        Sealer::new(key, "sessions"),
    );
    let sessions = Sessions::new(d(), c(), b(), supervisor.clone());

    let (receipts, receipts_handle) = ReceiptWorker::new(d(), c(), b(), chat_news, tasks.stop.clone());
    tasks.spawn("receipts", receipts.run());
    let own = OwnMessages::new(sealer.clone());
    let stop = tasks.stop.clone();
    let (sender_pool, wake) = SenderPool::new(d(), c(), b(), sessions.clone(), own.clone(), send_news, stop);

    let (mail_sealer, base) = (Sealer::new(key, "mail"), config.base_url(config.listen));
    let mail = Mailer::new(d(), c(), jobs.clone(), mail_sealer.clone(), &config.mail, base);
    let accounts = Accounts::new(d(), c(), Sealer::new(key, "accounts"), mail.clone(), jobs.clone());
    let mail_worker = MailWorker::new(d(), c(), mail_sealer, config.mail.from.clone(), post);

    let plans = Plans::new(d(), c(), jobs.clone());
    let billing = Billing::new(
        (d(), c(), b()),
        jobs.clone(),
        mail.clone(),
        providers(&config.billing),
        Duration::from_secs(u64::from(config.billing.grace_days) * 24 * 60 * 60),
    );

    let keep = config.backup_keep as usize;
    let backups = Backups::new(d(), keys.clone(), c(), jobs.clone(), data_dir.path(), keep);

    let media = Media::new(d(), c(), &config.media, data_dir.path(), key);
    media.clear_staging().map_err(|source| StartError::DataDir {
        path: data_dir.path().join(media::DIR),
        source,
    })?;
    tasks.spawn("sender_pool", sender_pool.with_files(media.clone()).run());

    let exports_dir = data_dir.path().join(export::DIR);
    let exports = Exports::new(
        (d(), c()),
        accounts.clone(),
        mail.clone(),
        jobs.clone(),
        media.clone(),
        exports_dir,
    );
    let source = Arc::new(supervisor.clone());
    let files = Files::new((d(), c(), b()), jobs.clone(), sealer, media.clone(), source);

    Ok(App {
        backups,
        exports,
        files,
        audit: Audit::new(d(), c()),
        access: Access::new(d(), c(), accounts.clone(), key),
        sessions,
        contacts: Contacts::new(d()),
        handling: Handling::new(d(), c(), b(), jobs.clone()),
        chats: Chats::new(d(), c(), b(), receipts_handle),
        groups: Groups::new(d(), c(), b(), supervisor.clone()),
        scheduler: Scheduler::new((d(), c(), b()), wake.clone(), own.clone(), jobs.clone()),
        outbox: Outbox::new(d(), c(), b(), wake, own),
        team: Team::new(d(), c(), accounts.clone(), mail.clone(), jobs.clone()),
        accounts,
        plans,
        billing,
        jobs,
        mail,
        media,
        mail_worker,
        bus,
        clock,
        db,
        keys,
        tasks,
        supervisor,
        opened_at,
        started: Arc::default(),
        jobs_started: Arc::default(),
        data_dir: Arc::new(data_dir),
        master_key: Arc::new(seal::Sealing::new(config, key)),
    })
}
