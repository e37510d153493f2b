//! SQL of files. Messages refer to them; the triggers of the schema count the references and the bytes.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::model::{Announced, FileId, FileState, MediaFile, Sha256, Usage, Why};
use super::sweep::Swept;
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{PublicId, SessionId, WorkspaceId};

const COLUMNS: &str = "f.id, f.public_id, f.workspace_id, f.sha256, f.state, f.why, f.mime, f.size, f.width, f.height,
    f.seconds, f.finding, f.used_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<MediaFile> {
    let sha256: Vec<u8> = row.get(3)?;
    let size: i64 = row.get(7)?;
    Ok(MediaFile {
        id: row.get(0)?,
        public_id: row.get(1)?,
        workspace: row.get(2)?,
        // The schema checks the length.
        sha256: Sha256::of_bytes(&sha256).unwrap_or(Sha256([0; 32])),
        state: row.get(4)?,
        why: row.get(5)?,
        mime: row.get(6)?,
        size: u64::try_from(size).unwrap_or(0),
        width: row.get(8)?,
        height: row.get(9)?,
        seconds: row.get(10)?,
        finding: row.get(11)?,
        used_at: row.get(12)?,
    })
}

fn bytes(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// The file that a message of `workspace` announces; a new row when the workspace does not know it yet.
pub fn announce_in(
    c: &Connection,
    workspace: WorkspaceId,
    file: &Announced<'_>,
    now: UnixMs,
) -> db::Result<(FileId, FileState)> {
    let sql = "INSERT INTO media_files (public_id, workspace_id, sha256, state, mime, size, width, height, seconds,
                                        created_at, used_at)
               VALUES (:public, :workspace, :sha256, 'wanted', :mime, :size, :width, :height, :seconds, :now, :now)
               ON CONFLICT (sha256, workspace_id) DO UPDATE
                  -- Another message may know a way to a file that its first one has lost.
                  SET state = iif(state = 'gone', 'wanted', state), why = iif(state = 'gone', NULL, why)
               RETURNING id, state";
    Ok(c.prepare_cached(sql)?.query_row(
        named_params! {
            ":public": PublicId::new("file"), ":workspace": workspace, ":sha256": &file.sha256.0[..],
            ":mime": file.mime, ":size": bytes(file.size), ":width": file.width, ":height": file.height,
            ":seconds": file.seconds, ":now": now,
        },
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// # Errors
/// `NotFound`, also for a file of another workspace.
pub(super) fn file(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<MediaFile> {
    let sql = format!("SELECT {COLUMNS} FROM media_files f WHERE f.public_id = :id AND f.workspace_id = :workspace");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, from_row)?)
}

/// For an address that was signed here, and for jobs.
pub(super) fn file_of_anyone(c: &Connection, id: &PublicId) -> db::Result<MediaFile> {
    let sql = format!("SELECT {COLUMNS} FROM media_files f WHERE f.public_id = :id");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id }, from_row)?)
}

/// The file with this row id, for the job that fetches it.
///
/// # Errors
/// `NotFound` when it was deleted.
pub fn by_id_in(c: &Connection, id: FileId) -> db::Result<MediaFile> {
    let sql = format!("SELECT {COLUMNS} FROM media_files f WHERE f.id = :id");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id }, from_row)?)
}

pub(super) fn by_sha256(c: &Connection, workspace: WorkspaceId, sha256: Sha256) -> db::Result<Option<MediaFile>> {
    let sql = format!("SELECT {COLUMNS} FROM media_files f WHERE f.sha256 = :sha256 AND f.workspace_id = :workspace");
    let params = named_params! { ":sha256": &sha256.0[..], ":workspace": workspace };
    c.prepare_cached(&sql)?.maybe(params, from_row)
}

/// Up to `limit` files that the workspace has here, from the one after `after` on.
pub fn present_in(c: &Connection, workspace: WorkspaceId, after: FileId, limit: u32) -> db::Result<Vec<MediaFile>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM media_files f
          WHERE f.workspace_id = :workspace AND f.state = 'present' AND f.id > :after ORDER BY f.id LIMIT :limit"
    );
    let mut statement = c.prepare_cached(&sql)?;
    let params = named_params! { ":workspace": workspace, ":after": after, ":limit": limit };
    statement.all(params, from_row)
}

/// The small JPEG of a picture.
pub fn thumbnail_in(c: &Connection, id: FileId) -> db::Result<Option<Vec<u8>>> {
    thumbnail(c, id)
}

