//! A browser of our own by W3C WebDriver: chromedriver on a free port, Chromium with a new profile.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::element::Element;
use crate::ports::free_port;
use crate::process::{PATIENCE, follow};

/// How the browser is set up.
#[derive(Clone, Copy)]
pub struct Looks {
    /// What it asks pages to speak.
    pub language: &'static str,
    /// Pages may run scripts.
    pub scripts: bool,
}

/// A browser with scripts that asks for English.
pub const ENGLISH: Looks = Looks { language: "en", scripts: true };

/// A browser window. Closed when the test lets it go.
pub struct Browser {
    agent: ureq::Agent,
    session: String,
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Opens a browser, or tells that there is none.
    pub fn start(looks: Looks) -> Option<Browser> {
        let port = free_port();
        let started =
            Command::new("chromedriver").arg(format!("--port={port}")).stdout(Stdio::piped()).spawn();
        let Ok(driver) = started else {
            let required = std::env::var_os("TRANSOM_REQUIRE_BROWSER").is_some();
            assert!(!required, "chromedriver is not installed, and this run requires a browser");
            tell("skipped: chromedriver is not installed");
            return None;
        };
        let mut driver = Driver(driver);
        let lines = follow(&mut driver.0);
        while !lines.recv_timeout(PATIENCE).unwrap().contains("was started successfully") {}
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE * 2));
        let agent: ureq::Agent = config.build().into();
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Browser {
            agent,
            session: format!("http://127.0.0.1:{port}/session"),
            _driver: driver,
            _profile: profile,
        };
        let options = options(looks, browser._profile.path().to_str().unwrap());
        let made =
            browser.call("POST", "", Some(json!({ "capabilities": { "alwaysMatch": options } }))).unwrap();
        browser.session = format!("{}/{}", browser.session, made["sessionId"].as_str().unwrap());
        Some(browser)
    }

    /// One WebDriver call; `Err` is the driver's own word for what went wrong.
    pub fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        let url = format!("{}{path}", self.session);
        let answer = match method {
            "GET" => self.agent.get(url).call(),
            "DELETE" => self.agent.delete(url).call(),
            _ => {
                let body = body.unwrap_or_else(|| json!({})).to_string();
                self.agent.post(url).header("content-type", "application/json").send(body)
            }
        };
        let mut answer = answer.map_err(|fault| fault.to_string())?;
        let limited = answer.body_mut().with_config().limit(64 << 20);
        let text = limited.read_to_string().map_err(|fault| fault.to_string())?;
        let mut value: Value = serde_json::from_str(&text).map_err(|_| text)?;
        match value["value"]["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["value"]["message"].as_str().unwrap_or(""))),
            None => Ok(value["value"].take()),
        }
    }

    fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", path, Some(body)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Goes to a page and waits until it is loaded.
    pub fn open(&self, url: &str) {
        self.post("/url", json!({ "url": url }));
    }

    /// Where the browser is.
    pub fn url(&self) -> String {
        self.call("GET", "/url", None).unwrap().as_str().unwrap().to_owned()
    }

    /// The elements that are there now.
    pub fn all(&self, css: &str) -> Vec<Element<'_>> {
        let found = self.call("POST", "/elements", Some(json!({ "using": "css selector", "value": css })));
        let list = found.unwrap_or_default().as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|element| Element::read(self, element)).collect()
    }

    /// The first element of this kind, once it is there.
    pub fn find(&self, css: &str) -> Element<'_> {
        self.wait(css, || self.all(css).into_iter().next())
    }

    /// What the page says, as people read it.
    pub fn text(&self) -> String {
        self.all("body").first().map(Element::text).unwrap_or_default()
    }

    /// What a part of the page says, with what stands in the frames of the page: letters are shown in frames of their
    /// own. Frames are asked where they are, because going into one that is just leaving may take for ever.
    pub fn text_with_frames(&self, css: &str) -> String {
        let mut text = self.all(css).first().map(Element::text).unwrap_or_default();
        let tree = self.devtools("Page.getFrameTree", json!({}));
        for child in tree["frameTree"]["childFrames"].as_array().into_iter().flatten() {
            let asked = self.try_in(&child["frame"]["id"], "document.body.innerText");
            text.push_str(asked.as_ref().and_then(Value::as_str).unwrap_or_default());
        }
        text
    }

    /// What a script finds in a frame; `None` while it loads anew.
    fn try_in(&self, frame: &Value, script: &str) -> Option<Value> {
        let world = self.try_devtools("Page.createIsolatedWorld", json!({ "frameId": frame })).ok()?;
        let context = &world["executionContextId"];
        let asked = json!({ "contextId": context, "expression": script, "returnByValue": true });
        Some(self.try_devtools("Runtime.evaluate", asked).ok()?["result"]["value"].clone())
    }

    /// Waits until the page says this.
    pub fn wait_for_text(&self, wanted: &str) {
        self.wait(wanted, || self.text().contains(wanted).then_some(()));
    }

    /// Waits until `look` finds something; `what` names it for the one who reads the failure.
    pub fn wait<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            if begun.elapsed() > PATIENCE {
                self.screenshot("failure");
                panic!("never saw '{what}' at {}; the page says:\n{}", self.url(), self.text());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs a script in the page.
    pub fn script(&self, script: &str, arguments: Value) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": arguments }))
    }

    /// Runs a script that calls its last argument when it is done.
    pub fn script_that_answers(&self, script: &str) -> Value {
        self.post("/execute/async", json!({ "script": script, "args": [] }))
    }

    /// Makes the page so wide and high, in CSS pixels, also narrower than a window can be.
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size);
    }

    /// Asks pages for their dark or their light looks.
    pub fn prefer(&self, scheme: &str) {
        let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", feature);
    }

    fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": parameters }))
    }

    fn try_devtools(&self, command: &str, parameters: Value) -> Result<Value, String> {
        self.call("POST", "/goog/cdp/execute", Some(json!({ "cmd": command, "params": parameters })))
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.post("/refresh", json!({}));
    }

    /// Goes into the frame that `css` finds; everything after happens there.
    pub fn enter_frame(&self, css: &str) {
        let frame = self.find(css).reference();
        self.post("/frame", json!({ "id": frame }));
    }

    /// Goes back to the page around all frames.
    pub fn leave_frames(&self) {
        self.post("/frame", json!({ "id": null }));
    }

    /// What a script finds in the first frame of the page, wherever the page has hidden it. A frame that loads
    /// anew in this moment takes its world along, so it is asked again.
    pub fn in_frame(&self, script: &str) -> Value {
        self.wait("a frame that stands still", || {
            let tree = self.devtools("Page.getFrameTree", json!({}));
            let frame = &tree["frameTree"]["childFrames"][0]["frame"]["id"];
            if frame.is_null() {
                return Some(Value::Null);
            }
            self.try_in(frame, script)
        })
    }

    /// Clicks where a person would, counted from the top left corner of the page.
    pub fn click_at(&self, x: u32, y: u32) {
        let down = json!({ "type": "pointerDown", "button": 0 });
        let up = json!({ "type": "pointerUp", "button": 0 });
        let there = json!({ "type": "pointerMove", "x": x, "y": y, "origin": "viewport" });
        let mouse = json!({ "type": "pointer", "id": "mouse", "actions": [there, down, up] });
        self.post("/actions", json!({ "actions": [mouse] }));
    }

    /// Types into whatever has the focus, also inside a frame.
    pub fn type_keys(&self, text: &str) {
        let keys: Vec<Value> = text
            .chars()
            .flat_map(|key| {
                [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]
            })
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": keys });
        self.post("/actions", json!({ "actions": [keyboard] }));
    }

    /// Types into a field of the first frame of the page. A frame that opens takes the focus to itself, so what
    /// went elsewhere is typed again.
    pub fn type_in_frame(&self, css: &str, words: &str) {
        self.wait(words, || {
            self.in_frame(&format!(
                "var field = document.querySelector('{css}'); field.value = ''; field.focus()"
            ));
            self.type_keys(words);
            (self.in_frame(&format!("document.querySelector('{css}').value")) == words).then_some(())
        });
    }

    /// Keeps a picture in `target/screenshots`.
    pub fn screenshot(&self, name: &str) {
        use base64::Engine as _;
        let Ok(picture) = self.call("GET", "/screenshot", None) else { return };
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap()).unwrap();
        let folder = target().join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }

    /// The errors that the browser itself wrote down: scripts that broke, things that a policy refused.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", json!({ "type": "browser" }));
        let lines = log.as_array().cloned().unwrap_or_default();
        let severe = lines.iter().filter(|line| line["level"] == "SEVERE");
        let told = severe.map(|line| line["message"].as_str().unwrap_or("").to_owned());
        // Chromium says this when a page is left before its style has arrived; nobody who looks sees anything of it.
        told.filter(|line| !line.contains("ViewTransition opt-in disabled")).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.call("DELETE", "", None);
    }
}

/// chromedriver, which ends with the test, also with one that fails before there is a window.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn options(looks: Looks, profile: &str) -> Value {
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        // Frames of other origins stay in the page's process, so that one script reaches them all.
        "--disable-site-isolation-trials",
        "--disable-features=IsolateOrigins,site-per-process",
        "--hide-scrollbars",
        "--window-size=1280,900",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.push(format!("--user-data-dir={profile}"));
    arguments.push(format!("--lang={}", looks.language));
    let scripts = if looks.scripts { 1 } else { 2 };
    json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": {
                "intl.accept_languages": looks.language,
                "profile.managed_default_content_settings.javascript": scripts,
            },
        },
    })
}

/// Where builds and their by-products lie.
pub fn target() -> std::path::PathBuf {
    let own = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(own, Into::into)
}

/// Writes a line that the test harness does not swallow.
pub fn tell(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "browser test {line}");
}
