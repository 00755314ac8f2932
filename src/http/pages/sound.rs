//! Every page with every sample is sound HTML: what the policy forbids is not there, what people need is.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Elements that have no end tag.
const VOID: [&str; 6] = ["meta", "link", "input", "img", "br", "hr"];

#[derive(Debug)]
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
    /// The open elements around it, innermost last, as places in the list of tags.
    parents: Vec<usize>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// A page taken apart. Panics where tags do not nest or an attribute comes twice.
pub(super) struct Html {
    tags: Vec<Tag>,
}

impl Html {
    pub(super) fn read(text: &str) -> Self {
        let mut tags: Vec<Tag> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut rest = text.strip_prefix("<!doctype html>").expect("a page starts with its doctype");
        while let Some(start) = rest.find('<') {
            let end = tag_end(&rest[start..]) + start;
            let inside = &rest[start + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = inside.strip_prefix('/') {
                let last = open.pop().expect("an end tag has a start");
                assert_eq!(tags[last].name, name, "elements nest; before: {}", &rest[..rest.len().min(80)]);
                continue;
            }
            let inside = inside.trim_end_matches('/');
            let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
            let is_open = !VOID.contains(&name) && !text_is_self_closed(text, rest);
            tags.push(Tag {
                name: name.to_owned(),
                attributes: attributes_of(attributes),
                parents: open.clone(),
            });
            if is_open {
                open.push(tags.len() - 1);
            }
        }
        assert!(open.is_empty(), "every element is closed");
        Self { tags }
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Tag> {
        self.tags.iter().filter(move |tag| tag.name == name)
    }

    fn ids(&self) -> Vec<&str> {
        self.tags.iter().filter_map(|tag| tag.attribute("id")).collect()
    }

    fn is_inside(&self, tag: &Tag, name: &str) -> bool {
        tag.parents.iter().any(|&parent| self.tags[parent].name == name)
    }

    fn inside(&self, form: &Tag) -> impl Iterator<Item = &Tag> {
        let place = self.tags.iter().position(|tag| std::ptr::eq(tag, form)).expect("it is ours");
        self.tags.iter().filter(move |tag| tag.parents.contains(&place))
    }
}

/// `rest` is what follows a tag in `text`: was it written `<path …/>`?
fn text_is_self_closed(text: &str, rest: &str) -> bool {
    text[..text.len() - rest.len()].ends_with("/>")
}

/// Where the tag at the start of `text` ends, past quoted values.
fn tag_end(text: &str) -> usize {
    let mut is_quoted = false;
    for (place, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '>' if !is_quoted => return place,
            _ => {}
        }
    }
    panic!("a tag never ends: {text}");
}

fn attributes_of(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let close = quoted.find('"').expect("a value is quoted");
            value = quoted[..close].to_owned();
            rest = &quoted[close + 1..];
        }
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_:".contains(c)), "an attribute: {name}");
        assert!(found.insert(name.clone(), value).is_none(), "{name} comes twice in {text}");
        rest = rest.trim_start();
    }
    found
}

/// Calls `check` with each rendered page; a panic says which page it was.
fn each_page(check: impl Fn(&Html, &str)) {
    let pages = Pages::load(None).unwrap();
    let plain =
        Frame { base: "/id".into(), person: None, flash: None, help_links: vec![], ..Frame::sample() };
    for sample in every_sample() {
        for frame in [Frame::sample(), plain.clone()] {
            let text = pages.render_sample(&sample, &frame).unwrap_or_else(|error| panic!("{error}"));
            let looked =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&Html::read(&text), &text)));
            assert!(looked.is_ok(), "sample {} of {}", sample.number, sample.template);
        }
    }
}

#[test]
fn every_page_has_one_heading_a_title_and_a_main_part() {
    each_page(|html, text| {
        assert_eq!(html.named("h1").count(), 1);
        assert_eq!(html.named("main").count(), 1);
        let title = text.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
        assert!(!title.starts_with(' ') && title.len() > 4, "title: {title}");
    });
}

#[test]
fn every_id_is_unique_and_every_reference_is_met() {
    each_page(|html, _| {
        let ids = html.ids();
        let set: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), set.len(), "ids: {ids:?}");
        for tag in &html.tags {
            for name in ["for", "aria-describedby", "aria-labelledby", "popovertarget", "form", "data-copy"] {
                for id in tag.attribute(name).into_iter().flat_map(str::split_whitespace) {
                    assert!(set.contains(id), "{name} of {} leads to {id}", tag.name);
                }
            }
            if let Some(id) = tag.attribute("href").and_then(|href| href.strip_prefix('#')) {
                assert!(set.contains(id), "a link leads to #{id}");
            }
        }
    });
}

#[test]
fn every_control_has_a_label() {
    each_page(|html, _| {
        let labelled: BTreeSet<&str> = html.named("label").filter_map(|tag| tag.attribute("for")).collect();
        for tag in html.tags.iter().filter(|tag| ["input", "select", "textarea"].contains(&tag.name.as_str()))
        {
            let has_label = tag.attribute("id").is_some_and(|id| labelled.contains(id))
                || html.is_inside(tag, "label")
                || tag.attributes.contains_key("aria-label")
                || tag.attributes.contains_key("hidden")
                || tag.attribute("type") == Some("hidden");
            assert!(has_label, "no label: {tag:?}");
        }
    });
}

