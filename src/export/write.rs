//! Writes the file row by row, never holding all of it in memory.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::{Datelike as _, Timelike as _};
use rusqlite::Connection;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::model::{ExportError, ExportId};
use super::sheet;
use super::store::{self, rows};
use crate::accounts::{Accounts, MemberRole, Membership, User};
use crate::clock::UnixMs;
use crate::db::{self, Db};
use crate::i18n::{T, Text};
use crate::ids::WorkspaceId;
use crate::media::{self, FileId, Media};

/// Files of one page.
const FILES: u32 = 100;

/// How often the writer checks whether the file is still wanted, in rows.
const LOOK: u64 = 500;

/// Shared by the writing thread and the task that observes it.
#[derive(Default)]
pub(super) struct Pulse {
    pub done: AtomicU64,
    pub stop: AtomicBool,
}

/// What is written, and where.
pub(super) struct Writing {
    pub db: Db,
    pub media: Media,
    /// The row that stores the progress; none for the command line.
    pub export: Option<ExportId>,
    pub user: User,
    pub memberships: Vec<Membership>,
    pub pulse: Arc<Pulse>,
    pub now: UnixMs,
}

struct Archive {
    zip: ZipWriter<File>,
    /// The timestamp of the files in it.
    at: zip::DateTime,
    done: u64,
    shown: u64,
}

/// Approximately how many rows there will be.
pub(super) fn count(c: &Connection, user: &User, memberships: &[Membership]) -> db::Result<u64> {
    let mut total = 0;
    for Membership { workspace, role } in memberships {
        total += match role {
            MemberRole::Owner => rows::count_all(c, workspace.id)?,
            _ => rows::count_own(c, workspace.id, user.id)?,
        };
    }
    Ok(total)
}

impl Writing {
    /// Writes everything and returns the file and the number of rows. Blocks: for a thread of its own.
    pub(super) fn run(self, file: File) -> Result<(File, u64), ExportError> {
        let mut archive = Archive {
            zip: ZipWriter::new(file),
            at: made_at(self.now),
            done: 0,
            shown: 0,
        };
        archive.file("README.txt")?;
        archive.text(&self.readme())?;
        self.person(&mut archive)?;
        for membership in &self.memberships {
            let folder = folder_of(membership);
            match membership.role {
                MemberRole::Owner => self.workspace(&mut archive, &folder, membership)?,
                _ => self.own_part(&mut archive, &folder, membership)?,
            }
        }
        let done = archive.done;
        let file = archive.zip.finish().map_err(broken)?;
        Ok((file, done))
    }

    fn readme(&self) -> String {
        let about = Text::new("export-readme").with("name", &self.user.name);
        let mut texts = vec![about.with("email", &self.user.email)];
        if self.memberships.is_empty() {
            texts.push(Text::new("export-readme-alone"));
        }
        let t = T::default();
        let texts: Vec<_> = texts.iter().map(|text| t.text(text)).collect();
        // As every system's editor shows it.
        format!("{}\n", texts.join("\n\n")).replace('\n', "\r\n")
    }

    fn person(&self, archive: &mut Archive) -> Result<(), ExportError> {
        let user = self.user.id;
        let (profile, logins) = self.read(move |c| Ok((rows::profile(c, user)?, rows::logins(c, user)?)))?;
        archive.file("profile.json")?;
        archive.pretty(&profile)?;
        archive.file("logins.json")?;
        archive.pretty(&Value::Array(logins))?;
        let about = |membership: &Membership| {
            let workspace = &membership.workspace;
            json!({
                "id": workspace.public_id.as_str(), "name": workspace.name, "role": membership.role.word(),
                "time_zone": workspace.time_zone.name(), "country": workspace.country,
                "created_at": workspace.created_at.to_utc().to_rfc3339(), "folder": folder_of(membership),
            })
        };
        archive.file("workspaces.json")?;
        archive.pretty(&Value::Array(self.memberships.iter().map(about).collect()))
    }

