//! `cardea user add|list|set-password|disable|enable`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::open::{House, in_house, random_id};
use super::{Failure, Settings, print};
use crate::dice;
use crate::oidc::profile::Profile;
use crate::oidc::user::{User, check_subject, check_username};
use crate::password;
use crate::store::users::Listed;
use crate::store::{Db, audit, users};

#[derive(Subcommand)]
pub enum Command {
    /// Add a person
    Add(Add),
    /// List all people
    List {
        #[arg(long)]
        json: bool,
    },
    /// Give a person a new password, and sign them out everywhere
    SetPassword {
        /// The user name or e-mail address
        username: String,
        /// The password is the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Stop a person from signing in, and end their sessions and tokens
    Disable {
        /// The user name or e-mail address
        username: String,
    },
    /// Let a person sign in again
    Enable {
        /// The user name or e-mail address
        username: String,
    },
}

#[derive(Args)]
pub struct Add {
    username: String,
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The full name
    #[arg(long)]
    name: Option<String>,
    /// May use the console
    #[arg(long)]
    admin: bool,
    /// A JSON object of further claims, by their names in OpenID Connect Core 5.1
    #[arg(long, value_name = "FILE")]
    claims: Option<PathBuf>,
    /// The sub by which apps knew them elsewhere, for a server with subjects.source = "stored"
    #[arg(long, value_name = "SUB")]
    subject: Option<String>,
    /// The password is the first line of standard input
    #[arg(long, required = true)]
    password_stdin: bool,
}

pub fn run(command: Command, settings: &Settings) -> Result<(), Failure> {
    match command {
        Command::Add(add) => {
            let password = print::line_of_stdin("the password")?;
            let profile = profile(&add)?;
            in_house(settings, async |house| {
                let new = NewUser {
                    username: add.username,
                    profile,
                    subject: add.subject,
                    is_admin: add.admin,
                    password,
                };
                let user = new.save(house).await?;
                eprintln!("added {}", user.username);
                Ok(())
            })
        }
        Command::List { json } => in_house(settings, async |house| list(house, json).await),
        Command::SetPassword { username, .. } => {
            let password = print::line_of_stdin("the password")?;
            in_house(settings, async |house| set_password(house, username, &password).await)
        }
        Command::Disable { username } => {
            in_house(settings, async |house| set_disabled(house, username, true).await)
        }
        Command::Enable { username } => {
            in_house(settings, async |house| set_disabled(house, username, false).await)
        }
    }
}

/// Somebody to come.
pub struct NewUser {
    pub username: String,
    pub profile: Profile,
    /// The `sub` that was brought along.
    pub subject: Option<String>,
    pub is_admin: bool,
    pub password: String,
}

impl NewUser {
    pub async fn save(self, house: &House) -> Result<User, Failure> {
        let now = house.now();
        let user = User {
            id: random_id(),
            username: self.username,
            profile: self.profile,
            subject: self.subject,
            is_admin: self.is_admin,
            disabled_at: None,
            created_at: now,
            updated_at: now,
        };
        let mut problems = Vec::from_iter(check_username(&user.username).err());
        problems.extend(user.subject.as_deref().and_then(|subject| check_subject(subject).err()));
        problems.extend(check_password(house, &user, &self.password).err());
        if !problems.is_empty() {
            return Err(Failure::Refused(problems));
        }
        let hash = password::hash(&self.password, house.password_cost(), dice::bytes());
        let mut event = house.event("user_added", user.username.as_str());
        event.user_id = Some(user.id.clone());
        let added = user.clone();
        let result = house.store.write(move |db| {
            check_free(db, &user)?;
            users::add(db, &user)?;
            users::save_password(db, &user.id, &hash, now)?;
            Ok(audit::add(db, &event)?)
        });
        match result.await {
            Err(Failure::Store(error)) if error.is_duplicate() => {
                Err(Failure::new("the user name or e-mail address was taken a moment ago; choose another"))
            }
            result => result.map(|()| added),
        }
    }
}

/// `--email` and `--name` win over the file.
fn profile(add: &Add) -> Result<Profile, Failure> {
    let text = add.claims.as_deref().map_or_else(|| Ok("{}".to_owned()), print::text_of)?;
    let mut profile = Profile::parse(&text)?;
    if add.email.is_some() {
        // What the file says about an address does not hold for another.
        profile.email_verified &= profile.email == add.email;
        profile.email = add.email.clone();
    }
    profile.name = add.name.clone().or(profile.name);
    Ok(profile.check()?)
}

fn check_password(house: &House, user: &User, password: &str) -> Result<(), String> {
    let shortest = house.config.password.min_length;
    password::check_new(password, &user.username, user.profile.email.as_deref(), shortest)
}

fn check_free(db: &mut Db, user: &User) -> Result<(), Failure> {
    let problem = |member: &str| match member {
        "email" => format!(
            "the e-mail address {} belongs to somebody else; choose another",
            user.profile.email.as_deref().unwrap_or_default()
        ),
        "subject" => format!(
            "the subject {} belongs to somebody else; choose another",
            user.subject.as_deref().unwrap_or_default()
        ),
        _ => format!("the user name {} is taken; choose another", user.username),
    };
    let problems: Vec<_> = users::taken(db, user)?.into_iter().map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Refused(problems)) }
}

