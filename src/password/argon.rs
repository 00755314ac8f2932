//! argon2 (RFC 9106) in the PHC string format.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};

use super::is_equal;

/// Stored hashes may ask for so much memory at most (in KiB; Django asks for 100 MiB) …
const MOST_MEMORY: u32 = 256 * 1024;
/// … and for so much work: memory times passes, about a second.
const MOST_WORK: u64 = 1024 * 1024;

/// How dear a hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// In KiB, at least 8 for each lane.
    pub memory: u32,
    pub passes: u32,
    pub lanes: u32,
}

/// The second choice of OWASP's Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane.
impl Default for Cost {
    fn default() -> Self {
        Self { memory: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// Whether a hash is as we would make it now.
    pub(super) fn made(self, stored: &str) -> bool {
        stored.starts_with(&format!("$argon2id$v=19${}$", self.params()))
    }

    fn params(self) -> ParamsString {
        ParamsString::try_from(&self.argon2_params()).expect("three small numbers fit a PHC string")
    }

    fn argon2_params(self) -> Params {
        Params::new(self.memory, self.passes, self.lanes, Some(Params::DEFAULT_OUTPUT_LEN))
            .expect("a cost has a pass, a lane and 8 KiB of memory a lane")
    }
}

pub(super) fn hash(password: &str, cost: Cost, salt: [u8; 16]) -> String {
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.argon2_params())
        .hash_password_into(password.as_bytes(), &salt, &mut output)
        .expect("salt and output have a usual length");
    phc(cost, salt, output)
}

/// The output is all zeros, which no password is known to hash to.
pub(super) fn decoy(cost: Cost) -> String {
    phc(cost, [0; 16], [0; Params::DEFAULT_OUTPUT_LEN])
}

fn phc(cost: Cost, salt: [u8; 16], output: [u8; Params::DEFAULT_OUTPUT_LEN]) -> String {
    let phc = PasswordHash {
        algorithm: argon2::ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: cost.params(),
        salt: Some(Salt::new(&salt).expect("16 bytes are a usual salt")),
        hash: Some(Output::new(&output).expect("32 bytes are a usual hash")),
    };
    phc.to_string()
}

/// `None` if the hash cannot be read or is too dear to check.
pub(super) fn matches(password: &str, stored: &str) -> Option<bool> {
    let stored = PasswordHash::new(stored).ok()?;
    let algorithm = match Algorithm::new(stored.algorithm).ok()? {
        Algorithm::Argon2d => return None,
        algorithm => algorithm,
    };
    let version = Version::try_from(stored.version?).ok()?;
    let params = Params::try_from(&stored).ok()?;
    let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
    if params.m_cost() > MOST_MEMORY || work > MOST_WORK {
        return None;
    }
    let (salt, expected) = (stored.salt?, stored.hash?);
    let mut output = vec![0; expected.len()];
    Argon2::new(algorithm, version, params)
        .hash_password_into(password.as_bytes(), salt.as_ref(), &mut output)
        .ok()?;
    Some(is_equal(&output, expected.as_bytes()))
}