    fn workspace(&self, archive: &mut Archive, folder: &str, of: &Membership) -> Result<(), ExportError> {
        let workspace = of.workspace.id;
        let (members, numbers) =
            self.read(move |c| Ok((rows::members(c, workspace)?, rows::numbers(c, workspace)?)))?;
        archive.file(&format!("{folder}/members.json"))?;
        archive.pretty(&Value::Array(members))?;
        archive.file(&format!("{folder}/numbers.json"))?;
        archive.pretty(&Value::Array(numbers))?;
        let replies = self.read(move |c| rows::quick_replies(c, workspace))?;
        archive.file(&format!("{folder}/quick-replies.json"))?;
        archive.pretty(&Value::Array(replies))?;
        self.contacts(archive, folder, workspace)?;
        self.chats(archive, folder, workspace)?;
        self.files(archive, folder, workspace)?;
        self.lines(archive, &format!("{folder}/events.jsonl"), move |c, after| {
            rows::events(c, workspace, after)
        })?;
        self.lines(archive, &format!("{folder}/audit.jsonl"), move |c, after| {
            rows::audit(c, workspace, after)
        })
    }

    fn own_part(&self, archive: &mut Archive, folder: &str, of: &Membership) -> Result<(), ExportError> {
        let (workspace, user) = (of.workspace.id, self.user.id);
        self.lines(archive, &format!("{folder}/my-messages.jsonl"), move |c, after| {
            rows::own_messages(c, workspace, user, after)
        })
    }

    /// Reads the same rows twice, since an archive is written one file after the other.
    fn contacts(&self, archive: &mut Archive, folder: &str, workspace: WorkspaceId) -> Result<(), ExportError> {
        archive.file(&format!("{folder}/contacts.csv"))?;
        archive.text(&sheet::line([
            "name",
            "in_the_phone",
            "calls_itself",
            "username",
            "phone",
            "since",
            "id",
        ]))?;
        let mut after = 0;
        while let (page, Some(last)) = self.read(move |c| rows::contacts(c, workspace, after))? {
            for row in page {
                let cell = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                let cells = [
                    "name",
                    "book_name",
                    "push_name",
                    "username",
                    "phone",
                    "created_at",
                    "id",
                ]
                .map(cell);
                archive.text(&sheet::line(cells.iter().map(String::as_str)))?;
            }
            self.look(archive)?;
            after = last;
        }
        archive.file(&format!("{folder}/contacts.json"))?;
        let mut list = List::default();
        let mut after = 0;
        while let (page, Some(last)) = self.read(move |c| rows::contacts(c, workspace, after))? {
            for row in page {
                list.push(archive, &row)?;
                archive.done += 1;
            }
            self.look(archive)?;
            after = last;
        }
        list.end(archive)
    }

    fn chats(&self, archive: &mut Archive, folder: &str, workspace: WorkspaceId) -> Result<(), ExportError> {
        let sessions = self.read(move |c| rows::sessions(c, workspace))?;
        archive.file(&format!("{folder}/chats.json"))?;
        let mut list = List::default();
        self.each_chat(&sessions, |chat| {
            list.push(archive, &chat.about)?;
            self.look(archive)
        })?;
        list.end(archive)?;
        self.each_chat(&sessions, |chat| {
            archive.file(&format!("{folder}/messages/{}.jsonl", chat.public_id))?;
            let (id, mut after) = (chat.id, (i64::MIN, 0));
            while let (page, Some(last)) = self.read(move |c| rows::messages(c, workspace, id, after))? {
                self.write_lines(archive, &page)?;
                after = last;
            }
            Ok(())
        })
    }

    /// The files of the workspace, under the ids that its messages name.
    fn files(&self, archive: &mut Archive, folder: &str, workspace: WorkspaceId) -> Result<(), ExportError> {
        let mut after = FileId(0);
        loop {
            let page = self.read(move |c| media::present_in(c, workspace, after, FILES))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for file in &page {
                let name = format!("{folder}/files/{}.{}", file.public_id, media::extension(&file.mime));
                archive.stored(&name)?;
                // One that the store has lost stays empty: its name is in the archive already.
                self.media.copy_blocking(file, &mut archive.zip)?;
                self.look(archive)?;
            }
        }
    }

    fn each_chat(
        &self,
        sessions: &[crate::ids::SessionId],
        mut visit: impl FnMut(rows::ChatRow) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        for &session in sessions {
            let mut after = String::new();
            loop {
                let from = after.clone();
                let page = self.read(move |c| rows::chats(c, session, &from))?;
                let Some(last) = page.last() else { break };
                after = last.address.clone();
                page.into_iter().try_for_each(&mut visit)?;
            }
        }
        Ok(())
    }

