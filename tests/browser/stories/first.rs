//! The machine room: the program starts, a browser reaches it, and it stops when it is asked to.

use crate::driver::{Browser, ENGLISH, Looks};
use crate::host::Website;
use crate::process::Served;

#[test]
fn a_served_desk_is_reached_and_stops_when_asked() {
    let Some(browser) = Browser::start(ENGLISH) else { return };
    let desk = Served::new();
    browser.open(&format!("{}/healthz", desk.url));
    browser.wait_for_text("ok");
    assert!(desk.stop(), "it must end by itself, and well");
}

#[test]
fn a_browser_without_scripts_really_runs_none() {
    let Some(browser) = Browser::start(Looks { scripts: false, ..ENGLISH }) else { return };
    let website = Website::open();
    website.publish("<p id=said>still</p><script>said.textContent = 'ran'</script>");
    browser.open(&website.origin);
    assert_eq!(browser.find("#said").text(), "still");
}
