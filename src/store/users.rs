//! People, and their passwords.

use diesel::prelude::*;

use super::db::{Db, on_either};
use super::error::{Error, Result};
use super::list::{Page, Search};
use super::schema::{passwords, users};
use super::{grants, sessions};
use crate::oidc::profile::Profile;
use crate::oidc::time::UnixTime;
use crate::oidc::user::{User, fold};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct Row {
    id: String,
    username: String,
    profile: String,
    is_admin: bool,
    disabled_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    subject: Option<String>,
}

/// The columns of [`Row`], for joins.
pub(super) type Columns = (
    users::id,
    users::username,
    users::profile,
    users::is_admin,
    users::disabled_at,
    users::created_at,
    users::updated_at,
    users::subject,
);
pub(super) const COLUMNS: Columns = (
    users::id,
    users::username,
    users::profile,
    users::is_admin,
    users::disabled_at,
    users::created_at,
    users::updated_at,
    users::subject,
);

impl TryFrom<Row> for User {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            profile: serde_json::from_str::<Profile>(&row.profile)
                .map_err(|error| Error::Unreadable(format!("profile of user {}: {error}", row.id)))?,
            id: row.id,
            username: row.username,
            is_admin: row.is_admin,
            disabled_at: row.disabled_at.map(UnixTime),
            created_at: UnixTime(row.created_at),
            updated_at: UnixTime(row.updated_at),
            subject: row.subject,
        })
    }
}

pub fn find(db: &mut Db, id: &str) -> Result<Option<User>> {
    let row: Option<Row> =
        on_either!(db, conn => users::table.find(id).select(COLUMNS).first(conn).optional())?;
    row.map(TryInto::try_into).transpose()
}

/// The person with this user name, or else with this e-mail address, and what is kept of the password.
pub fn find_by_login(db: &mut Db, login: &str) -> Result<Option<(User, Option<String>)>> {
    let key = fold(login);
    let of = |db: &mut Db, by_name: bool| -> Result<Option<(Row, Option<String>)>> {
        let query = users::table.left_join(passwords::table).into_boxed();
        let query = if by_name {
            query.filter(users::username_key.eq(&key))
        } else {
            query.filter(users::email_key.eq(&key))
        };
        Ok(query.select((COLUMNS, passwords::password_hash.nullable())).first(db).optional()?)
    };
    let found = match of(db, true)? {
        None => of(db, false)?,
        found => found,
    };
    found.map(|(row, password_hash)| Ok((row.try_into()?, password_hash))).transpose()
}

/// What is kept of the password of `user_id`.
pub fn password_hash(db: &mut Db, user_id: &str) -> Result<Option<String>> {
    Ok(passwords::table.find(user_id).select(passwords::password_hash).first(db).optional()?)
}

/// Adds a person. Fails as a duplicate where the user name, the e-mail address or the subject is taken.
pub fn add(db: &mut Db, user: &User) -> Result<()> {
    diesel::insert_into(users::table)
        .values((
            users::id.eq(&user.id),
            users::username.eq(&user.username),
            users::username_key.eq(fold(&user.username)),
            users::email_key.eq(email_key(user)),
            users::profile.eq(profile_text(user)),
            users::search_key.eq(search_key(user)),
            users::is_admin.eq(user.is_admin),
            users::disabled_at.eq(user.disabled_at.map(|at| at.0)),
            users::created_at.eq(user.created_at.0),
            users::updated_at.eq(user.updated_at.0),
            users::subject.eq(&user.subject),
        ))
        .execute(db)?;
    Ok(())
}

/// The members, `username`, `email` and `subject`, that another person has already.
pub fn taken(db: &mut Db, user: &User) -> Result<Vec<&'static str>> {
    let others = || users::table.filter(users::id.ne(&user.id));
    let mut taken = Vec::new();
    let of_name = others().filter(users::username_key.eq(fold(&user.username)));
    if diesel::select(diesel::dsl::exists(of_name)).get_result(db)? {
        taken.push("username");
    }
    let of_email = others().filter(users::email_key.eq(email_key(user)));
    if diesel::select(diesel::dsl::exists(of_email)).get_result(db)? {
        taken.push("email");
    }
    if let Some(subject) = &user.subject {
        // Who brought none along is known by the account's ID.
        let of_subject = others().filter(users::subject.eq(subject).or(users::id.eq(subject)));
        if diesel::select(diesel::dsl::exists(of_subject)).get_result(db)? {
            taken.push("subject");
        }
    }
    Ok(taken)
}

