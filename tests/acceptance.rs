//! `docs/acceptance.md` names, for each numbered statement, the tests that prove it; it is made from the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::tree::files;

const DOCUMENT: &str = "docs/acceptance.md";
const HEAD: &str = "# What is proved\n\n\
    The statements of the acceptance list, by their numbers, with the tests that name them. Made from the tests by\n\
    `TRANSOM_WRITE_DOCS=1 cargo test acceptance`; a test fails when it is out of date. A statement that is missing here\n\
    is not proved by a test, whatever the program does.\n\n\
    | statement | tests |\n|---|---|\n";

/// A statement's letter and number: `S` for what must be true, `X` for what was decided between sources.
type Number = (char, u32);

#[test]
fn the_list_of_what_is_proved_is_that_of_the_tests() {
    let mut proved: BTreeMap<Number, BTreeSet<String>> = BTreeMap::new();
    for file in files(Path::new("tests")).iter().filter(|file| !file.ends_with("acceptance.rs")) {
        for (number, test) in proofs(&std::fs::read_to_string(file).unwrap()) {
            proved.entry(number).or_default().insert(format!("`{}::{test}`", module(file)));
        }
    }
    let rows = proved.into_iter().map(|((letter, number), tests)| {
        let tests: Vec<String> = tests.into_iter().collect();
        format!("| {letter}{number} | {} |\n", tests.join(" · "))
    });
    let wanted = format!("{HEAD}{}", rows.collect::<String>());
    if std::env::var_os("TRANSOM_WRITE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(found == wanted, "{DOCUMENT} is out of date: run TRANSOM_WRITE_DOCS=1 cargo test acceptance");
}

#[test]
fn a_statement_belongs_to_the_test_that_names_it_or_follows_it() {
    let code = "//! About S9.\n\n/// S1 and S22.\n#[test]\nfn first() {\n    // X3\n}\n\nfn no_test() {\n}\n\n\
        // S4\n#[test]\nfn s5_s16_second() {}\n";
    let found: Vec<(Number, String)> = proofs(code).into_iter().collect();
    let first = |number| (number, "first".to_owned());
    let second = |number| (('S', number), "s5_s16_second".to_owned());
    let wanted = [first(('S', 1)), second(4), second(5), second(16), first(('S', 22)), first(('X', 3))];
    assert_eq!(found, wanted);
}

/// The statements that a file of tests names, each with the test around it or else the next one.
fn proofs(code: &str) -> BTreeSet<(Number, String)> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<Number> = Vec::new();
    let (mut inside, mut marked) = (None::<String>, false);
    for line in code.lines().filter(|line| !line.starts_with("//!")) {
        if line == "#[test]" {
            marked = true;
        } else if let Some(rest) = line.strip_prefix("fn ") {
            let name = rest.split('(').next().unwrap_or_default().to_owned();
            waiting.extend(named(&name));
            inside = marked.then_some(name);
            marked = false;
        }
        waiting.extend(numbers(line));
        if let Some(test) = &inside {
            found.extend(waiting.drain(..).map(|number| (number, test.clone())));
        }
        if line == "}" || line.ends_with(" {}") {
            inside = None;
        }
    }
    found
}

/// The statements with which the name of a test begins, as in `s18_s19_a_window_closes`.
fn named(test: &str) -> impl Iterator<Item = Number> {
    test.split('_').map_while(|word| Some(('S', word.strip_prefix('s')?.parse().ok()?)))
}

/// The list ends here; S256 is a word of another trade.
const LAST: u32 = 230;

/// Each word of the line that is a capital S or X and a number of the list.
fn numbers(line: &str) -> Vec<Number> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter_map(|word| {
            let letter = word.chars().next().filter(|letter| ['S', 'X'].contains(letter))?;
            let digits = &word[1..];
            let number = (digits.len() <= 3).then(|| digits.parse().ok())??;
            (number <= LAST).then_some((letter, number))
        })
        .collect()
}

fn module(file: &Path) -> String {
    let path = file.with_extension("").to_string_lossy().replace('/', "::");
    path.trim_start_matches("tests::").trim_end_matches("::mod").to_owned()
}
