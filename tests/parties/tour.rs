//! Somebody's way between an app and Cardea, in a browser without script.

use crate::provider::Provider;
use crate::support::{Browser, Page, Site};

pub struct Tour {
    provider: Browser,
    app: Option<Browser>,
    issuer: String,
}

impl Tour {
    /// An app without a site: its redirect URIs end the way.
    pub fn new(provider: &Provider) -> Self {
        Self { provider: provider.browser(), app: None, issuer: provider.issuer().into() }
    }

    /// An app with a site at this origin.
    pub fn with(provider: &Provider, app: &str) -> Self {
        let port = app.rsplit(':').next().unwrap().parse().unwrap();
        let site = Site::new(([127, 0, 0, 1], port).into(), app).over(provider.certificate.connector());
        Self { app: Some(site.browser()), ..Self::new(provider) }
    }

    /// Opens an address, and goes wherever it leads.
    pub fn open(&self, url: &str) -> Page {
        self.follow(self.browser_for(url).unwrap_or_else(|| panic!("{url} lies elsewhere")).go(url))
    }

    fn follow(&self, mut page: Page) -> Page {
        for _ in 0..20 {
            let Some((url, browser)) =
                page.left_to.as_ref().and_then(|url| Some((url, self.browser_for(url)?)))
            else {
                return page;
            };
            page = browser.go(url);
        }
        panic!("sent in circles, at last to {:?}", page.left_to);
    }

    fn browser_for(&self, url: &str) -> Option<&Browser> {
        if url.starts_with(&self.issuer) { Some(&self.provider) } else { self.app.as_ref() }
    }

    /// Presses a button on one of Cardea's pages.
    pub fn press(&self, page: &Page, button: &str) -> Page {
        self.follow(self.provider.press(page, button, &[]))
    }

    /// Opens an address that asks for a sign-in; signs in and agrees.
    pub fn sign_in(&self, url: &str, username: &str) -> Page {
        let page = self.follow(self.provider.sign_in_on(&self.open(url), username));
        self.agree(page)
    }

    /// Agrees, where that is asked, and presses on where a form waits for it.
    pub fn agree(&self, page: Page) -> Page {
        let page = if page.is_at("/consent") { self.press(&page, "authorize") } else { page };
        if page.left_to.is_none() && page.answer.body.contains("id=\"form-post\"") {
            return self.press(&page, "continue");
        }
        page
    }
}

/// The address at which an app without a site is told the outcome.
pub fn left_to(page: &Page) -> String {
    page.left_to
        .clone()
        .unwrap_or_else(|| panic!("still at {} ({}): {}", page.path, page.status(), page.text()))
}