/// Saves everything about a person but the password. Says whether the person is there.
pub fn save(db: &mut Db, user: &User) -> Result<bool> {
    let changed = diesel::update(users::table.find(&user.id))
        .set((
            users::username.eq(&user.username),
            users::username_key.eq(fold(&user.username)),
            users::email_key.eq(email_key(user)),
            users::profile.eq(profile_text(user)),
            users::search_key.eq(search_key(user)),
            users::is_admin.eq(user.is_admin),
            users::disabled_at.eq(user.disabled_at.map(|at| at.0)),
            users::updated_at.eq(user.updated_at.0),
            users::subject.eq(&user.subject),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Stops a person from signing in, and ends every session and token; or lets the person in again.
pub fn set_disabled(db: &mut Db, user_id: &str, at: UnixTime, is_disabled: bool) -> Result<bool> {
    let disabled_at = is_disabled.then_some(at.0);
    let changed =
        diesel::update(users::table.find(user_id)).set(users::disabled_at.eq(disabled_at)).execute(db)?;
    if is_disabled {
        end_everything(db, user_id, at)?;
    }
    Ok(changed == 1)
}

/// Ends every session and token of a person, in all browsers and apps. The sessions come first: what is granted in one
/// meanwhile is there before the tokens end, or never.
pub fn end_everything(db: &mut Db, user_id: &str, at: UnixTime) -> Result<()> {
    sessions::end_all(db, user_id, at)?;
    end_tokens(db, user_id, at)
}

/// Ends every token of a person, in all apps.
pub fn end_tokens(db: &mut Db, user_id: &str, at: UnixTime) -> Result<()> {
    grants::revoke_of_user(db, user_id, None, at)
}

/// Keeps a new password's hash.
pub fn save_password(db: &mut Db, user_id: &str, password_hash: &str, at: UnixTime) -> Result<()> {
    let changed = diesel::update(passwords::table.find(user_id))
        .set((passwords::password_hash.eq(password_hash), passwords::changed_at.eq(at.0)))
        .execute(db)?;
    if changed == 0 {
        diesel::insert_into(passwords::table)
            .values((
                passwords::user_id.eq(user_id),
                passwords::password_hash.eq(password_hash),
                passwords::changed_at.eq(at.0),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Keeps `new`, a hash of the same password, in place of `old`; false if the password has changed meanwhile.
///
/// The row is held until the transaction ends, even where the two are alike: whoever changes the password then waits.
pub fn hold_password(db: &mut Db, user_id: &str, old: &str, new: &str) -> Result<bool> {
    let row = passwords::table.find(user_id).filter(passwords::password_hash.eq(old));
    Ok(diesel::update(row).set(passwords::password_hash.eq(new)).execute(db)? == 1)
}

/// When the password was last changed.
pub fn password_changed_at(db: &mut Db, user_id: &str) -> Result<Option<UnixTime>> {
    let at: Option<i64> =
        passwords::table.find(user_id).select(passwords::changed_at).first(db).optional()?;
    Ok(at.map(UnixTime))
}

/// When the person last signed in.
pub fn signed_in_at(db: &mut Db, user_id: &str) -> Result<Option<UnixTime>> {
    let at: Option<Option<i64>> =
        users::table.find(user_id).select(users::signed_in_at).first(db).optional()?;
    Ok(at.flatten().map(UnixTime))
}

/// False if the person is disabled; else nobody can disable them before the transaction ends.
pub fn note_sign_in(db: &mut Db, user_id: &str, at: UnixTime) -> Result<bool> {
    let row = users::table.find(user_id).filter(users::disabled_at.is_null());
    Ok(diesel::update(row).set(users::signed_in_at.eq(at.0)).execute(db)? == 1)
}

/// Whether anybody may use the console.
pub fn is_any_admin(db: &mut Db) -> Result<bool> {
    let admins = users::table.filter(users::is_admin.eq(true)).filter(users::disabled_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(admins)).get_result(db)?)
}

/// Until this transaction ends, nobody else changes an administrator: of two who go at once, one is the last.
pub fn hold_admins(db: &mut Db) -> Result<()> {
    let admins = users::table.filter(users::is_admin.eq(true));
    diesel::update(admins).set(users::is_admin.eq(true)).execute(db)?;
    Ok(())
}

/// Whether `user_id` is the only one who may use the console.
pub fn is_last_admin(db: &mut Db, user_id: &str) -> Result<bool> {
    let admins: Vec<String> = users::table
        .filter(users::is_admin.eq(true))
        .filter(users::disabled_at.is_null())
        .select(users::id)
        .limit(2)
        .load(db)?;
    Ok(admins == [user_id])
}

/// Who is in the list, with the time of the last sign-in.
pub struct Listed {
    pub user: User,
    pub signed_in_at: Option<UnixTime>,
}

/// People by name; `state` narrows to `admin` or `disabled`.
pub fn list(db: &mut Db, search: &Search) -> Result<Page<Listed>> {
    let filtered = || {
        let mut query = users::table.into_boxed();
        if let Some(pattern) = search.pattern() {
            query = query.filter(users::search_key.like(pattern).escape('\\'));
        }
        match search.state.as_deref() {
            Some("admin") => query.filter(users::is_admin.eq(true)),
            Some("disabled") => query.filter(users::disabled_at.is_not_null()),
            Some("active") => query.filter(users::disabled_at.is_null()),
            _ => query,
        }
    };
    let total = filtered().count().get_result(db)?;
    let rows: Vec<(Row, Option<i64>)> = filtered()
        .order((users::search_key, users::id))
        .limit(search.limit())
        .offset(search.offset())
        .select((COLUMNS, users::signed_in_at))
        .load(db)?;
    let listed = |(row, signed_in_at): (Row, Option<i64>)| {
        Ok(Listed { user: row.try_into()?, signed_in_at: signed_in_at.map(UnixTime) })
    };
    Ok(Page { total, rows: rows.into_iter().map(listed).collect::<Result<_>>()? })
}

/// IDs and names of people, for choosing one; the first thousand.
pub fn names(db: &mut Db) -> Result<Vec<(String, String)>> {
    let rows: Vec<(String, String)> = users::table
        .filter(users::disabled_at.is_null())
        .order((users::is_admin.desc(), users::search_key))
        .limit(1000)
        .select((users::id, users::username))
        .load(db)?;
    Ok(rows)
}

pub fn count(db: &mut Db) -> Result<i64> {
    Ok(users::table.count().get_result(db)?)
}

fn email_key(user: &User) -> Option<String> {
    user.profile.email.as_deref().map(fold)
}

fn profile_text(user: &User) -> String {
    serde_json::to_string(&user.profile).expect("a profile is plain data")
}

/// Begins with the name, so that lists can be sorted by it.
fn search_key(user: &User) -> String {
    let email = user.profile.email.as_deref().unwrap_or_default();
    fold(&format!("{} {} {email}", user.display_name(), user.username))
}
