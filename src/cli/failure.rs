//! Why a command was not done.

use std::fmt;

use crate::config::ConfigErrors;
use crate::oidc::metadata::Problem;
use crate::store::{self, Outcome, rotation};

#[derive(Debug)]
pub enum Failure {
    /// Every problem, each with how to mend it.
    Refused(Vec<String>),
    Store(store::Error),
}

impl Failure {
    pub fn new(problem: impl Into<String>) -> Self {
        Self::Refused(vec![problem.into()])
    }
}

/// One line for each problem.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(problems) => {
                let lines: Vec<_> = problems.iter().map(|problem| format!("cardea: {problem}")).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Store(error) => write!(f, "cardea: {error}"),
        }
    }
}

impl Outcome for Failure {
    fn fault(&self) -> Option<&store::Error> {
        match self {
            Self::Store(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<rotation::Error> for Failure {
    fn from(error: rotation::Error) -> Self {
        match error {
            rotation::Error::Store(error) => Self::Store(error),
            refusal => Self::new(refusal.to_string()),
        }
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self::Refused(errors.problems().iter().map(ToString::to_string).collect())
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        let line = |Problem { member, index, message }: Problem| match index {
            Some(index) => format!("{member}[{index}]: {message}"),
            None => format!("{member}: {message}"),
        };
        Self::Refused(problems.into_iter().map(line).collect())
    }
}
