//! One element of a page, as a person meets it: read, clicked, typed into.

use serde_json::{Value, json};

use crate::driver::Browser;

/// The key under which WebDriver passes elements.
const KEY: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One element of the page.
pub struct Element<'b> {
    browser: &'b Browser,
    id: String,
}

impl<'b> Element<'b> {
    /// Reads WebDriver's reference.
    pub fn read(browser: &'b Browser, value: &Value) -> Option<Element<'b>> {
        Some(Element { browser, id: value[KEY].as_str()?.to_owned() })
    }

    /// WebDriver's reference.
    pub fn reference(&self) -> Value {
        json!({ KEY: self.id })
    }

    fn get(&self, what: &str) -> Value {
        self.browser.call("GET", &format!("/element/{}/{what}", self.id), None).unwrap_or_default()
    }

    fn post(&self, what: &str, body: Value) -> Result<Value, String> {
        self.browser.call("POST", &format!("/element/{}/{what}", self.id), Some(body))
    }

    /// What it says; empty when it has gone from the page.
    pub fn text(&self) -> String {
        self.get("text").as_str().unwrap_or_default().to_owned()
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.get(&format!("attribute/{name}")).as_str().map(str::to_owned)
    }

    /// What stands in a field now.
    pub fn value(&self) -> String {
        self.get("property/value").as_str().unwrap_or_default().to_owned()
    }

    /// People can see it.
    pub fn is_shown(&self) -> bool {
        self.get("displayed") == true
    }

    /// Clicks it, once it can be clicked.
    pub fn click(&self) {
        self.browser.wait("something that can be clicked", || self.post("click", json!({})).ok());
    }

    /// Clicks it if that is possible now; a page that is just leaving takes its elements along.
    pub fn try_click(&self) -> bool {
        self.post("click", json!({})).is_ok()
    }

    /// Types into it.
    pub fn write(&self, text: &str) -> &Self {
        self.browser
            .wait("a field that can be typed into", || self.post("value", json!({ "text": text })).ok());
        self
    }

    /// Empties a field and types into it.
    pub fn fill(&self, text: &str) -> &Self {
        self.browser.wait("a field that can be emptied", || self.post("clear", json!({})).ok());
        self.write(text)
    }
}
