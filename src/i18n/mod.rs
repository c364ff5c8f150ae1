//! What the pages say, in every language, and how they write times.
//!
//! Each text is a function of [`Texts`], made at build time from `xx.toml` beside this file; see `build.rs`.

mod closed;
pub mod halt;
pub mod keys;
pub mod kind;
pub mod refusal;
pub mod roster;
pub mod when;
pub mod workflow;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Every text in one language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Texts {
    language: Language,
}

impl Texts {
    /// The texts of a language.
    pub const fn new(language: Language) -> Self {
        Texts { language }
    }

    /// The language of these texts.
    pub const fn language(&self) -> Language {
        self.language
    }
}

impl Language {
    /// The language with this code, if there is one.
    pub fn parse(code: &str) -> Option<Language> {
        Language::ALL.iter().copied().find(|language| language.code() == code)
    }

    /// The language that a browser's `Accept-Language` likes best of those we have; English otherwise.
    pub fn negotiate(accepted: &str) -> Language {
        let mut wishes: Vec<(f32, Language)> = accepted
            .split(',')
            .filter_map(|wish| {
                let (tag, weight) = wish.split_once(";q=").unwrap_or((wish, "1"));
                let code = tag.trim().split('-').next()?.to_ascii_lowercase();
                Some((weight.trim().parse().ok()?, Language::parse(&code)?))
            })
            .collect();
        wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
        wishes.first().map_or(Language::En, |wish| wish.1)
    }
}
