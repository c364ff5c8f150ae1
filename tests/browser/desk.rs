//! What an agent does at the desk, step by step, in any language and with or without scripts.

use crate::driver::Browser;
use crate::host::Website;
use crate::process::Served;

impl Served {
    /// The throw-away desk with simulated channels.
    pub fn demo() -> Served {
        Served::afresh(&["demo"], "Play the customers")
    }

    /// The password of everybody who works there.
    pub fn password(&self) -> &str {
        let line = self.said.iter().find(|line| line.starts_with("Sign in as")).unwrap();
        line.split(' ').next_back().unwrap()
    }
}

/// Somebody at the desk.
pub struct Agent<'a> {
    pub browser: &'a Browser,
    pub desk: &'a Served,
}

/// The words with which the administrator signs in.
pub const EMAIL: &str = "ana@lumiere.example";
pub const PASSWORD: &str = "a long walk at night";

impl Agent<'_> {
    /// Goes to a page of the desk.
    pub fn go(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.desk.url));
    }

    /// Opens the one-time link and makes the first administrator.
    pub fn set_up(&self) {
        let browser = self.browser;
        browser.open(self.desk.setup.as_deref().unwrap());
        for (field, words) in
            [("name", "Ana Admin"), ("email", EMAIL), ("password", PASSWORD), ("team", "Café Lumière")]
        {
            browser.find(&format!("form[action='/setup'] [name='{field}']")).fill(words);
        }
        browser.find("form[action='/setup'] button[type='submit']").click();
        browser.find("a[href='/settings/channels/new']");
    }

    /// Signs in with a password.
    pub fn sign_in(&self, email: &str, password: &str) {
        self.go("/login");
        self.browser.find("input[name='email']").fill(email);
        self.browser.find("input[name='password']").fill(password);
        self.browser.find("form[action='/login'] button[type='submit']").click();
        self.browser
            .wait("a page behind the door", || (!self.browser.url().contains("/login")).then_some(()));
    }

    /// Connects a website chat for `website` and returns the line of HTML that goes into its page.
    pub fn connect_chat(&self, website: &Website) -> String {
        let browser = self.browser;
        browser.find("a[href='/settings/channels/new']").click();
        browser.find("a[href*='kind=webchat']").click();
        browser.find("main input[name='name']").fill("lumiere.example");
        browser.find("input[name='allowed_origins']").fill(&website.origin);
        browser.find("select[name='ask_name'] option[value='yes']").click();
        browser.find("main form.stack button[type='submit']").click();
        browser.wait("the line for the website", || {
            let code = browser.all("pre.code code").first()?.text();
            code.contains("widget.js").then_some(code)
        })
    }

    /// Opens the conversation with this person from the list, once it is there.
    pub fn open_row(&self, list: &str, name: &str) {
        let browser = self.browser;
        browser.wait(name, || {
            self.go(list);
            let row = browser.all("#list li a").into_iter().find(|row| row.text().contains(name))?;
            row.click();
            Some(())
        });
        browser.find("#top");
    }

    /// Whether the list holds this person.
    pub fn lists(&self, list: &str, name: &str) -> bool {
        self.go(list);
        self.browser.find("#list").text().contains(name)
    }

    /// Searches in the present list, as people do: types and presses Enter.
    pub fn search(&self, list: &str, words: &str, name: &str) {
        self.go(list);
        self.browser.find("input[name='q']").fill(&format!("{words}\u{e007}"));
        // The list before the search may hold the same row, which leaves with its page.
        self.browser.wait("the search", || {
            self.browser.url().contains(&format!("q={}", words.replace(' ', "+"))).then_some(())
        });
        self.browser.wait(name, || {
            let rows = self.browser.all("#list li a");
            rows.into_iter().find(|row| row.text().contains(name))?.try_click().then_some(())
        });
        self.browser.find("#top");
    }

    /// Sends what was typed on a simulated phone. Who leaves the page before the form has gone takes it back.
    pub fn send_from_phone(&self, form: &str) {
        self.browser.find(&format!("{form} button[value='text']")).click();
        self.browser.wait("the phone to have sent it", || {
            let typed = self.browser.all(&format!("{form} textarea[name='text']"));
            typed.first()?.value().is_empty().then_some(())
        });
    }

    /// Moves the clock of the desk by a day and a minute, and waits until it has moved.
    pub fn next_day(&self) {
        self.go("/simulator");
        let shown = || Some(self.browser.all(".clock strong").first()?.text());
        let before = shown();
        self.browser.find("form[action='/simulator/clock'] button[value='1441']").click();
        self.browser.wait("the clock to have moved", || shown().filter(|now| Some(now) != before.as_ref()));
    }

    /// Writes an answer and sends it.
    pub fn answer(&self, words: &str) {
        self.browser.find("#reply-form [name='body']:not([type='hidden'])").fill(words);
        self.browser.find("#reply-form button.main").click();
        self.browser.wait(words, || {
            let messages = self.browser.text_with_frames("main.thread");
            let typed = self
                .browser
                .all("#reply-form [name='body']:not([type='hidden'])")
                .first()
                .map(|field| field.value());
            (messages.contains(words) && typed.is_none_or(|typed| typed.is_empty())).then_some(())
        });
    }

    /// Closes the conversation.
    pub fn close(&self) {
        let browser = self.browser;
        browser.find("details:has(form[action*='/close']) > summary").click();
        browser.find("form[action*='/close'] button[type='submit']").click();
        // What is not there yet proves nothing: between two pages there is no form at all.
        browser.wait("a closed conversation", || {
            (!browser.all("form[action*='/reopen']").is_empty()).then_some(())
        });
    }
}