async fn list(house: &House, as_json: bool) -> Result<(), Failure> {
    let people = house.store.read(|db| print::every(|search| users::list(db, search))).await?;
    if as_json {
        let people: Vec<_> = people.iter().map(described).collect();
        print::json(&people);
        return Ok(());
    }
    let rows: Vec<_> = people.iter().map(row).collect();
    print::table(["USER NAME", "NAME", "E-MAIL", "STATE", "LAST SIGN-IN (UTC)"], &rows);
    Ok(())
}

fn described(listed: &Listed) -> serde_json::Value {
    let Listed { user, signed_in_at } = listed;
    json!({
        "id": user.id,
        "username": user.username,
        "name": user.profile.name,
        "email": user.profile.email,
        "subject": user.subject,
        "is_admin": user.is_admin,
        "is_disabled": user.is_disabled(),
        "created_at": user.created_at,
        "signed_in_at": signed_in_at,
    })
}

fn row(listed: &Listed) -> [String; 5] {
    let Listed { user, signed_in_at } = listed;
    let state = match (user.is_disabled(), user.is_admin) {
        (true, _) => "disabled",
        (false, true) => "administrator",
        (false, false) => "active",
    };
    [
        user.username.clone(),
        user.profile.name.clone().unwrap_or_default(),
        user.profile.email.clone().unwrap_or_default(),
        state.to_owned(),
        signed_in_at.map_or_else(|| "never".to_owned(), |at| at.to_string()),
    ]
}

async fn set_password(house: &House, username: String, password: &str) -> Result<(), Failure> {
    let user = house.store.read(move |db| find(db, &username)).await?;
    check_password(house, &user, password).map_err(Failure::new)?;
    let hash = password::hash(password, house.password_cost(), dice::bytes());
    let (now, mut event) = (house.now(), house.event("password_set", user.username.as_str()));
    event.user_id = Some(user.id.clone());
    let write = house.store.write::<_, Failure, _>(move |db| {
        users::save_password(db, &user.id, &hash, now)?;
        // Whoever knew the old password is out.
        users::end_everything(db, &user.id, now)?;
        Ok(audit::add(db, &event)?)
    });
    write.await
}

async fn set_disabled(house: &House, username: String, is_disabled: bool) -> Result<(), Failure> {
    let now = house.now();
    let event = house.event(if is_disabled { "user_disabled" } else { "user_enabled" }, "");
    let write = house.store.write(move |db| {
        let user = find(db, &username)?;
        if is_disabled && users::is_last_admin(db, &user.id)? {
            return Err(Failure::new(format!(
                "{} is the only administrator; make another one first",
                user.username
            )));
        }
        users::set_disabled(db, &user.id, now, is_disabled)?;
        let mut event = event.clone();
        event.detail.clone_from(&user.username);
        event.user_id = Some(user.id);
        Ok(audit::add(db, &event)?)
    });
    write.await
}

fn find(db: &mut Db, login: &str) -> Result<User, Failure> {
    let found = users::find_by_login(db, login)?;
    found
        .map(|(user, _)| user)
        .ok_or_else(|| Failure::new(format!("there is no user {login}; cardea user list shows all")))
}
