//! Turns the language files beside this script into typed Rust functions.
//!
//! Each `xx.toml` holds every text of the product in one language. A text that one file lacks, or whose
//! gaps differ from the English one, fails the build with a sentence, so no page can ever miss a text.

#![expect(clippy::expect_used, clippy::panic, reason = "a build that cannot go on stops with a sentence")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// One text: plain, or in the two forms that a counted noun has.
enum Text {
    Plain(String),
    Counted { one: String, other: String },
}

struct Language {
    code: String,
    name: String,
    texts: BTreeMap<String, Text>,
}

fn main() {
    let folder = Path::new("src/i18n");
    println!("cargo::rerun-if-changed=src/i18n");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("src/i18n can be read")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    let languages: Vec<Language> = files.iter().map(|file| read(file)).collect();
    let mut faults = Vec::new();
    check(&languages, &mut faults);
    assert!(faults.is_empty(), "the language files do not agree:\n{}", faults.join("\n"));
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("texts.rs");
    std::fs::write(out, generate(&languages)).expect("OUT_DIR can be written");
}

fn read(file: &Path) -> Language {
    let raw = std::fs::read_to_string(file).expect("a language file can be read");
    let table: toml::Table = raw.parse().unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
    let mut texts = BTreeMap::new();
    let mut name = String::new();
    for (section, value) in table {
        if section == "language" {
            name = value.as_str().unwrap_or_default().to_owned();
            continue;
        }
        let entries =
            value.as_table().unwrap_or_else(|| panic!("{}: [{section}] is no table", file.display()));
        for (key, value) in entries {
            texts.insert(format!("{section}_{key}"), text(value, file, key));
        }
    }
    let code =
        file.file_stem().and_then(|stem| stem.to_str()).expect("a language file has a name").to_owned();
    assert!(!name.is_empty(), "{}: the first line must be language = \"its own name\"", file.display());
    Language { code, name, texts }
}

fn text(value: &toml::Value, file: &Path, key: &str) -> Text {
    if let Some(plain) = value.as_str() {
        return Text::Plain(plain.to_owned());
    }
    let form = |name: &str| {
        let form = value.get(name).and_then(toml::Value::as_str);
        form.unwrap_or_else(|| panic!("{}: {key} needs a form '{name}'", file.display())).to_owned()
    };
    Text::Counted { one: form("one"), other: form("other") }
}

/// The names in braces, in the order in which they first stand in the text.
fn gaps(text: &Text) -> Vec<String> {
    let source = match text {
        Text::Plain(plain) => plain.clone(),
        Text::Counted { one, other } => format!("{{n}}{other}{one}"),
    };
    let mut found = Vec::new();
    for piece in source.split('{').skip(1) {
        let name = piece.split('}').next().unwrap_or_default().to_owned();
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn check(languages: &[Language], faults: &mut Vec<String>) {
    let english = languages.iter().find(|language| language.code == "en").expect("there is an en.toml");
    for language in languages {
        for (key, text) in &english.texts {
            let Some(theirs) = language.texts.get(key) else {
                faults.push(format!("{}.toml lacks '{key}'", language.code));
                continue;
            };
            let ours: BTreeSet<String> = gaps(text).into_iter().collect();
            if ours != gaps(theirs).into_iter().collect() {
                faults.push(format!("{}.toml: the gaps of '{key}' differ from en.toml", language.code));
            }
            if matches!(text, Text::Plain(_)) != matches!(theirs, Text::Plain(_)) {
                faults.push(format!("{}.toml: '{key}' must be counted in both or in none", language.code));
            }
        }
        for key in language.texts.keys().filter(|key| !english.texts.contains_key(*key)) {
            faults.push(format!("{}.toml has '{key}', which en.toml lacks", language.code));
        }
    }
}

fn generate(languages: &[Language]) -> String {
    let mut code = String::from("// Made by src/i18n/build.rs from the language files.\n");
    let variant = |code: &str| {
        let mut letters = code.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    };
    let names: Vec<String> = languages.iter().map(|language| variant(&language.code)).collect();
    let _ = writeln!(
        code,
        "/// A language that the pages speak.\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\npub enum Language {{ {} }}",
        names.join(", ")
    );
    let _ = writeln!(
        code,
        "impl Language {{\n    /// Every language there is.\n    pub const ALL: &'static [Language] = &[{}];",
        names.iter().map(|n| format!("Language::{n}")).collect::<Vec<_>>().join(", ")
    );
    let _ = writeln!(
        code,
        "    /// The code of the language, as in `en`.\n    pub fn code(self) -> &'static str {{ match self {{"
    );
    for (language, name) in languages.iter().zip(&names) {
        let _ = writeln!(code, "        Language::{name} => {:?},", language.code);
    }
    let _ = writeln!(
        code,
        "    }} }}\n    /// What the language calls itself.\n    pub fn name(self) -> &'static str {{ match self {{"
    );
    for (language, name) in languages.iter().zip(&names) {
        let _ = writeln!(code, "        Language::{name} => {:?},", language.name);
    }
    code.push_str("    } }\n}\nimpl Texts {\n");
    let english = languages.iter().find(|language| language.code == "en").expect("checked before");
    for (key, text) in &english.texts {
        function(&mut code, key, &gaps(text), languages, &names);
    }
    code.push_str("}\n");
    code
}

fn function(code: &mut String, key: &str, gaps: &[String], languages: &[Language], names: &[String]) {
    let counted = matches!(languages[0].texts[key], Text::Counted { .. });
    let kind = |gap: &String| if counted && gap == "n" { "i64" } else { "impl std::fmt::Display" };
    let arguments: String = gaps.iter().map(|gap| format!(", {gap}: {}", kind(gap))).collect();
    let (result, plain) = if gaps.is_empty() { ("&'static str", true) } else { ("String", false) };
    let english =
        match &languages.iter().find(|language| language.code == "en").expect("checked before").texts[key] {
            Text::Plain(text) | Text::Counted { other: text, .. } => text.replace('\n', " "),
        };
    let _ = writeln!(
        code,
        "    /// {english}\n    pub fn {key}(&self{arguments}) -> {result} {{ match self.language {{"
    );
    for (language, name) in languages.iter().zip(names) {
        let arm = match &language.texts[key] {
            Text::Plain(text) if plain => format!("{text:?}"),
            Text::Plain(text) => format!("format!({text:?})"),
            // One form for all numbers, as where a unit is abbreviated.
            Text::Counted { one, other } if one == other => format!("format!({other:?})"),
            Text::Counted { one, other } => {
                let made = |text: &String| {
                    if text.contains('{') {
                        format!("format!({text:?})")
                    } else {
                        format!("{text:?}.to_owned()")
                    }
                };
                format!("if n == 1 {{ {} }} else {{ {} }}", made(one), made(other))
            }
        };
        let _ = writeln!(code, "        Language::{name} => {arm},");
    }
    code.push_str("    } }\n");
}
