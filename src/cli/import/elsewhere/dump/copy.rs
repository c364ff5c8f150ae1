//! Lines of a COPY block. Source: PostgreSQL's manual, COPY, "Text Format".

/// The table and the columns of a block, if that is what `line` begins.
pub fn head(line: &str) -> Option<(String, Vec<String>)> {
    let rest = line.strip_prefix("COPY ")?.trim_end();
    let rest = rest.strip_suffix(" FROM stdin;")?;
    let open = outside(rest, '(').unwrap_or(rest.len());
    let (name, columns) = rest.split_at(open);
    let columns =
        columns.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
    let names = split(columns, ',').iter().map(|name| bare(name)).filter(|name| !name.is_empty()).collect();
    // Without the schema before it.
    let table = split(name, '.').last().map(|name| bare(name))?;
    Some((table, names))
}

/// The place of `sign` outside of quotes.
fn outside(text: &str, sign: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(place, one)| {
        quoted ^= one == '"';
        (one == sign && !quoted).then_some(place)
    })
}

fn split(mut text: &str, sign: char) -> Vec<&str> {
    let mut parts = Vec::new();
    while let Some(place) = outside(text, sign) {
        parts.push(text.get(..place).unwrap_or_default());
        text = text.get(place + sign.len_utf8()..).unwrap_or_default();
    }
    parts.push(text);
    parts
}

/// A name without its quotes.
fn bare(name: &str) -> String {
    let name = name.trim();
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// What stands in the columns of a line; `None` where it is NULL.
pub fn fields(line: &[u8]) -> impl Iterator<Item = Option<String>> {
    line.split(|byte| *byte == b'\t').map(field)
}

fn field(written: &[u8]) -> Option<String> {
    if written == b"\\N" {
        return None;
    }
    if !written.contains(&b'\\') {
        return Some(String::from_utf8_lossy(written).into_owned());
    }
    let (mut plain, mut rest) = (Vec::with_capacity(written.len()), written);
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after.split_first()) {
            (b'\\', Some((sign, after))) => rest = escaped(*sign, after, &mut plain),
            _ => plain.push(*first),
        }
    }
    Some(String::from_utf8_lossy(&plain).into_owned())
}

/// Reads what follows a backslash, and gives what comes after it.
fn escaped<'b>(sign: u8, after: &'b [u8], plain: &mut Vec<u8>) -> &'b [u8] {
    let of = |base: u32, digits: &[u8]| {
        digits.iter().fold(0_u32, |sum, digit| sum * base + char::from(*digit).to_digit(base).unwrap_or(0))
    };
    let leading = |from: &[u8], base: u32, most: usize| {
        from.iter().take(most).take_while(|digit| char::from(**digit).is_digit(base)).count()
    };
    let byte = |number: u32| u8::try_from(number & 0xff).unwrap_or(0);
    match sign {
        b'b' => plain.push(8),
        b'f' => plain.push(12),
        b'n' => plain.push(b'\n'),
        b'r' => plain.push(b'\r'),
        b't' => plain.push(b'\t'),
        b'v' => plain.push(11),
        b'0'..=b'7' => {
            let (more, rest) = after.split_at(leading(after, 8, 2));
            let number = of(8, &[sign]) * 8_u32.pow(u32::try_from(more.len()).unwrap_or(0)) + of(8, more);
            plain.push(byte(number));
            return rest;
        }
        b'x' if leading(after, 16, 2) > 0 => {
            let (digits, rest) = after.split_at(leading(after, 16, 2));
            plain.push(byte(of(16, digits)));
            return rest;
        }
        other => plain.push(other),
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_block_names_its_table_and_columns() {
        let names = |line| head(line).map(|(table, columns)| (table, columns.join("|")));
        let told = |table: &str, columns: &str| Some((table.to_owned(), columns.to_owned()));
        assert_eq!(
            names("COPY public.users (id, \"from\", name) FROM stdin;"),
            told("users", "id|from|name")
        );
        assert_eq!(names("COPY \"my.own\".\"a, \"\"b\" (\"x(\", y) FROM stdin;\r"), told("a, \"b", "x(|y"));
        assert_eq!(names("COPY public.nothing  FROM stdin;"), told("nothing", ""));
        assert_eq!(names("COPY public.users (id) TO stdout;"), None);
        assert_eq!(names("CREATE TABLE public.users ("), None);
    }

    #[test]
    fn fields_are_what_they_were_before_they_were_written() {
        let read = |line: &str| fields(line.as_bytes()).collect::<Vec<_>>();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read("1\t\\N\t\tx"), [some("1"), None, some(""), some("x")]);
        // What looks like NULL but was written by somebody.
        assert_eq!(read("\\\\N"), [some("\\N")]);
        assert_eq!(read("a\\tb\\nc\\rd\\\\e\\bf\\fg\\v"), [some("a\tb\nc\rd\\e\u{8}f\u{c}g\u{b}")]);
        assert_eq!(read("\\303\\251 \\x41\\x4g \\.\\q \\7"), [some("é A\u{4}g .q \u{7}")]);
        assert_eq!(read("\\\\."), [some("\\.")]);
        assert_eq!(read("ends in\\"), [some("ends in\\")]);
    }
}
