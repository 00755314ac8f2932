//! Writes every page in each of its states, light and dark, into a directory, for looking at in a browser:
//! `cargo run --example render_pages -- out && python3 -m http.server -d out`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use cardea::http::pages::{Frame, Pages, Sample, Theme, every_sample};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::args().nth(1).ok_or("which directory?")?);
    let pages = Pages::load(None)?;
    write_static(&pages, &out)?;
    let mut index = String::from("<!doctype html><html lang=\"en\"><title>Pages</title><h1>Pages</h1><ul>");
    for sample in every_sample() {
        for (name, theme) in [("light", Theme::Light), ("dark", Theme::Dark)] {
            let frame = Frame { theme: Some(theme), ..Frame::sample() };
            let file = file_name(&sample, name);
            fs::write(out.join(&file), pages.render_sample(&sample, &frame)?)?;
            index.push_str(&format!("<li><a href=\"{file}\">{file}</a></li>"));
        }
    }
    fs::write(out.join("index.html"), index + "</ul></html>")?;
    Ok(())
}

/// `account-index-0-dark.html`
fn file_name(sample: &Sample, theme: &str) -> String {
    let page = sample.template.trim_end_matches(".html").replace('/', "-");
    format!("{page}-{}-{theme}.html", sample.number)
}

fn write_static(pages: &Pages, out: &Path) -> Result<(), Box<dyn Error>> {
    let assets = pages.assets();
    for name in assets.names() {
        let path = out.join("static").join(name);
        fs::create_dir_all(path.parent().expect("it lies below a directory"))?;
        fs::write(path, &assets.find(name).expect("the name was just listed").bytes)?;
    }
    Ok(())
}
