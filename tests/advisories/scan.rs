//! Finds in a page what a browser would run: scripts that are not ours, handlers, and addresses that are commands.

/// One start tag: its name and its attributes with their values, as a browser reads them.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

/// The start tags of a page. Text of scripts and comments is passed over as a browser does.
fn tags(page: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        let (attributes, after) = attributes(&rest[end..]);
        rest = after;
        if ["script", "style", "textarea", "title"].contains(&name.as_str()) {
            let close = format!("</{name}");
            let lower = rest.to_ascii_lowercase();
            rest = lower.find(&close).map_or("", |at| &rest[at..]);
        }
        found.push(Tag { name, attributes });
    }
    found
}

/// The attributes up to the end of the tag, and what comes behind it.
fn attributes(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return (found, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        let end =
            rest[1..].find(|c: char| c.is_whitespace() || "=>/".contains(c)).map_or(rest.len(), |at| at + 1);
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| "\"'".contains(*c));
            let (inner, past) = match quote {
                Some(quote) => {
                    let inner = &after[1..];
                    let end = inner.find(quote).unwrap_or(inner.len());
                    (&inner[..end], inner.get(end + 1..).unwrap_or(""))
                }
                None => {
                    let end = after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len());
                    (&after[..end], &after[end..])
                }
            };
            (value, rest) = (inner, past);
        }
        found.push((name, value.to_owned()));
    }
}

/// What a browser would run of this page, in words. Nothing, where all is well.
pub fn runs(page: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for tag in tags(page) {
        let value = |name: &str| tag.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let ours = value("src").is_some_and(|src| src.starts_with("/static/") || src.starts_with("/chat"));
        let data = value("type").is_some_and(|kind| kind == "application/json");
        if tag.name == "script" && !ours && !data {
            wrong.push("a script that is not ours".to_owned());
        }
        if ["object", "embed", "base", "math", "frame", "applet", "animate", "set"]
            .contains(&tag.name.as_str())
        {
            wrong.push(format!("<{}>", tag.name));
        }
        if tag.name == "meta" && value("http-equiv").is_some() {
            wrong.push("<meta http-equiv>".to_owned());
        }
        for (name, value) in &tag.attributes {
            let plain: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            let plain = plain.to_ascii_lowercase().replace("&#106;", "j").replace("&colon;", ":");
            let command = ["javascript:", "vbscript:", "data:text", "data:image/svg"];
            let goes =
                ["href", "src", "action", "formaction", "data", "xlink:href", "poster", "background", "ping"]
                    .contains(&name.as_str());
            let commands = goes && command.iter().any(|word| plain.starts_with(word));
            if name.starts_with("on") || name == "srcdoc" || commands {
                wrong.push(format!("<{} {name}=\"{value}\">", tag.name));
            }
        }
    }
    wrong
}

#[test]
fn what_runs_is_found() {
    for bad in [
        "<script>x</script>",
        "<SCRIPT src=https://e.example></SCRIPT>",
        "<p title=\"a>b\" onclick=x>",
        "<img/src=\"x\"/onerror=alert(1)>",
        "<a href=' java\nscript:x'>",
        "<a href=&#106;avascript:x>",
        "<iframe srcdoc='<p>'>",
        "<meta http-equiv=refresh>",
        "<b>a</b><svg onload=x>",
        "<!-- a --><base href=x>",
        "<title></title><script>x</script>",
    ] {
        assert!(!runs(bad).is_empty(), "{bad}");
    }
    for good in [
        "<p title=\"&lt;script&gt; onclick=\">onclick=x</p>",
        "<textarea><script>x</script></textarea>",
        "<script src=\"/static/app.js\"></script><a href=\"/inbox\">",
        "<!-- <script>x</script> --><p>",
    ] {
        assert_eq!(runs(good), Vec::<String>::new(), "{good}");
    }
}