/// A file of the workspace; `None` when there is none with this id.
pub fn find_in(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Option<MediaFile>> {
    match file(c, workspace, id) {
        Ok(file) => Ok(Some(file)),
        Err(db::DbError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn thumbnail(c: &Connection, id: FileId) -> db::Result<Option<Vec<u8>>> {
    Ok(c.prepare_cached("SELECT thumbnail FROM media_files WHERE id = :id")?
        .query_row(named_params! { ":id": id }, |row| row.get(0))?)
}

/// What was found out about a file whose bytes are here.
pub(super) struct Known<'a> {
    pub sha256: Sha256,
    pub mime: &'a str,
    pub size: u64,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub seconds: Option<u32>,
    pub thumbnail: Option<&'a [u8]>,
}

/// The workspace has the file now; a new row when it did not know it.
pub(super) fn arrived(c: &Connection, workspace: WorkspaceId, known: &Known<'_>, now: UnixMs) -> db::Result<MediaFile> {
    let sql = "INSERT INTO media_files (public_id, workspace_id, sha256, state, mime, size, width, height, seconds,
                                        thumbnail, created_at, used_at)
               VALUES (:public, :workspace, :sha256, 'present', :mime, :size, :width, :height, :seconds, :thumbnail,
                       :now, :now)
               ON CONFLICT (sha256, workspace_id) DO UPDATE
                  SET state = 'present', why = NULL, finding = NULL, mime = excluded.mime, size = excluded.size,
                      width = COALESCE(excluded.width, width), height = COALESCE(excluded.height, height),
                      seconds = COALESCE(excluded.seconds, seconds), thumbnail = excluded.thumbnail,
                      created_at = excluded.created_at, used_at = excluded.used_at
               RETURNING id";
    let id: FileId = c.prepare_cached(sql)?.query_row(
        named_params! {
            ":public": PublicId::new("file"), ":workspace": workspace, ":sha256": &known.sha256.0[..],
            ":mime": known.mime, ":size": bytes(known.size), ":width": known.width, ":height": known.height,
            ":seconds": known.seconds, ":thumbnail": known.thumbnail, ":now": now,
        },
        |row| row.get(0),
    )?;
    by_id_in(c, id)
}

/// The file is not here, and why.
pub(super) fn absent(
    c: &Connection,
    id: FileId,
    state: FileState,
    why: Option<Why>,
    finding: Option<&str>,
) -> db::Result<()> {
    c.prepare_cached("UPDATE media_files SET state = :state, why = :why, finding = :finding WHERE id = :id")?
        .execute(named_params! { ":id": id, ":state": state, ":why": why, ":finding": finding })?;
    Ok(())
}

pub(super) fn used(c: &Connection, id: FileId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE media_files SET used_at = :now WHERE id = :id")?
        .execute(named_params! { ":id": id, ":now": now })?;
    Ok(())
}

/// Before an object is put: from here on the store may hold it.
pub(super) fn object_expected(c: &Connection, sha256: Sha256, size: u64, now: UnixMs) -> db::Result<()> {
    let sql = "INSERT INTO media_objects (sha256, size, created_at) VALUES (:sha256, :size, :now)
               ON CONFLICT (sha256) DO NOTHING";
    c.prepare_cached(sql)?
        .execute(named_params! { ":sha256": &sha256.0[..], ":size": bytes(size), ":now": now })?;
    Ok(())
}

/// Up to `limit` objects that no workspace has as present, and that are not being put right now.
pub(super) fn unused_objects(c: &Connection, before: UnixMs, limit: u32) -> db::Result<Vec<Sha256>> {
    let sql = "SELECT o.sha256 FROM media_objects o
                WHERE o.created_at < :before AND NOT EXISTS (
                      SELECT 1 FROM media_files f WHERE f.sha256 = o.sha256 AND f.state = 'present')
                LIMIT :limit";
    let mut statement = c.prepare_cached(sql)?;
    let rows = statement.query_map(named_params! { ":before": before, ":limit": limit }, |row| {
        row.get::<_, Vec<u8>>(0)
    })?;
    let found: Vec<Vec<u8>> = rows.collect::<Result<_, _>>()?;
    Ok(found.iter().filter_map(|bytes| Sha256::of_bytes(bytes)).collect())
}

pub(super) fn is_unused(c: &Connection, sha256: Sha256) -> db::Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM media_files WHERE sha256 = :sha256 AND state = 'present')";
    Ok(c.prepare_cached(sql)?
        .query_row(named_params! { ":sha256": &sha256.0[..] }, |row| row.get(0))?)
}

/// After an object was removed.
pub(super) fn object_removed(c: &Connection, sha256: Sha256) -> db::Result<()> {
    c.prepare_cached("DELETE FROM media_objects WHERE sha256 = :sha256")?
        .execute(named_params! { ":sha256": &sha256.0[..] })?;
    Ok(())
}

