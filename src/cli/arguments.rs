//! Reads the arguments of a command by its table; what is not given there may stand in the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use super::Error;

/// An option of a command. Each is also an environment variable: `--tls-cert` is `TRANSOM_TLS_CERT`.
pub struct Opt {
    /// Without the two dashes.
    pub name: &'static str,
    /// What stands for its value in the help; empty for a switch.
    pub value: &'static str,
    /// May be given several times.
    pub many: bool,
    /// What it does, in a few words.
    pub about: &'static str,
}

impl Opt {
    /// An option with a value.
    pub const fn new(name: &'static str, value: &'static str, about: &'static str) -> Opt {
        Opt { name, value, many: false, about }
    }

    /// An option without a value.
    pub const fn switch(name: &'static str, about: &'static str) -> Opt {
        Opt { name, value: "", many: false, about }
    }

    /// The same, any number of times.
    pub const fn many(self) -> Opt {
        Opt { many: true, ..self }
    }

    /// Its environment variable.
    pub fn variable(&self) -> String {
        format!("TRANSOM_{}", self.name.to_uppercase().replace('-', "_"))
    }
}

/// What a command was called with.
#[derive(Debug, Default)]
pub struct Arguments {
    options: BTreeMap<&'static str, Vec<OsString>>,
    operands: Vec<OsString>,
    /// Somebody asked for help instead.
    pub help: bool,
}

/// Looks an environment variable up.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl Arguments {
    /// Reads `words` by the table `known`, then the environment.
    pub fn read(
        words: Vec<OsString>,
        known: &[&'static Opt],
        environment: Environment<'_>,
    ) -> Result<Self, Error> {
        let mut arguments = Arguments::default();
        let mut parser = lexopt::Parser::from_args(words);
        while let Some(word) = parser.next()? {
            let option = match word {
                lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                    arguments.help = true;
                    continue;
                }
                lexopt::Arg::Value(operand) => {
                    arguments.operands.push(operand);
                    continue;
                }
                lexopt::Arg::Long(name) => known.iter().find(|option| option.name == name),
                lexopt::Arg::Short(_) => None,
            };
            let Some(option) = option else { return Err(word.unexpected().into()) };
            let value = if option.value.is_empty() { OsString::new() } else { parser.value()? };
            let values = arguments.options.entry(option.name).or_default();
            if !option.many && !values.is_empty() {
                return Err(Error::Usage(format!("--{} is given twice", option.name)));
            }
            values.push(value);
        }
        arguments.read_environment(known, environment)?;
        Ok(arguments)
    }

    fn read_environment(
        &mut self,
        known: &[&'static Opt],
        environment: Environment<'_>,
    ) -> Result<(), Error> {
        for option in known {
            if self.options.contains_key(option.name) {
                continue;
            }
            let variable = option.variable();
            let Some(value) = environment(&variable).filter(|value| !value.is_empty()) else { continue };
            if option.value.is_empty() {
                match value.to_str() {
                    Some("1" | "yes" | "true" | "on") => {
                        self.options.insert(option.name, vec![OsString::new()])
                    }
                    Some("0" | "no" | "false" | "off") => None,
                    _ => return Err(Error::Usage(format!("{variable} must be yes or no"))),
                };
            } else if option.many {
                let text = text(&variable, value)?;
                let lines = text.lines().filter(|line| !line.trim().is_empty()).map(OsString::from).collect();
                self.options.insert(option.name, lines);
            } else {
                self.options.insert(option.name, vec![value]);
            }
        }
        Ok(())
    }

    /// Whether a switch was given.
    pub fn has(&self, name: &str) -> bool {
        self.options.contains_key(name)
    }

    /// The value of an option as text.
    pub fn get(&self, name: &str) -> Result<Option<String>, Error> {
        let Some(value) = self.options.get(name).and_then(|values| values.first()) else { return Ok(None) };
        text(&format!("--{name}"), value.clone()).map(Some)
    }

    /// The value of an option that must be given.
    pub fn require(&self, name: &str) -> Result<String, Error> {
        self.get(name)?.ok_or_else(|| Error::Usage(format!("--{name} is missing")))
    }

    /// Every value of an option that may be given several times.
    pub fn all(&self, name: &str) -> Result<Vec<String>, Error> {
        let values = self.options.get(name).map(Vec::as_slice).unwrap_or_default();
        values.iter().map(|value| text(&format!("--{name}"), value.clone())).collect()
    }

    /// The value of an option, read as what it should be; `expected` names that for people.
    pub fn parsed<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, Error> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let wrong = || Error::Usage(format!("--{name} {value} is not {expected}"));
        value.parse().map(Some).map_err(|_| wrong())
    }

    /// The value of an option as a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.options.get(name)?.first().map(PathBuf::from)
    }

    /// The next word that belongs to no option.
    pub fn operand(&mut self) -> Option<OsString> {
        (!self.operands.is_empty()).then(|| self.operands.remove(0))
    }

    /// The next word that belongs to no option, which must be there.
    pub fn require_operand(&mut self, name: &str) -> Result<String, Error> {
        let word = self.operand().ok_or_else(|| Error::Usage(format!("{name} is missing")))?;
        text(name, word)
    }

    /// Refuses words that nobody asked for.
    pub fn finish(&self) -> Result<(), Error> {
        match self.operands.first() {
            None => Ok(()),
            Some(word) => Err(Error::Usage(format!("{} is one word too many", word.display()))),
        }
    }
}

fn text(name: &str, value: OsString) -> Result<String, Error> {
    value.into_string().map_err(|_| Error::Usage(format!("{name} must be UTF-8 text")))
}

impl From<lexopt::Error> for Error {
    fn from(fault: lexopt::Error) -> Self {
        Error::Usage(fault.to_string())
    }
}
