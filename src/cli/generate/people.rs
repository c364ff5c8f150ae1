//! Names, phone numbers and e-mail addresses of people who do not exist.

use super::dice::Dice;
use crate::domain::search;

const FIRST: [&str; 7] = [
    "Ana Emma Oliver Amelia Jack Grace Liam Sophie Noah Ruby Ethan Chloe Lucas Ella Mason Isla Henry Mia Owen Zoe",
    "Lucía Martín Sofía Hugo María Pablo Carmen Diego Elena Javier Marta Álvaro Nuria Sergio Inés Raúl Pilar Iván",
    "Camille Louis Chloé Gabriel Léa Raphaël Manon Arthur Inès Jules Zoé Adèle Théo Juliette Hélène François",
    "Anna Jonas Lena Felix Marie Paul Jürgen Sabine Lukas Greta Björn Katrin Uwe Heike Søren Łukasz Jana Petr",
    "João Beatriz Miguel Leonor Tiago Inês Rui Catarina Nuno Mafalda Gonçalo Sara",
    "美咲 翔太 さくら 大輔 陽子 健一 愛 拓也",
    "محمد فاطمة أحمد ليلى يوسف مريم عمر نور",
];
const LAST: [&str; 7] = [
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright Walker Robinson Thompson O'Neill Hughes Scott",
    "García Martínez López Sánchez Pérez Gómez Fernández Ruiz Díaz Álvarez Moreno Muñoz Romero Navarro Torres Ibáñez",
    "Martin Bernard Dubois Lefèvre Moreau Laurent Simon Michel Garnier Chevalier François Besançon",
    "Müller Schmidt Schneider Fischer Weber Wagner Becker Hoffmann Schäfer Koch Bauer Novák Kowalski Nguyễn Sørensen",
    "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Gonçalves Conceição",
    "佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村",
    "الأحمد حسن العلي إبراهيم منصور خليل",
];
/// Country codes with a mobile beginning, and how many digits follow.
const PHONES: [(&str, usize); 7] =
    [("+447", 9), ("+346", 8), ("+336", 8), ("+4915", 9), ("+3519", 8), ("+8190", 8), ("+97150", 7)];

/// A name in this language.
pub fn name(language: u8, dice: &mut Dice) -> String {
    let place = usize::from(language) % FIRST.len();
    let pick = |list: &str, dice: &mut Dice| {
        let words: Vec<&str> = list.split(' ').collect();
        words[dice.rank(words.len() * 3) % words.len()].to_owned()
    };
    let (first, last) = (pick(FIRST[place], dice), pick(LAST[place], dice));
    if language == 5 { format!("{last} {first}") } else { format!("{first} {last}") }
}

/// A phone number in E.164 that nobody else here has.
pub fn phone(language: u8, number: i64) -> String {
    let (start, digits) = PHONES[usize::from(language) % PHONES.len()];
    // Spreads consecutive people over the whole range without ever meeting twice.
    let space = 10_i64.pow(u32::try_from(digits).unwrap_or(8));
    let spread = (number % space) * 7_654_321 % space;
    format!("{start}{spread:0digits$}")
}

/// An e-mail address that nobody else here has.
pub fn email(name: &str, number: i64) -> String {
    let plain: String = search::fold(name).chars().map(|c| if c == ' ' { '.' } else { c }).collect();
    let local: String = plain.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
    let local = if local.len() < 3 { "customer".to_owned() } else { local };
    let host = ["example.org", "example.com", "example.net", "mail.example"]
        [usize::try_from(number % 4).unwrap_or(0)];
    format!("{local}{number}@{host}")
}
