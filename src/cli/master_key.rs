//! The master key: from the settings, from its file, or made at the first start.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::Failure;
use crate::config::{Config, MasterKey};
use crate::dice;
use crate::store::{self, Options};

/// The key under which the database is sealed.
///
/// One is made only for a database that holds nothing sealed: with another key in its place nothing could be opened.
pub fn find_or_make(config: &Config, options: &Options) -> Result<MasterKey, Failure> {
    if let Some(key) = &config.master_key {
        return Ok(key.clone());
    }
    let path = &config.master_key_file;
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    store::migrate(options)?;
    if store::is_sealed(options)? {
        // Another process may have made both meanwhile.
        return read(path)?.ok_or_else(|| {
            Failure::new(format!(
                "the master key file {} is missing, and the database holds keys that only it opens; put it back, or \
                 name it with master_key_file or master_key",
                path.display()
            ))
        });
    }
    make(path)?;
    read(path)?.ok_or_else(|| unusable(path, "it was there a moment ago"))
}

fn read(path: &Path) -> Result<Option<MasterKey>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => MasterKey::parse(&text).map(Some).map_err(|why| unusable(path, &why)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path, &error.to_string())),
    }
}

/// Makes the file for its owner alone. It appears whole and once: of two who make it, the first wins.
fn make(path: &Path) -> Result<(), Failure> {
    let made = || -> std::io::Result<()> {
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{:x}", u64::from_be_bytes(dice::bytes())));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        writeln!(file, "{}", BASE64_STANDARD.encode(dice::bytes::<32>()))?;
        file.sync_all()?;
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        // The name must last as the content does.
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        fs::File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    };
    made().map_err(|error| unusable(path, &error.to_string()))?;
    tracing::warn!("made the master key {}; keep a copy of it apart from the database", path.display());
    Ok(())
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::new(format!("the master key file {} cannot be used: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cardea.key");
        assert!(read(&path).unwrap().is_none());
        let makers: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || {
                    make(&path).unwrap();
                    *read(&path).unwrap().unwrap().bytes()
                })
            })
            .collect();
        let keys: Vec<_> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_holds_no_key_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cardea.key");
        fs::write(&path, "no key").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("cannot be used"));
    }
}
