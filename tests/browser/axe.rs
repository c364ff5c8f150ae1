//! Accessibility and reflow of the page that a browser shows: axe-core finds nothing, nothing scrolls sideways.

use serde_json::{Value, json};

use crate::driver::{Browser, tell};

/// What is wrong with the present page in light and dark, wide and on a phone; keeps a picture of each.
pub fn inspect(browser: &Browser, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (looks, width, height) in [("wide", 1280, 900), ("phone", 320, 640)] {
        browser.resize(width, height);
        for scheme in ["light", "dark"] {
            browser.prefer(scheme);
            browser.screenshot(&format!("{name}-{looks}-{scheme}"));
            let found = violations(browser);
            wrong.extend(found.into_iter().map(|what| format!("{name}, {looks}, {scheme}: {what}")));
        }
        let over = browser.script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
            json!([]),
        );
        if over != 0 {
            wrong.push(format!("{name} scrolls sideways by {over} px at {width} px"));
        }
    }
    browser.prefer("light");
    browser.resize(1280, 900);
    wrong
}

/// What axe finds, a sentence each. The page's own policy forbids foreign scripts, so axe comes in by WebDriver.
fn violations(browser: &Browser) -> Vec<String> {
    let Some(path) = std::env::var_os("TRANSOM_AXE") else {
        assert!(std::env::var_os("TRANSOM_REQUIRE_BROWSER").is_none(), "TRANSOM_AXE must name axe.min.js");
        tell("runs without axe: TRANSOM_AXE does not name axe.min.js");
        return Vec::new();
    };
    let axe = std::fs::read_to_string(path).unwrap();
    browser.script(&format!("if (!window.axe) {{ {axe} }}"), json!([]));
    let found = browser.script_that_answers(
        "const done = arguments[arguments.length - 1];
         axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
            .then(result => done(result.violations), fault => done(['axe broke: ' + fault]));",
    );
    found.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(sentence).collect()
}

fn sentence(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let places: Vec<&str> = nodes.iter().take(3).filter_map(|node| node["html"].as_str()).collect();
    format!("{}: {} {places:?}", violation["id"], violation["help"])
}