#[test]
fn nothing_is_inline_and_nothing_leads_nowhere() {
    each_page(|html, _| {
        for tag in &html.tags {
            for name in tag.attributes.keys() {
                assert!(name != "style" && !name.starts_with("on"), "{name} in {tag:?}");
            }
            for name in ["href", "src", "action"] {
                if let Some(address) = tag.attribute(name) {
                    assert!(!["", "#"].contains(&address), "{name} in {tag:?}");
                    assert!(!address.starts_with("javascript:"), "{name} in {tag:?}");
                }
            }
        }
        assert_eq!(html.named("style").count(), 0);
        assert!(html.named("script").all(|script| script.attributes.contains_key("src")));
    });
}

#[test]
fn every_form_says_where_it_goes_and_only_ours_carry_the_csrf_token() {
    each_page(|html, _| {
        for form in html.named("form") {
            let action = form.attribute("action").expect("a form has an action");
            let is_ours = action.starts_with('/');
            let is_post = match form.attribute("method") {
                Some("post") => true,
                Some("get") => false,
                other => panic!("method {other:?}"),
            };
            let has_token = html.inside(form).any(|tag| tag.attribute("name") == Some("csrf"));
            assert_eq!(has_token, is_post && is_ours, "csrf in the form to {action}");
            assert!(!html.is_inside(form, "form"), "a form in a form");
        }
    });
}

#[test]
fn every_icon_is_in_the_sprite() {
    let sprite = Assets::load(None).unwrap().find("icons.svg").unwrap().bytes.clone();
    let sprite = String::from_utf8(sprite.to_vec()).unwrap();
    each_page(|html, _| {
        for mark in html.named("use") {
            let (file, name) = mark.attribute("href").unwrap().split_once('#').unwrap();
            assert!(file.contains("/static/icons.svg?v="));
            assert!(sprite.contains(&format!("<symbol id=\"{name}\"")), "no icon {name}");
        }
    });
}

#[test]
fn local_addresses_stand_below_the_mount_prefix() {
    let pages = Pages::load(None).unwrap();
    let frame = Frame { base: "/id".into(), ..Frame::sample() };
    for sample in every_sample() {
        let text = pages.render_sample(&sample, &frame).unwrap();
        for place in ["link", "script", "use", "img"] {
            for tag in Html::read(&text).named(place) {
                let address = tag.attribute("href").or(tag.attribute("src")).unwrap();
                let is_given = place == "img" && !address.starts_with("/static/img/mark.svg?");
                assert!(is_given || address.starts_with("/id/static/"), "{address} in {}", sample.template);
            }
        }
    }
}

#[test]
fn no_template_writes_a_local_address_without_the_mount_prefix() {
    for name in Embedded::iter() {
        let text = String::from_utf8(Embedded::get(&name).unwrap().data.into_owned()).unwrap();
        for start in ["href=\"/", "action=\"/", "src=\"/"] {
            assert!(!text.contains(start), "{start} in {name}");
        }
    }
}

#[test]
fn every_template_that_is_a_page_has_its_struct() {
    let is_part = |name: &str| {
        let file = name.rsplit('/').next().unwrap();
        name.starts_with("parts/") || file == "layout.html" || file.starts_with('_')
    };
    let files: BTreeSet<String> =
        Embedded::iter().map(std::borrow::Cow::into_owned).filter(|name| !is_part(name)).collect();
    let structs: BTreeSet<String> = every_sample().iter().map(|sample| sample.template.to_owned()).collect();
    assert_eq!(files, structs);
}

#[test]
fn no_page_hides_a_field_of_the_frame() {
    let frame = Context::from_serialize(&Frame::sample()).unwrap();
    let names = ["organisation", "base", "theme", "csrf", "person", "flash", "key_rotation", "help_links"];
    assert!(names.iter().all(|name| frame.contains_key(name)));
    for sample in every_sample() {
        for name in names {
            assert!(!sample.context.contains_key(name), "{name} in {}", sample.template);
        }
    }
}

#[test]
fn what_people_typed_is_escaped() {
    let pages = Pages::load(None).unwrap();
    let login = gate::Login { username: "\"><script>".into(), ..gate::Login::samples().remove(0) };
    let text = pages.render(&login, &Frame::sample()).unwrap();
    assert!(text.contains("value=\"&quot;&gt;&lt;script&gt;\""), "{text}");
}

#[test]
fn the_operators_template_wins_by_name() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("templates")).unwrap();
    std::fs::write(directory.path().join("templates/login.html"), "Welcome to {{ organisation }}").unwrap();
    let pages = Pages::load(Some(directory.path())).unwrap();
    let login = gate::Login::samples().remove(0);
    assert_eq!(pages.render(&login, &Frame::sample()).unwrap(), "Welcome to Tidemark");
}

#[test]
fn a_broken_template_stops_the_start_and_is_named_with_its_line() {
    for broken in ["fine\n{% if %}", "fine\n{{ nobody_knows_this }}", "fine\n{{ username | nofilter }}"] {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("templates")).unwrap();
        std::fs::write(directory.path().join("templates/login.html"), broken).unwrap();
        let error = Pages::load(Some(directory.path())).err().expect("it is broken").to_string();
        assert!(error.contains("login.html:2"), "{error}");
    }
}
