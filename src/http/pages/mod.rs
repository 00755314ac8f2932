//! A struct for each template, with samples of it, and the engine that fills them in.
//!
//! Templates live in the binary; those in the operator's directory win by name. A template that does not
//! parse, or that asks for something its page does not have, stops the start.

pub mod account;
pub mod admin;
pub mod device;
pub mod frame;
pub mod gate;
#[cfg(test)]
mod hostile;
mod overrides;
pub mod parts;
#[cfg(test)]
mod sound;

use std::path::Path;
use std::sync::Arc;

use rust_embed::Embed;
use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};

pub use device::Device;
pub use frame::{Flash, Frame, Link, Person, Theme, Tone};
pub use parts::{App, Avatar, Choice, Direction, Errors, Pager, Sort};

use super::assets::{Assets, ReadError, files_below};

#[derive(Embed)]
#[folder = "templates/"]
struct Embedded;

/// What one template shows. It is filled in by the handler, and the template only loops and chooses.
pub trait Page: Serialize {
    /// The template's name, such as `account/index.html`: its handler's path.
    const TEMPLATE: &'static str;

    /// The page in each of its states, for the tests, the check at start and the gallery.
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}

/// Names the pages of a module, so that none is forgotten: gives it `samples()`.
macro_rules! pages {
    ($($page:ty),* $(,)?) => {
        pub(super) fn samples() -> Vec<$crate::http::pages::Sample> {
            let mut all = Vec::new();
            $(all.extend($crate::http::pages::Sample::of::<$page>());)*
            all
        }
    };
}
pub(crate) use pages;

/// Every page with every sample.
pub fn every_sample() -> Vec<Sample> {
    [gate::samples(), account::samples(), admin::samples()].into_iter().flatten().collect()
}

/// A page in one of its states, ready to be rendered.
pub struct Sample {
    pub template: &'static str,
    /// Which of the page's samples this is, from 0.
    pub number: usize,
    context: Context,
    /// The page once more, for the test that replaces its texts.
    #[cfg(test)]
    fields: serde_json::Value,
}

impl Sample {
    /// All samples of one page.
    pub fn of<P: Page>() -> Vec<Self> {
        let sample = |(number, page): (usize, P)| Self {
            template: P::TEMPLATE,
            number,
            context: Context::from_serialize(&page).expect("a page is a struct with named fields"),
            #[cfg(test)]
            fields: serde_json::to_value(&page).expect("a page is a struct with named fields"),
        };
        P::samples().into_iter().enumerate().map(sample).collect()
    }
}

/// The templates, parsed once at start, and the static files they name.
pub struct Pages {
    tera: Tera,
    assets: Arc<Assets>,
    warnings: Vec<String>,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("template {0} is not UTF-8")]
    NotText(String),
    /// The report of the engine names the file, the line and the column.
    #[error("a template is broken\n{0}")]
    Broken(#[from] tera::Error),
}

impl Pages {
    /// Reads everything. `override_dir` may hold `templates/…` and `static/…`, named as in the source tree.
    pub fn load(override_dir: Option<&Path>) -> Result<Self, LoadError> {
        let below = |name: &str| override_dir.map(|directory| directory.join(name));
        let assets = Arc::new(Assets::load(below("static").as_deref())?);
        let overrides = files_below(below("templates").as_deref())?;
        let is_changed = !overrides.is_empty();

        let warnings = override_dir.map_or_else(|| Ok(Vec::new()), overrides::idle)?;

        let mut tera = Tera::new();
        let known = assets.clone();
        tera.register_function("asset", move |kwargs: Kwargs, _: &State| asset_url(&known, &kwargs));
        tera.add_raw_templates(sources(overrides)?)?;
        let pages = Self { tera, assets, warnings };
        if is_changed {
            pages.check()?;
        }
        Ok(pages)
    }

    /// What in the operator's directory changes nothing, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The page as HTML.
    pub fn render<P: Page>(&self, page: &P, frame: &Frame) -> tera::TeraResult<String> {
        self.fill_in(P::TEMPLATE, Context::from_serialize(page)?, frame)
    }

    pub fn render_sample(&self, sample: &Sample, frame: &Frame) -> tera::TeraResult<String> {
        self.fill_in(sample.template, sample.context.clone(), frame)
    }

    pub fn assets(&self) -> Arc<Assets> {
        self.assets.clone()
    }

    fn fill_in(&self, template: &str, page: Context, frame: &Frame) -> tera::TeraResult<String> {
        let mut context = Context::from_serialize(frame)?;
        // A page without a form has no errors, and the components need not ask.
        context.insert("errors", &Errors::default());
        context.extend(page);
        self.tera.render(template, &context)
    }

    /// Renders every sample in a full and in an empty frame: an undefined name shows only then.
    fn check(&self) -> tera::TeraResult<()> {
        let frames = [Frame::sample(), Frame::default()];
        let samples = every_sample();
        let mut pairs = samples.iter().flat_map(|sample| frames.iter().map(move |frame| (sample, frame)));
        pairs.try_for_each(|(sample, frame)| self.render_sample(sample, frame).map(drop))
    }
}

/// Names and texts of all templates, the operator's after ours.
fn sources(overrides: Vec<(String, Vec<u8>)>) -> Result<Vec<(String, String)>, LoadError> {
    let embedded = Embedded::iter().map(|name| {
        let file = Embedded::get(&name).expect("the name was just listed");
        (name.into_owned(), file.data.into_owned())
    });
    let templates = embedded.chain(overrides).filter(|(name, _)| name.ends_with(".html"));
    templates
        .map(|(name, bytes)| match String::from_utf8(bytes) {
            Ok(text) => Ok((name, text)),
            Err(_) => Err(LoadError::NotText(name)),
        })
        .collect()
}

/// `{{ base }}{{ asset(name="cardea.css") }}`.
fn asset_url(assets: &Assets, kwargs: &Kwargs) -> tera::TeraResult<String> {
    let name = kwargs.must_get::<&str>("name")?;
    assets.url(name).ok_or_else(|| tera::Error::message(format!("there is no static file `{name}`")))
}
