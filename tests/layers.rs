//! The table in `src/lib.rs` holds: no folder uses what it may not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::tree::{code, files};

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
            let code = code(&file);
            for used in uses(&code).into_iter().chain(climbs(&code, depth(&file))) {
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
fn pages_and_jobs_write_only_through_actions() {
    let writes: Vec<(String, String)> = files(Path::new("src/store"))
        .iter()
        .flat_map(|file| {
            let module = file.file_stem().unwrap().to_string_lossy().into_owned();
            let code = code(file).replace("(\n        ", "(");
            let names: Vec<String> = code
                .split("pub fn ")
                .skip(1)
                .filter_map(|rest| rest.split_once("(tx: &Tx").map(|(name, _)| name.to_owned()))
                .filter(|name| !name.contains('\n'))
                .collect();
            names.into_iter().map(move |name| (module.clone(), name.split('<').next().unwrap().to_owned()))
        })
        .collect();
    assert!(writes.len() > 50, "the writes of the store were not found");
    let mut wrong = Vec::new();
    for file in ["src/web", "src/jobs"].iter().flat_map(|folder| files(Path::new(folder))) {
        let code = code(&file);
        for (module, name) in &writes {
            if code.contains(&format!("store::{module}::{name}(")) {
                wrong.push(format!("{} calls store::{module}::{name}; let an action do it.", file.display()));
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
    assert_eq!(depth(Path::new("src/domain/window.rs")), 2);
    assert_eq!(depth(Path::new("templates/mod.rs")), 1);
    assert_eq!(climbs("use super::super::store::Tx;\nuse super::time;", 2), ["store"]);
}

fn place(folder: &str) -> PathBuf {
    if folder == "templates" { PathBuf::from("templates") } else { Path::new("src").join(folder) }
}

/// How many modules lie between a file and the root of the crate: one for `src/desk.rs`, two for `src/web/app.rs`.
fn depth(file: &Path) -> usize {
    let inner = file.strip_prefix("src").unwrap_or(file).components().count();
    if file.ends_with("mod.rs") { inner - 1 } else { inner }
}

/// The modules that are reached by climbing to the root: `super::super::x` in a file that lies two deep.
fn climbs(code: &str, depth: usize) -> Vec<String> {
    let root = "super::".repeat(depth);
    let name = |rest: &str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned);
    code.split(&root).skip(1).filter_map(name).filter(|name| !name.is_empty()).collect()
}

/// The modules that the table speaks of: the folders, and the files beside them.
fn modules() -> BTreeSet<String> {
    let text = std::fs::read_to_string("src/lib.rs").unwrap();
    let names = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
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
