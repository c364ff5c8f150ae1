//! What a browser sent: the fields of a form or a query.

/// Fields by name, in the order in which they were sent.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    /// Files of a multipart form.
    pub files: Vec<Upload>,
}

/// A file that came with a form.
#[derive(Clone, Debug)]
pub struct Upload {
    pub field: String,
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl Form {
    /// Reads `a=1&b=2`.
    pub fn parse(encoded: &[u8]) -> Form {
        let fields = form_urlencoded::parse(encoded).map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
        Form { fields, files: Vec::new() }
    }

    /// The first value of a field, as it was typed.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first value without spaces around it; empty when the field is missing.
    pub fn trimmed(&self, name: &str) -> &str {
        self.get(name).map_or("", str::trim)
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Every field in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Gives a field one value instead of those that it has.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.fields.retain(|(known, _)| known != name);
        self.push(name, value);
    }

    /// Adds a field.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.fields.push((name.to_owned(), value.into()));
    }
}
