//! The table in `src/lib.rs` holds: no folder uses what it may not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folders of the table, each with the folders and files beside it that it may use.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let text = std::fs::read_to_string("src/lib.rs").unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        let folder = cells[0].split('`').next().unwrap().to_owned();
        (folder, words(cells[1]).into_iter().collect())
    })
    .collect()
}

#[test]
fn no_folder_uses_what_the_table_in_lib_rs_forbids() {
    let table = table();
    assert!(table.len() >= 8, "the table was not found");
    let modules = modules();
    let mut wrong = Vec::new();
    for (folder, allowed) in &table {
        for file in files(&place(folder)) {
            for used in uses(&code(&file)) {
                if modules.contains(&used) && used != *folder && !allowed.contains(&used) {
                    wrong.push(format!(
                        "{} uses `{used}`, which the table in src/lib.rs does not allow to `{folder}`.",
                        file.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn sql_stands_only_in_the_store() {
    let statements = ["prepare_cached(", "execute_batch(", ".query_row(", ".query_map("];
    let mut wrong = Vec::new();
    for file in files(Path::new("src")).into_iter().filter(|file| !file.starts_with("src/store")) {
        let code = code(&file);
        if statements.iter().any(|word| code.contains(word)) {
            wrong.push(format!("{} speaks SQL, which belongs into src/store.", file.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn only_the_clock_asks_the_system_what_time_it_is() {
    let words = ["SystemTime::now", "Timestamp::now(", "Zoned::now("];
    let sql = ["'now'", "CURRENT_TIMESTAMP", "unixepoch()"];
    let mut wrong = Vec::new();
    for file in files(Path::new("src")) {
        let code = code(&file);
        let own = file == Path::new("src/clock.rs");
        if words.iter().any(|word| code.contains(word)) && !own {
            wrong.push(format!("{} asks the system for the time; ask src/clock.rs.", file.display()));
        }
        if sql.iter().any(|word| code.contains(word)) {
            wrong.push(format!("{} lets SQL ask for the time; give it as an argument.", file.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_test_of_the_layers_sees_every_way_to_name_a_module() {
    let code = "use crate::store::{self, Tx};\nuse crate::{net, web::Cx};\nlet x = crate::random::key();";
    let seen: Vec<String> = uses(code).into_iter().collect();
    assert_eq!(seen, ["net", "random", "store", "web"]);
}

fn place(folder: &str) -> PathBuf {
    if folder == "templates" { PathBuf::from("templates") } else { Path::new("src").join(folder) }
}

/// The modules that the table speaks of: the folders, and the files beside them.
fn modules() -> BTreeSet<String> {
    let text = std::fs::read_to_string("src/lib.rs").unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("build.rs") {
            found.push(path);
        }
    }
    found
}

/// The file without its comments.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules of the crate that a piece of code names: `crate::x` and each `x` of `crate::{x, y::z}`.
fn uses(code: &str) -> BTreeSet<String> {
    let name =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => {
                found.insert(name(rest));
            }
            Some(list) => {
                let mut depth = 0;
                let mut piece = String::new();
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            found.insert(name(piece.trim()));
                            piece.clear();
                            continue;
                        }
                        _ => {}
                    }
                    piece.push(c);
                }
                found.insert(name(piece.trim()));
            }
        }
    }
    found.remove("");
    found
}
