//! What every page has around it, whoever made it.

use serde::Serialize;

use super::parts::Avatar;

/// The same for every page of an answer. Its fields stand in each template beside the page's own.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Frame {
    /// Who runs this server; `Cardea` until somebody has said so.
    pub organisation: String,
    /// The mount prefix, such as `` or `/id`: put before every local address.
    pub base: String,
    /// What the visitor chose; without a choice the device decides.
    pub theme: Option<Theme>,
    pub csrf: String,
    /// Who is signed in, for the headers of account and console.
    pub person: Option<Person>,
    /// What the last action did, shown once.
    pub flash: Option<Flash>,
    /// How long until a signing key rotates, such as `6 days`, once that is near; for the console.
    pub key_rotation: Option<String>,
    /// Links in the foot of the gate pages; only those that lead somewhere.
    pub help_links: Vec<Link>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    Light,
    Dark,
}

#[derive(Clone, Debug, Serialize)]
pub struct Person {
    pub name: String,
    /// The second line: an address, or `Administrator`.
    pub detail: String,
    pub avatar: Avatar,
}

#[derive(Clone, Debug, Serialize)]
pub struct Flash {
    pub tone: Tone,
    pub text: String,
}

/// How news is meant; each has its colour and its icon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    #[default]
    Ok,
    Info,
    Warn,
    Bad,
}

#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub name: String,
    pub url: String,
}

impl Frame {
    /// A frame to look at: everything that may be there is there.
    pub fn sample() -> Self {
        Self {
            organisation: "Tidemark".into(),
            csrf: "u3Qw1yT0nZk7".into(),
            person: Some(Person {
                name: "Ada Okafor".into(),
                detail: "ada@tidemark.example".into(),
                avatar: Avatar::of("Ada Okafor"),
            }),
            flash: Some(Flash { tone: Tone::Ok, text: "Your changes are saved.".into() }),
            key_rotation: Some("6 days".into()),
            help_links: vec![
                Link { name: "Help".into(), url: "https://tidemark.example/help".into() },
                Link { name: "Privacy".into(), url: "https://tidemark.example/privacy".into() },
            ],
            ..Self::default()
        }
    }
}
