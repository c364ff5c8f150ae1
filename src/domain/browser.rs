//! What a browser calls itself, in a few words.

/// The browser and its system, such as `Firefox · Linux`; empty where nothing was said. The order matters, because
/// every browser also claims to be the ones further down.
pub fn named(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let known = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let named: Vec<&str> = known(&BROWSERS).into_iter().chain(known(&SYSTEMS)).collect();
    if named.is_empty() { agent.chars().take(60).collect() } else { named.join(" · ") }
}
