//! The rules of the house that the compiler does not hold: sizes, first sentences, and what stands only in one place.

use std::path::{Path, PathBuf};

use crate::support::tree::{code, files};

const LONGEST: usize = 400;

/// Where providers may be named: their own files, the two enums, the names of settings that they chose, the words of a
/// program that is left, and the data of desks that are only played.
const PROVIDERS_IN: [&str; 10] = [
    "src/channels/",
    "src/domain/channel.rs",
    "src/domain/contact.rs",
    "src/cli/channel.rs",
    "src/cli/demo/",
    "src/cli/generate/",
    "src/cli/import/elsewhere/chatwoot/",
    "src/web/simulator/",
    "templates/simulator/",
    "templates/settings/",
];

fn own() -> Vec<PathBuf> {
    [files(Path::new("src")), files(Path::new("templates"))].concat()
}

/// What is wrong in which file, or nothing.
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn files_are_short_and_begin_with_what_they_are_for() {
    let mut wrong = Vec::new();
    for file in [own(), files(Path::new("tests"))].concat() {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().count();
        // A story of a test may be told to its end.
        if lines > LONGEST && !file.starts_with("tests") {
            wrong.push(format!("{} has {lines} lines; {LONGEST} is the most.", file.display()));
        }
        if !text.starts_with("//! ") {
            wrong.push(format!("{} does not say in its first line what it is for.", file.display()));
        }
    }
    none(&wrong);
}

#[test]
fn nothing_goes_round_the_escaping_the_lints_or_the_shell() {
    let words = ["PreEscaped", "#[allow", "#![allow", "TODO", "FIXME", "process::Command", "macro_rules!"];
    let mut wrong = Vec::new();
    for file in own() {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in words.iter().filter(|word| text.contains(**word)) {
            wrong.push(format!("{} holds {word}.", file.display()));
        }
    }
    none(&wrong);
}

#[test]
fn providers_are_named_only_where_they_are_at_home() {
    let names = ["Messenger", "Instagram", "Telegram", "Viber", "Wechat", "Tiktok", "Twilio"];
    let mut wrong = Vec::new();
    for file in own() {
        let at_home = PROVIDERS_IN.iter().any(|place| file.to_string_lossy().starts_with(place));
        let text = code(&file);
        for name in names.iter().filter(|name| !at_home && text.contains(**name)) {
            wrong.push(format!("{} names {name}; ask the channel's card instead.", file.display()));
        }
    }
    none(&wrong);
}

#[test]
fn statements_are_put_together_from_constants_only() {
    // A12: a value goes into SQL as a parameter. What is put into the text of a statement is a constant, or a name that
    // the same file chose from constants.
    let chosen = [
        "beyond",
        "column",
        "conditions",
        "from",
        "key",
        "marked",
        "most",
        "mode",
        "order",
        "parent",
        "sql",
        "step",
        "table",
        "known",
    ];
    let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA ", " WHERE ", "BEGIN "];
    let mut wrong = Vec::new();
    for file in files(Path::new("src/store")) {
        for call in code(&file).split("format!(").skip(1) {
            let Some(text) = call.split('"').nth(1) else { continue };
            if !verbs.iter().any(|verb| text.contains(verb)) {
                continue;
            }
            for gap in text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let constant = !gap.is_empty() && gap.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                if !constant && !chosen.contains(&gap) {
                    wrong.push(format!("{} puts {{{gap}}} into a statement.", file.display()));
                }
            }
        }
    }
    none(&wrong);
}
