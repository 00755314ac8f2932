//! Whatever stands in a page, of whomever it came: it is shown as text.

use std::collections::BTreeSet;

use serde_json::Value;

use super::sound::Html;
use super::*;

/// Would leave an attribute, an element and a template.
const SCRIPT: &str = "\"'></p></textarea></title><script>alert(1)</script>{{ 1 }}{% raw %}";

/// The places of texts in `value`. The rows of a list are one place.
fn places(value: &Value, place: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::String(_) => drop(found.insert(place.to_owned())),
        Value::Array(all) => all.iter().for_each(|value| places(value, &format!("{place}[]"), found)),
        Value::Object(all) => {
            all.iter().for_each(|(name, value)| places(value, &format!("{place}.{name}"), found));
        }
        _ => {}
    }
}

/// Puts the script into the texts at one place.
fn spoil(value: &mut Value, place: &str, chosen: &str) {
    match value {
        Value::String(text) if place == chosen => text.push_str(SCRIPT),
        Value::Array(all) => {
            all.iter_mut().for_each(|value| spoil(value, &format!("{place}[]"), chosen));
        }
        Value::Object(all) => {
            all.iter_mut().for_each(|(name, value)| spoil(value, &format!("{place}.{name}"), chosen));
        }
        _ => {}
    }
}

fn assert_is_text(page: &str, of: &str) {
    assert!(!page.contains("<script>alert(1)") && !page.contains("\"'>"), "{of}: {page}");
    let read = std::panic::catch_unwind(|| drop(Html::read(page)));
    assert!(read.is_ok(), "{of} is no sound HTML: {page}");
}

#[test]
fn a_script_in_any_text_of_any_page_is_text() {
    let pages = Pages::load(None).unwrap();
    let mut shown = 0;
    for sample in every_sample() {
        let mut found = BTreeSet::new();
        places(&sample.fields, "", &mut found);
        for place in found {
            let mut fields = sample.fields.clone();
            spoil(&mut fields, "", &place);
            let context = Context::from_serialize(&fields).unwrap();
            // A text that chooses among the parts of a template may leave it without one: nothing is shown then.
            let Ok(page) = pages.fill_in(sample.template, context, &Frame::sample()) else { continue };
            assert_is_text(&page, &format!("{place} in sample {} of {}", sample.number, sample.template));
            shown += usize::from(page.contains("alert(1)"));
        }
    }
    assert!(shown > 500, "only {shown} texts were shown at all");
}

#[test]
fn a_script_in_the_frame_of_any_page_is_text() {
    let pages = Pages::load(None).unwrap();
    let usual = Frame::sample();
    let frame = Frame {
        organisation: SCRIPT.into(),
        csrf: SCRIPT.into(),
        person: Some(Person { name: SCRIPT.into(), detail: SCRIPT.into(), avatar: Avatar::of(SCRIPT) }),
        flash: Some(Flash { tone: Tone::Bad, text: SCRIPT.into() }),
        key_rotation: Some(SCRIPT.into()),
        help_links: vec![Link { name: SCRIPT.into(), url: SCRIPT.into() }],
        ..usual
    };
    for sample in every_sample() {
        let page = pages.render_sample(&sample, &frame).unwrap();
        assert!(page.contains("alert(1)"), "{}", sample.template);
        assert_is_text(&page, sample.template);
    }
}
