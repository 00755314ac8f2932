//! Which database, and how it is shown without its password.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

/// `sqlite://cardea.db` (below the working directory), `sqlite:///var/lib/cardea.db`, `postgres://…`.
#[derive(Clone)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    /// The URL as libpq reads it.
    Postgres(SecretString),
}

impl DatabaseUrl {
    /// The error never repeats the text, for it may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = |scheme: &str| text.strip_prefix(scheme).filter(|rest| !rest.is_empty());
        if rest("postgres://").or_else(|| rest("postgresql://")).is_some() {
            return Ok(Self::Postgres(text.into()));
        }
        match rest("sqlite://") {
            Some(":memory:") => Err("a database in memory is forgotten at every stop".to_owned()),
            Some(path) if path.contains(['?', '#']) => Err("a path with ? or # is not allowed".to_owned()),
            Some(path) if path.ends_with('/') => Err("it names a directory, not a file".to_owned()),
            Some(path) => Ok(Self::Sqlite(path.into())),
            None => Err("it is no database URL".to_owned()),
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    pub(super) fn has_password(&self) -> bool {
        matches!(self, Self::Postgres(url) if masked(url.expose_secret()) != url.expose_secret())
    }
}

/// The URL with its passwords masked.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => f.write_str(&masked(url.expose_secret())),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// libpq takes a password before the host and in the query, and `sslpassword` beside it.
/// Works on the text, because several hosts in one URL are more than a URL parser takes.
fn masked(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let mut shown = format!("{scheme}://");
    match place.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => shown += &format!("{name}:********@{host}"),
            None => shown += place,
        },
        None => shown += place,
    }
    if let Some(query) = query {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=********"),
            _ => pair.to_owned(),
        });
        shown += "?";
        shown += &pairs.collect::<Vec<_>>().join("&");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_paths_are_relative_or_absolute() {
        let path = |text| match DatabaseUrl::parse(text).unwrap() {
            DatabaseUrl::Sqlite(path) => path,
            DatabaseUrl::Postgres(_) => panic!("not SQLite"),
        };
        assert_eq!(path("sqlite://cardea.db"), PathBuf::from("cardea.db"));
        assert_eq!(path("sqlite:///var/lib/cardea.db"), PathBuf::from("/var/lib/cardea.db"));
    }

    #[test]
    fn what_no_database_answers_to_is_refused() {
        for text in
            ["", "cardea.db", "sqlite:cardea.db", "sqlite://", "mysql://localhost/cardea", "postgres://"]
        {
            assert!(DatabaseUrl::parse(text).is_err(), "{text}");
        }
        for text in ["sqlite://:memory:", "sqlite:///var/lib/", "sqlite://cardea.db?mode=ro"] {
            assert!(DatabaseUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        let cases = [
            ("postgres://ada:s3cret@db/x", "postgres://ada:********@db/x"),
            ("postgres://ada:s3@cret@a:1,b:2/x", "postgres://ada:********@a:1,b:2/x"),
            ("postgresql:///x?host=/run&password=s3cret", "postgresql:///x?host=/run&password=********"),
            ("postgres://db/x?sslpassword=s3cret&a=b", "postgres://db/x?sslpassword=********&a=b"),
            ("postgres://ada@db/x", "postgres://ada@db/x"),
        ];
        for (text, shown) in cases {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
            assert_eq!(url.has_password(), text != shown);
        }
    }
}