    fn lines<F>(&self, archive: &mut Archive, name: &str, read: F) -> Result<(), ExportError>
    where
        F: Fn(&Connection, i64) -> db::Result<(Vec<Value>, Option<i64>)> + Copy + Send + 'static,
    {
        archive.file(name)?;
        let mut after = 0;
        while let (page, Some(last)) = self.read(move |c| read(c, after))? {
            self.write_lines(archive, &page)?;
            after = last;
        }
        Ok(())
    }

    fn write_lines(&self, archive: &mut Archive, page: &[Value]) -> Result<(), ExportError> {
        for row in page {
            archive.text(&format!("{row}\n"))?;
            archive.done += 1;
        }
        self.look(archive)
    }

    /// One page in one short read.
    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> db::Result<T> + Send + 'static,
    ) -> Result<T, ExportError> {
        Ok(self.db.read_blocking(read)?)
    }

    /// Reports the progress, and ends when the file is no longer wanted.
    fn look(&self, archive: &mut Archive) -> Result<(), ExportError> {
        self.pulse.done.store(archive.done, Ordering::Relaxed);
        if self.pulse.stop.load(Ordering::Relaxed) {
            return Err(ExportError::Stopped);
        }
        let Some(export) = self.export.filter(|_| archive.done - archive.shown >= LOOK) else {
            return Ok(());
        };
        let done = archive.done;
        archive.shown = done;
        let wanted = self.db.write_blocking(move |tx| store::advance(tx, export, done))?;
        if wanted { Ok(()) } else { Err(ExportError::Stopped) }
    }
}

impl Archive {
    /// Starts a file; what is written next goes into it.
    fn file(&mut self, name: &str) -> Result<(), ExportError> {
        // A business's messages may exceed four gigabytes.
        let options = SimpleFileOptions::default()
            .large_file(true)
            .unix_permissions(0o600)
            .last_modified_time(self.at);
        self.zip.start_file(name, options).map_err(broken)
    }

    /// Starts a file whose content is compressed already, as pictures and recordings are.
    fn stored(&mut self, name: &str) -> Result<(), ExportError> {
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .large_file(true)
            .unix_permissions(0o600)
            .last_modified_time(self.at);
        self.zip.start_file(name, options).map_err(broken)
    }

    fn text(&mut self, text: &str) -> Result<(), ExportError> {
        Ok(self.zip.write_all(text.as_bytes())?)
    }

    fn pretty(&mut self, value: &Value) -> Result<(), ExportError> {
        let text = serde_json::to_string_pretty(value).map_err(|error| ExportError::Io(error.to_string()))?;
        self.text(&text)
    }
}

/// A JSON array, written element by element.
#[derive(Default)]
struct List {
    begun: bool,
}

impl List {
    fn push(&mut self, archive: &mut Archive, value: &Value) -> Result<(), ExportError> {
        let before = if self.begun { ",\n" } else { "[\n" };
        self.begun = true;
        archive.text(&format!("{before}{value}"))
    }

    fn end(self, archive: &mut Archive) -> Result<(), ExportError> {
        archive.text(if self.begun { "\n]\n" } else { "[]\n" })
    }
}

/// In UTC, with the two-second precision of archives.
fn made_at(now: UnixMs) -> zip::DateTime {
    let now = now.to_utc();
    let small = |part: u32| u8::try_from(part).unwrap_or_default();
    let year = u16::try_from(now.year()).unwrap_or(1980);
    let made = zip::DateTime::from_date_and_time(
        year,
        small(now.month()),
        small(now.day()),
        small(now.hour()),
        small(now.minute()),
        small(now.second()),
    );
    made.unwrap_or_default()
}

fn folder_of(membership: &Membership) -> String {
    format!("workspaces/{}", membership.workspace.public_id)
}

fn broken(error: zip::result::ZipError) -> ExportError {
    ExportError::Io(error.to_string())
}

/// The person and their current workspaces.
pub(super) async fn whose(accounts: &Accounts, user: User) -> Result<(User, Vec<Membership>), ExportError> {
    let memberships = accounts.memberships(user.id).await;
    let memberships = memberships.map_err(|error| match error {
        crate::accounts::AccountError::Db(error) => ExportError::from(error),
        other => ExportError::Io(other.to_string()),
    })?;
    Ok((user, memberships))
}
