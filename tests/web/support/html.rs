//! Just enough of HTML to fill in the forms of our own pages.

/// A start or end tag with its attributes and the text up to the next tag.
#[derive(Clone, Debug)]
pub struct Tag {
    /// In lower case; `/form` for an end tag.
    pub name: String,
    attributes: Vec<(String, String)>,
    pub text: String,
}

impl Tag {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn attributes(&self) -> &[(String, String)] {
        &self.attributes
    }
}

/// Every tag of a page, in order.
pub fn tags(html: &str) -> Vec<Tag> {
    let starts = html.match_indices('<').filter(|(at, _)| {
        html[at + 1..].starts_with(|next: char| next.is_ascii_alphabetic() || next == '/' || next == '!')
    });
    starts.map(|(at, _)| tag(&html[at + 1..])).collect()
}

fn tag(rest: &str) -> Tag {
    let end = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
    let (name, mut rest) = rest.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with('>') {
            break;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '>').unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => ("", after.trim_start_matches('=')),
        };
        attributes.push((attribute.to_owned(), unescape(value)));
        rest = after;
    }
    let text = rest.strip_prefix('>').unwrap_or_default();
    let text = &text[..text.find('<').unwrap_or(text.len())];
    Tag { name: name.to_ascii_lowercase(), attributes, text: unescape(text) }
}

fn unescape(text: &str) -> String {
    let pairs =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&#x2F;", "/")];
    let text = pairs.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain));
    text.replace("&amp;", "&")
}

/// A form with what it would send untouched.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub method: String,
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// Id, name and value of each button that sends it.
    pub buttons: Vec<(String, String, String)>,
}

impl Form {
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(own, _)| own != name);
        self.fields.push((name.into(), value.into()));
        self
    }

    /// What pressing the button with this id adds.
    #[must_use]
    pub fn press(self, id: &str) -> Self {
        let button = self.buttons.iter().find(|(own, ..)| own == id).cloned();
        let (_, name, value) = button.unwrap_or_else(|| panic!("no button {id} in {self:?}"));
        if name.is_empty() { self } else { self.with(&name, &value) }
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

pub fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let (mut is_open, mut select, mut area) = (false, String::new(), false);
    for tag in tags(html) {
        let attribute = |name: &str| tag.attribute(name).unwrap_or_default().to_owned();
        if tag.name == "form" {
            is_open = true;
            let (method, action) = (attribute("method"), attribute("action"));
            forms.push(Form { method, action, ..Form::default() });
            continue;
        }
        is_open &= tag.name != "/form";
        let Some(form) = forms.last_mut().filter(|_| is_open) else { continue };
        match tag.name.as_str() {
            "input" if !attribute("name").is_empty() => {
                let is_choice = matches!(tag.attribute("type"), Some("checkbox" | "radio"));
                if !is_choice || tag.attribute("checked").is_some() {
                    form.fields.push((attribute("name"), attribute("value")));
                }
            }
            "button" if tag.attribute("type") != Some("button") => {
                form.buttons.push((attribute("id"), attribute("name"), attribute("value")));
            }
            "select" => {
                select = attribute("name");
                form.fields.push((select.clone(), String::new()));
            }
            "option" if tag.attribute("selected").is_some() => {
                *form = form.clone().with(&select, &attribute("value"));
            }
            "textarea" => area = true,
            _ => {}
        }
        if std::mem::take(&mut area) {
            form.fields.push((attribute("name"), tag.text.trim_start_matches('\n').to_owned()));
        }
    }
    forms
}

/// The text that people read, without tags.
pub fn text(html: &str) -> String {
    let texts: Vec<String> = tags(html).into_iter().map(|tag| tag.text.trim().to_owned()).collect();
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}
