//! SQL of the settings' single row.

use rusqlite::{Connection, named_params};

use super::Installation;
use crate::accounts::model::User;
use crate::accounts::store::{USER, awaits_setup, user_at};
use crate::db::{self, Rows as _};
use crate::ids::UserId;

pub(in crate::accounts) fn installation(c: &Connection) -> db::Result<Installation> {
    let sql = "SELECT registration_open, guest_tour, guest_workspace, free_workspaces FROM installation WHERE id = 1";
    let stored = c.prepare_cached(sql)?.query_row([], |row| {
        Ok(Installation {
            registration_open: row.get(0)?,
            guest_tour: row.get(1)?,
            guest_workspace: row.get(2)?,
            free_workspaces: row.get(3)?,
        })
    })?;
    // The administrator is set up first.
    let registration_open = stored.registration_open && !awaits_setup(c)?;
    Ok(Installation {
        registration_open,
        ..stored
    })
}

pub(super) fn set(c: &Connection, new: Installation) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE installation SET registration_open = :open, guest_tour = :tour, guest_workspace = :workspace,
                                 free_workspaces = :free",
    )?
    .execute(named_params! {
        ":open": new.registration_open,
        ":tour": new.guest_tour,
        ":workspace": new.guest_workspace,
        ":free": new.free_workspaces,
    })?;
    Ok(())
}

/// The guests' user, unless nobody has used guest access yet.
pub(super) fn guest(c: &Connection) -> db::Result<Option<User>> {
    let sql = format!("SELECT {USER} FROM users u JOIN installation i ON i.guest_user = u.id");
    c.prepare_cached(&sql)?.maybe([], |row| user_at(row, 0))
}

pub(super) fn set_guest(c: &Connection, guest: UserId) -> db::Result<()> {
    c.prepare_cached("UPDATE installation SET guest_user = :guest")?
        .execute(named_params! { ":guest": guest })?;
    Ok(())
}
