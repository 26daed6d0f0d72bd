//! The rooms of `src/` import one another in one direction.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The rooms, each of which may import those before it: `ARCHITECTURE.md` describes them.
const ROOMS: [&str; 28] = [
    "text",
    "redaction",
    "debug",
    "json",
    "lenient",
    "open_enum",
    "path",
    "operation",
    "error",
    "address",
    "ids",
    "input",
    "policy",
    "media",
    "schema",
    "generated",
    "paging",
    "views",
    "client",
    "http",
    "builder",
    "resources",
    "handles",
    "events",
    "batch",
    "mocks",
    "guide",
    "lib",
];

/// The names behind `crate::` in a piece of code: the first segment of each path.
fn imports(code: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(rest.chars().take_while(|c| is_name(*c)).collect());
            continue;
        };
        let (mut depth, mut item) = (0, String::new());
        for character in list.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    found.insert(item.chars().take_while(|c| is_name(*c)).collect());
                    item.clear();
                    continue;
                }
                c if c.is_whitespace() => continue,
                _ => {}
            }
            item.push(character);
        }
        found.insert(item.chars().take_while(|c| is_name(*c)).collect());
    }
    found.remove("");
    found
}

/// The code of a file without comments and tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The room that each name at the root of the crate comes from: `Client` from `client`.
fn reexports(lib: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for statement in lib.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        let statement = statement.trim_start_matches("self::");
        let room: String = statement.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let names = statement.split(|c: char| !c.is_alphanumeric() && c != '_');
        for name in names.filter(|name| ROOMS.contains(&room.as_str()) && *name != room) {
            found.insert(name.to_owned(), room.clone());
        }
    }
    found.insert("types".to_owned(), "generated".to_owned());
    found
}

#[test]
fn rooms_import_only_what_stands_below_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let reexports = reexports(&code(&source.join("lib.rs")));
    let mut found = Vec::new();
    files(&source, &mut found);
    let (mut upwards, mut count) = (Vec::new(), 0);
    for path in found {
        let inner = path.strip_prefix(&source).unwrap();
        let room = inner.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        let position = |room: &str| ROOMS.iter().position(|other| *other == room);
        let own = position(&room).unwrap_or_else(|| panic!("{room} is not in the list of rooms"));
        for name in imports(&code(&path)) {
            let imported = reexports.get(&name).unwrap_or(&name);
            let Some(other) = position(imported) else { panic!("{}: {name} is in no room", inner.display()) };
            count += usize::from(other < own);
            if other > own {
                upwards.push(format!("{} imports {name} of {imported}", inner.display()));
            }
        }
    }
    assert!(upwards.is_empty(), "{upwards:#?}");
    assert!(count > 100, "only {count} imports were found");
}