/// Deletes up to `limit` rows that no message refers to; returns how many.
pub(super) fn forget_unreferenced(c: &Connection, before: UnixMs, limit: u32) -> db::Result<usize> {
    let sql = "DELETE FROM media_files WHERE id IN (
                   SELECT id FROM media_files WHERE refs = 0 AND created_at < :before LIMIT :limit)";
    Ok(c.prepare_cached(sql)?
        .execute(named_params! { ":before": before, ":limit": limit })?)
}

/// Lets go of up to `limit` files of the workspace that came before `before`; returns how many.
pub(super) fn clear(c: &Connection, workspace: WorkspaceId, before: UnixMs, limit: u32) -> db::Result<usize> {
    let sql = "UPDATE media_files SET state = 'wanted', why = 'cleared' WHERE id IN (
                   SELECT id FROM media_files
                    WHERE workspace_id = :workspace AND state = 'present' AND created_at < :before AND awaited = 0
                    LIMIT :limit)";
    Ok(c.prepare_cached(sql)?
        .execute(named_params! { ":workspace": workspace, ":before": before, ":limit": limit })?)
}

/// How many files of the workspace came before `before`, and their bytes.
pub(super) fn older(c: &Connection, workspace: WorkspaceId, before: UnixMs) -> db::Result<(u64, u64)> {
    let sql = "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM media_files
                WHERE workspace_id = :workspace AND state = 'present' AND created_at < :before AND awaited = 0";
    let params = named_params! { ":workspace": workspace, ":before": before };
    let (files, size): (i64, i64) = c
        .prepare_cached(sql)?
        .query_row(params, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((u64::try_from(files).unwrap_or(0), u64::try_from(size).unwrap_or(0)))
}

/// What the workspace has here.
pub(super) fn usage(c: &Connection, workspace: WorkspaceId) -> db::Result<Usage> {
    let sql = "SELECT COUNT(*), COALESCE(SUM(size), 0),
                      COALESCE(SUM(size) FILTER (WHERE mime LIKE 'image/%'), 0),
                      COALESCE(SUM(size) FILTER (WHERE mime LIKE 'audio/%'), 0),
                      COALESCE(SUM(size) FILTER (WHERE mime LIKE 'video/%'), 0)
                 FROM media_files WHERE workspace_id = :workspace AND state = 'present'";
    let count = |row: &Row<'_>, at| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
    Ok(c.prepare_cached(sql)?
        .query_row(named_params! { ":workspace": workspace }, |row| {
            Ok(Usage {
                files: count(row, 0)?,
                bytes: count(row, 1)?,
                pictures: count(row, 2)?,
                sounds: count(row, 3)?,
                videos: count(row, 4)?,
            })
        })?)
}

/// How many days the workspace keeps files; `None`: as long as their messages.
pub(super) fn keep_days(c: &Connection, workspace: WorkspaceId) -> db::Result<Option<u32>> {
    c.prepare_cached("SELECT keep_days FROM media_rules WHERE workspace_id = :workspace")?
        .maybe(named_params! { ":workspace": workspace }, |row| row.get(0))
}

/// The file was uploaded for this number.
pub(super) fn uploaded(c: &Connection, file: FileId, session: SessionId) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO media_uploads (file_id, session_id) VALUES (:file, :session) ON CONFLICT DO NOTHING",
    )?
    .execute(named_params! { ":file": file, ":session": session })?;
    Ok(())
}

/// Whether the file was uploaded for this number.
pub fn is_uploaded_in(c: &Connection, file: FileId, session: SessionId) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM media_uploads WHERE file_id = :file AND session_id = :session)";
    Ok(c.prepare_cached(sql)?
        .query_row(named_params! { ":file": file, ":session": session }, |row| row.get(0))?)
}

pub(super) fn set_keep_days(c: &Connection, workspace: WorkspaceId, days: Option<u32>) -> db::Result<()> {
    match days {
        Some(days) => c
            .prepare_cached(
                "INSERT INTO media_rules (workspace_id, keep_days) VALUES (:workspace, :days)
                 ON CONFLICT (workspace_id) DO UPDATE SET keep_days = excluded.keep_days",
            )?
            .execute(named_params! { ":workspace": workspace, ":days": days })?,
        None => c
            .prepare_cached("DELETE FROM media_rules WHERE workspace_id = :workspace")?
            .execute(named_params! { ":workspace": workspace })?,
    };
    Ok(())
}

