//! Trusted contact tokens: the one a contact gave us, and when we gave ours.
//!
//! Two writers share a row, each owning its half, so each half is changed by a single statement.

use rusqlite::{Connection, OptionalExtension, params};
use wacore::store::traits::TcTokenEntry;

use super::error::{Result, StoreResult};
use super::seal::SealContext;
use super::session_store::{SessionStore, texts};

impl SessionStore {
    fn token_place(&self, jid: &str) -> SealContext {
        SealContext::new("tc_tokens.token", self.session, &[jid.as_bytes()])
    }

    /// An empty token counts as none.
    fn seal_token(&self, jid: &str, token: &[u8]) -> Option<Vec<u8>> {
        (!token.is_empty()).then(|| self.seal.seal(&self.token_place(jid), token))
    }

    pub(super) async fn find_token(&self, jid: &str) -> StoreResult<Option<TcTokenEntry>> {
        let (session, key) = (self.session, jid.to_owned());
        let find = move |conn: &Connection| {
            let mut statement = conn.prepare_cached(
                "SELECT token, token_timestamp, sender_timestamp FROM tc_tokens WHERE session = ?1 AND jid = ?2",
            )?;
            let row = statement.query_row(params![session, key], |row| {
                Ok((row.get::<_, Option<Vec<u8>>>(0)?, row.get(1)?, row.get(2)?))
            });
            Ok(row.optional()?)
        };
        let Some((sealed, token_timestamp, sender_timestamp)) = self.read(find).await? else {
            return Ok(None);
        };
        let token = sealed
            .map(|sealed| self.seal.open(&self.token_place(jid), &sealed))
            .transpose()?;
        Ok(Some(TcTokenEntry {
            token: token.unwrap_or_default(),
            token_timestamp,
            sender_timestamp,
        }))
    }

    pub(super) async fn put_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        let (session, token, jid) = (self.session, self.seal_token(jid, &entry.token), jid.to_owned());
        let (token_timestamp, sender_timestamp) = (entry.token_timestamp, entry.sender_timestamp);
        self.write(move |tx| {
            tx.prepare_cached(
                "INSERT INTO tc_tokens (session, jid, token, token_timestamp, sender_timestamp)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (session, jid) DO UPDATE SET
                     token = excluded.token, token_timestamp = excluded.token_timestamp,
                     sender_timestamp = excluded.sender_timestamp",
            )?
            .execute(params![session, jid, token, token_timestamp, sender_timestamp])?;
            Ok(())
        })
        .await
    }

    /// The time of our token only moves forward.
    pub(super) async fn touch_token(&self, jid: &str, sender_timestamp: i64) -> Result<()> {
        let (session, jid) = (self.session, jid.to_owned());
        self.write(move |tx| {
            tx.prepare_cached(
                "INSERT INTO tc_tokens (session, jid, token, token_timestamp, sender_timestamp)
                 VALUES (?1, ?2, NULL, ?3, ?3)
                 ON CONFLICT (session, jid) DO UPDATE SET
                     sender_timestamp = max(coalesce(sender_timestamp, excluded.sender_timestamp),
                                            excluded.sender_timestamp)",
            )?
            .execute(params![session, jid, sender_timestamp])?;
            Ok(())
        })
        .await
    }

    /// A newer token replaces an older one, and any token replaces none.
    pub(super) async fn receive_token(&self, jid: &str, token: &[u8], token_timestamp: i64) -> Result<()> {
        let (session, token, jid) = (self.session, self.seal_token(jid, token), jid.to_owned());
        self.write(move |tx| {
            tx.prepare_cached(
                "INSERT INTO tc_tokens (session, jid, token, token_timestamp, sender_timestamp)
                 VALUES (?1, ?2, ?3, ?4, NULL)
                 ON CONFLICT (session, jid) DO UPDATE SET
                     token = excluded.token, token_timestamp = excluded.token_timestamp
                  WHERE token IS NULL OR excluded.token_timestamp >= token_timestamp",
            )?
            .execute(params![session, jid, token, token_timestamp])?;
            Ok(())
        })
        .await
    }

    pub(super) async fn delete_token(&self, jid: &str) -> Result<()> {
        let (session, jid) = (self.session, jid.to_owned());
        self.write(move |tx| {
            tx.prepare_cached("DELETE FROM tc_tokens WHERE session = ?1 AND jid = ?2")?
                .execute(params![session, jid])?;
            Ok(())
        })
        .await
    }

    pub(super) async fn token_jids(&self) -> Result<Vec<String>> {
        let session = self.session;
        self.read(move |conn| texts(conn, "SELECT jid FROM tc_tokens WHERE session = ?1", [session]))
            .await
    }

    /// A row is deleted when both halves are expired or absent.
    pub(super) async fn delete_expired_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> Result<u32> {
        let session = self.session;
        self.write(move |tx| {
            let deleted = tx
                .prepare_cached(
                    "DELETE FROM tc_tokens
                      WHERE session = ?1
                        AND (token IS NULL OR token_timestamp < ?2)
                        AND (sender_timestamp IS NULL OR sender_timestamp < ?3)",
                )?
                .execute(params![session, token_cutoff, sender_cutoff])?;
            Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
        })
        .await
    }
}
