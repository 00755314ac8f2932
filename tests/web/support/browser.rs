//! A browser without script: it keeps cookies, follows redirects within the server, and fills in forms.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::html::{self, Form};
use super::http::{self, Answer, Request};
use super::{PASSWORD, Site};

/// A browser with its cookies.
#[derive(Clone)]
pub struct Browser {
    site: Site,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// Where a browser has come to.
#[derive(Clone, Debug)]
pub struct Page {
    pub answer: Answer,
    /// Path and query.
    pub path: String,
    /// The address elsewhere to which the browser has been sent, if it left.
    pub left_to: Option<String>,
}

impl Browser {
    pub fn new(site: Site) -> Self {
        Self { site, cookies: RefCell::default() }
    }

    /// Opens a path of the server, without the mount prefix.
    pub fn open(&self, path: &str) -> Page {
        let path = self.site.path(path);
        self.follow(self.site.raw_request("GET", &path), path)
    }

    /// Opens what a redirect or a link names: a path with the mount prefix, or a URL of the server.
    pub fn go(&self, location: &str) -> Page {
        let path = self.own_path(location).unwrap_or_else(|| panic!("{location} lies elsewhere"));
        self.follow(self.site.raw_request("GET", &path), path)
    }

    /// Sends a form, as it is.
    pub fn submit(&self, form: &Form) -> Page {
        let fields: Vec<_> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        let Some(path) = self.own_path(&form.action) else {
            // A form_post response: the browser carries it away.
            let left_to = format!("{}?{}", form.action, http::encode(&fields));
            return Page { answer: Answer::default(), path: String::new(), left_to: Some(left_to) };
        };
        assert_eq!(form.method, "post");
        self.follow(self.site.raw_request("POST", &path).form(&fields), path)
    }

    /// Fills fields of the form that has the button, and presses it.
    pub fn press(&self, page: &Page, button: &str, typed: &[(&str, &str)]) -> Page {
        let form = page.form_with(button);
        let form = typed.iter().fold(form, |form, (name, value)| form.with(name, value));
        self.submit(&form.press(button))
    }

    /// Types a name and the password that everybody has, on a sign-in page.
    pub fn sign_in_on(&self, page: &Page, username: &str) -> Page {
        self.press(page, "sign-in", &[("username", username), ("password", PASSWORD)])
    }

    /// Signs in at `/login`; ends on the account page.
    pub fn sign_in(&self, username: &str) -> Page {
        let page = self.sign_in_on(&self.open("/login"), username);
        assert_eq!(page.path, self.site.path("/account"), "{}", page.answer.body);
        page
    }

    /// Sends one request with this browser's cookies and keeps the new ones; follows nothing.
    pub fn send(&self, request: Request) -> Answer {
        let cookies = self.cookies();
        let request = request.header("Accept", "text/html");
        let request = if cookies.is_empty() { request } else { request.header("Cookie", &cookies) };
        let answer = request.send();
        for cookie in answer.headers("set-cookie") {
            self.keep(cookie);
        }
        answer
    }

    /// The `Cookie` header.
    pub fn cookies(&self) -> String {
        let cookies = self.cookies.borrow();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn set_cookies(&self, header: &str) {
        let pairs = header.split("; ").filter_map(|pair| pair.split_once('='));
        *self.cookies.borrow_mut() = pairs.map(|(name, value)| (name.into(), value.into())).collect();
    }

    fn keep(&self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        if value.is_empty() || cookie.contains("Max-Age=0") {
            self.cookies.borrow_mut().remove(name);
        } else {
            self.cookies.borrow_mut().insert(name.into(), value.into());
        }
    }

    fn follow(&self, request: Request, mut path: String) -> Page {
        let mut answer = self.send(request);
        for _ in 0..20 {
            if !(300..400).contains(&answer.status) {
                return Page { answer, path, left_to: None };
            }
            let location = answer.location().to_owned();
            let Some(next) = self.own_path(&location) else {
                return Page { answer, path, left_to: Some(location) };
            };
            path = next;
            answer = self.send(self.site.raw_request("GET", &path));
        }
        panic!("redirected in circles, at last to {path}");
    }

    fn own_path(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Some(location.to_owned());
        }
        let rest = location.strip_prefix(self.site.origin())?;
        rest.starts_with('/').then(|| rest.to_owned())
    }
}

impl Page {
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    /// The text that people read.
    pub fn text(&self) -> String {
        html::text(&self.answer.body)
    }

    pub fn forms(&self) -> Vec<Form> {
        html::forms(&self.answer.body)
    }

    /// The form with a button of this id.
    pub fn form_with(&self, button: &str) -> Form {
        let mut forms = self.forms().into_iter();
        let form = forms.find(|form| form.buttons.iter().any(|(id, ..)| id == button));
        form.unwrap_or_else(|| {
            panic!("no button {button} on {} ({}): {}", self.path, self.status(), self.text())
        })
    }

    /// The form that is sent to an address that ends like this.
    pub fn form_to(&self, end: &str) -> Form {
        let mut forms = self.forms().into_iter();
        let form = forms.find(|form| form.action.ends_with(end));
        form.unwrap_or_else(|| panic!("no form to {end} on {}: {}", self.path, self.answer.body))
    }

    /// Whether the page is at this path, whatever its query.
    pub fn is_at(&self, path: &str) -> bool {
        self.left_to.is_none() && self.path.split('?').next() == Some(path)
    }

    /// A parameter of the page's own address.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.path.split_once('?')?.1;
        http::decode(query).into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }
}