/// Every workspace that lets go of files, with its days.
pub(super) fn rules(c: &Connection) -> db::Result<Vec<(WorkspaceId, u32)>> {
    let mut statement = c.prepare_cached("SELECT workspace_id, keep_days FROM media_rules")?;
    statement.all([], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// By which name this installation is known in a bucket: `fresh` if it has none yet.
pub(super) fn installation(c: &Connection, fresh: &str) -> db::Result<String> {
    let sql = "INSERT INTO media_sweep (id, installation) VALUES (1, :fresh)
               ON CONFLICT (id) DO UPDATE SET installation = installation RETURNING installation";
    Ok(c.prepare_cached(sql)?
        .query_row(named_params! { ":fresh": fresh }, |row| row.get(0))?)
}

pub(super) fn swept(c: &Connection) -> db::Result<Option<Swept>> {
    let sql = "SELECT at, objects, missing, removed, shared_with, (SELECT COUNT(*) FROM media_strays)
                 FROM media_sweep WHERE at IS NOT NULL";
    let count = |row: &Row<'_>, at| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
    let found = c.prepare_cached(sql)?.query_row([], |row| {
        let shared: String = row.get(4)?;
        Ok(Swept {
            at: row.get(0)?,
            objects: count(row, 1)?,
            missing: count(row, 2)?,
            removed: count(row, 3)?,
            strays: count(row, 5)?,
            shared_with: shared.split_whitespace().map(str::to_owned).collect(),
        })
    });
    Ok(found.optional()?)
}

pub(super) fn set_swept(c: &Connection, swept: &Swept) -> db::Result<()> {
    let sql = "UPDATE media_sweep SET at = :at, objects = :objects, missing = :missing, removed = :removed,
                      shared_with = :shared";
    c.prepare_cached(sql)?.execute(named_params! {
        ":at": swept.at, ":objects": bytes(swept.objects), ":missing": bytes(swept.missing),
        ":removed": bytes(swept.removed), ":shared": swept.shared_with.join(" "),
    })?;
    Ok(())
}

/// Up to `limit` objects of files that are here, after `from` and up to `to`.
pub(super) fn present_between(
    c: &Connection,
    from: Option<Sha256>,
    to: Option<Sha256>,
    limit: u64,
) -> db::Result<Vec<Sha256>> {
    let sql = "SELECT DISTINCT sha256 FROM media_files
                WHERE state = 'present' AND (:from IS NULL OR sha256 > :from) AND (:to IS NULL OR sha256 <= :to)
                LIMIT :limit";
    let mut statement = c.prepare_cached(sql)?;
    let (from, to) = (from.map(|from| from.0.to_vec()), to.map(|to| to.0.to_vec()));
    let params = named_params! { ":from": from, ":to": to, ":limit": bytes(limit) };
    let rows = statement.query_map(params, |row| row.get::<_, Vec<u8>>(0))?;
    let found: Vec<Vec<u8>> = rows.collect::<Result<_, _>>()?;
    Ok(found.iter().filter_map(|bytes| Sha256::of_bytes(bytes)).collect())
}

/// Those of `names` that no row knows.
pub(super) fn unknown(c: &Connection, names: Vec<Sha256>) -> db::Result<Vec<Sha256>> {
    let mut statement = c.prepare_cached("SELECT EXISTS (SELECT 1 FROM media_objects WHERE sha256 = :sha256)")?;
    let mut unknown = Vec::new();
    for name in names {
        if !statement.query_row(named_params! { ":sha256": &name.0[..] }, |row| row.get::<_, bool>(0))? {
            unknown.push(name);
        }
    }
    Ok(unknown)
}

pub(super) fn strays_seen(c: &Connection, names: &[Sha256], now: UnixMs) -> db::Result<()> {
    let mut statement = c.prepare_cached(
        "INSERT INTO media_strays (sha256, first_seen_at, last_seen_at) VALUES (:sha256, :now, :now)
         ON CONFLICT (sha256) DO UPDATE SET last_seen_at = :now",
    )?;
    for name in names {
        statement.execute(named_params! { ":sha256": &name.0[..], ":now": now })?;
    }
    Ok(())
}

/// Forgets those that were not seen at `now`: they are known again, or gone.
pub(super) fn strays_gone(c: &Connection, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("DELETE FROM media_strays WHERE last_seen_at <> :now")?
        .execute(named_params! { ":now": now })?;
    Ok(())
}

/// Up to `limit` objects that no row has known since `before`.
pub(super) fn strays(c: &Connection, before: UnixMs, limit: u32) -> db::Result<Vec<Sha256>> {
    let sql = "SELECT sha256 FROM media_strays WHERE first_seen_at < :before LIMIT :limit";
    let mut statement = c.prepare_cached(sql)?;
    let rows = statement.query_map(named_params! { ":before": before, ":limit": limit }, |row| {
        row.get::<_, Vec<u8>>(0)
    })?;
    let found: Vec<Vec<u8>> = rows.collect::<Result<_, _>>()?;
    Ok(found.iter().filter_map(|bytes| Sha256::of_bytes(bytes)).collect())
}

pub(super) fn stray_left(c: &Connection, name: Sha256) -> db::Result<()> {
    c.prepare_cached("DELETE FROM media_strays WHERE sha256 = :sha256")?
        .execute(named_params! { ":sha256": &name.0[..] })?;
    Ok(())
}
