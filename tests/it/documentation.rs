//! Every public item that is written by hand has an example.
//!
//! The example is on the item's own page of the documentation: in that of its type, of the type's `impl` blocks, or of its
//! methods. A type needs one example on its page, and a method one that names it. Two kinds of methods are shown by others:
//! those whose documentation says "the same as [`another`]", and `send` of a builder, which awaiting calls.
//! Constants, variants and fields need no example. Examples are compiled, since `ignore` does not count.

use std::{collections::BTreeMap, fs, path::Path};

/// What seals `SendOnce`, and cannot be named outside.
const SEALED: [&str; 2] = ["Sendable", "Unsent"];

/// Code that is generated, and chapters without items.
const LEFT_OUT: [&str; 2] = ["generated", "guide"];

#[derive(Default)]
struct Scan {
    /// The examples of each page: of a type, or of a macro that writes methods of several types.
    examples: BTreeMap<String, String>,
    items: Vec<Item>,
}

struct Item {
    place: String,
    page: String,
    name: String,
    is_method: bool,
    is_shown_elsewhere: bool,
}

/// The code of the examples in a documentation.
fn examples(documentation: &str) -> String {
    let (mut code, mut is_code, mut is_compiled) = (String::new(), false, false);
    for line in documentation.lines() {
        if let Some(info) = line.trim().strip_prefix("```") {
            is_compiled = !is_code && !["text", "toml", "ignore"].iter().any(|other| info.contains(other));
            is_code = !is_code;
        } else if is_code && is_compiled {
            code += line;
            code += "\n";
        }
    }
    code
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// The type that an `impl` is of; `None` if it is one of a trait.
fn implemented(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("impl")?;
    let mut depth = 0;
    let start = rest.find(|c: char| {
        depth += i32::from(c == '<') - i32::from(c == '>');
        c == ' ' && depth == 0
    })?;
    let name = rest[start..].trim_start();
    (!rest.contains(" for ")).then(|| name.rsplit("::").next().map_or(name, word_or_variable))
}

/// `$handle` in a macro is no name.
fn word_or_variable(text: &str) -> &str {
    if text.starts_with('$') { "$" } else { word(text) }
}

impl Scan {
    fn file(&mut self, path: &Path, shown: &str) {
        let text = fs::read_to_string(path).unwrap();
        let text = text.split("#[cfg(test)]\nmod").next().unwrap_or_default();
        let mut documentation = String::new();
        // What is open, with its indentation: `None` is a block whose items are no page of their own.
        let mut open: Vec<(usize, Option<String>)> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let (code, indentation) = (line.trim(), line.len() - line.trim_start().len());
            if let Some(text) = code.strip_prefix("///") {
                documentation += text;
                documentation += "\n";
                continue;
            }
            if code.starts_with("#[") || code.is_empty() {
                continue;
            }
            while code.starts_with('}') && open.last().is_some_and(|(outer, _)| indentation <= *outer) {
                open.pop();
            }
            let page = open.last().and_then(|(_, page)| page.clone());
            if let Some(rest) = code.strip_prefix("macro_rules! ") {
                open.push((indentation, Some(format!("macro {}", word(rest)))));
            } else if code.starts_with("impl") && code.ends_with('{') {
                let of = implemented(code);
                let of = of.map(|name| if name == "$" { page.unwrap_or_default() } else { name.to_owned() });
                if let Some(of) = &of {
                    *self.examples.entry(of.clone()).or_default() += &examples(&documentation);
                }
                open.push((indentation, of));
            } else if let Some(rest) = code.strip_prefix("pub ") {
                let rest = rest.trim_start_matches("const ").trim_start_matches("async ");
                let item = rest.split_once(' ').map(|(kind, rest)| (kind, word(rest)));
                let (name, is_method, page) = match (item, page) {
                    (Some(("struct" | "enum" | "trait", name)), _) => (name, false, name.to_owned()),
                    (Some(("fn", name)), Some(page)) => (name, true, page),
                    _ => {
                        documentation.clear();
                        continue;
                    }
                };
                *self.examples.entry(page.clone()).or_default() += &examples(&documentation);
                let is_send = name == "send" && documentation.contains("the same as awaiting");
                self.items.push(Item {
                    place: format!("{shown}:{}", number + 1),
                    page,
                    name: name.to_owned(),
                    is_method,
                    is_shown_elsewhere: documentation.contains("the same as [`") || is_send,
                });
            }
            documentation.clear();
        }
    }

    fn folder(&mut self, folder: &Path, root: &Path) {
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let shown = path.strip_prefix(root).unwrap().display().to_string();
            if LEFT_OUT.contains(&shown.as_str()) {
                continue;
            }
            match path.is_dir() {
                true => self.folder(&path, root),
                false if shown.ends_with(".rs") => self.file(&path, &shown),
                false => {}
            }
        }
    }

    fn has_example(&self, item: &Item) -> bool {
        if item.is_shown_elsewhere || SEALED.contains(&item.name.as_str()) {
            return true;
        }
        // The methods of a macro are on the pages of several types.
        let names =
            |code: &String| code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == item.name);
        if item.page.starts_with("macro ") {
            return self.examples.values().any(names);
        }
        let code = &self.examples[&item.page];
        if item.is_method { names(code) } else { !code.is_empty() }
    }
}

#[test]
fn every_item_that_is_written_by_hand_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut scan = Scan::default();
    scan.folder(&root, &root);
    let missing = scan.items.iter().filter(|item| !scan.has_example(item));
    let missing: Vec<_> = missing.map(|item| format!("src/{} {} of {}", item.place, item.name, item.page)).collect();
    assert!(missing.is_empty(), "without an example: {missing:#?}");
    assert!(scan.items.len() > 400, "only {} items were found", scan.items.len());
}

#[test]
fn an_example_counts_where_it_names_the_item_and_is_compiled() {
    let folder = crate::support::Folder::new();
    let path = folder.file(
        "a.rs",
        b"/// A.\n///\n/// ```\n/// a.shown();\n/// ```\npub struct A;\n\nimpl A {\n    /// Shown.\n    pub fn shown(&self) {}\n\n    \
        /// Hidden.\n    ///\n    /// ```ignore\n    /// a.hidden();\n    /// ```\n    pub fn hidden(&self) {}\n\n    /// Hides; the same as \
        [`hidden`](Self::hidden).\n    pub fn hides(&self) {}\n}\n\nimpl Clone for A {\n}\n\n/// B.\npub enum B {}\n",
    );
    let mut scan = Scan::default();
    scan.file(&path, "a.rs");
    let missing = scan.items.iter().filter(|item| !scan.has_example(item)).map(|item| item.name.as_str());
    assert_eq!(missing.collect::<Vec<_>>(), ["hidden", "B"]);
    assert_eq!(scan.items.len(), 5);
}
