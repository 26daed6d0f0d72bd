//! Where a document comes from: a file, standard input, a URL.

use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Component, Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use reqwest::{
    StatusCode, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Map, Value};

use crate::Input;

/// What a server may want to see before it shows its document.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Headers, as `Name: value`.
    pub headers: Vec<String>,
    /// Name and password for basic authentication, as `NAME:PASSWORD`.
    pub user: Option<String>,
}

/// How long a server may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Largest document that is read, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// Largest text that begins like JSON and is tried as YAML, in bytes.
const MAX_FLOW_YAML: usize = 64 << 10;

/// Reads a document: from standard input where `source` is `-`, from a URL where it begins with `http://` or `https://`,
/// else from a file, whose references to other files in its folder are followed.
///
/// # Errors
///
/// The source cannot be read, or is no OpenAPI 3.0 or 3.1 document in JSON or YAML.
pub fn read(source: &str, access: &Access) -> Result<Input> {
    if source == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes).context("cannot read standard input")?;
        return from_bytes(bytes, "standard input", None)
            .context("standard input is not a document that can be compared");
    }
    if let Some((revision, path)) = source.strip_prefix("git:").and_then(|object| object.split_once(':')) {
        let bytes = of_revision(revision, path)?;
        return from_bytes(bytes, source, Some(path.to_owned()))
            .with_context(|| format!("{source} is not a document that can be compared"));
    }
    if is_url(source) {
        let url = Url::parse(source).with_context(|| format!("{source} is not a URL"))?;
        let shown = without_query(&url);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let bytes = runtime.block_on(download(&url, access, TIMEOUT))?;
        return from_bytes(bytes, &shown, None)
            .with_context(|| format!("{shown} is not a document that can be compared"));
    }
    let path = Path::new(source);
    let bytes = std::fs::read(path).with_context(|| {
        let is_host = source.contains(':') && !path.exists();
        format!("cannot read {source}{}", if is_host { "; the address of a server begins with http://" } else { "" })
    })?;
    let label = path.file_name().unwrap_or_default().to_string_lossy();
    let mut input = from_bytes(bytes, &label, Some(source.to_owned()))
        .with_context(|| format!("{source} is not a document that can be compared"))?;
    bundle(&mut input.document, path)?;
    Ok(input)
}

/// Reads a file of a revision, relative to the current folder.
fn of_revision(revision: &str, path: &str) -> Result<Vec<u8>> {
    if revision.is_empty() || revision.starts_with('-') {
        bail!("`{revision}` is no revision: say git:REV:PATH");
    }
    let object = format!("{revision}:./{path}");
    let output = std::process::Command::new("git").args(["show", &object]).output().context("cannot run git")?;
    if !output.status.success() {
        bail!("git has no {path} at {revision}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

/// Makes an input of the bytes of a document.
///
/// # Errors
///
/// They are no OpenAPI 3.0 or 3.1 document in JSON or YAML.
pub fn from_bytes(bytes: Vec<u8>, label: &str, file: Option<String>) -> Result<Input> {
    let document = parse(&bytes)?;
    let text = file.as_ref().and_then(|_| String::from_utf8(bytes).ok());
    Ok(Input { document, label: label.to_owned(), text, file })
}

/// Reads a document in JSON or YAML.
///
/// # Errors
///
/// It is neither, or is no OpenAPI 3.0 or 3.1 document.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    let document = parse_value(bytes)?;
    match document["openapi"].as_str() {
        Some(version)
            if ["3.0", "3.1"].iter().any(|known| version == *known || version.starts_with(&format!("{known}."))) => {}
        Some(version) => bail!("it is OpenAPI {version}; 3.0 and 3.1 can be compared"),
        None if document["swagger"].is_string() => {
            bail!("it is Swagger {}; OpenAPI 3.0 and 3.1 can be compared", document["swagger"])
        }
        None => bail!("it is no OpenAPI document: it has no member `openapi`"),
    }
    if document["paths"].as_object().is_none_or(Map::is_empty) {
        bail!("it has no paths");
    }
    Ok(document)
}

/// Reads JSON or YAML.
fn parse_value(bytes: &[u8]) -> Result<Value> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[' | b'"') => serde_json::from_slice(bytes).or_else(|error| {
            // YAML may begin like JSON; what is as large as this was written by a program, which quotes its names.
            let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_FLOW_YAML);
            let value = text.and_then(|text| serde_saphyr::from_str::<Value>(text).ok());
            value.filter(Value::is_object).ok_or_else(|| anyhow::anyhow!("it is not JSON: {error}"))
        }),
        Some(b'<') => bail!("it is a web page, and neither JSON nor YAML"),
        None => bail!("it is empty"),
        Some(_) => {
            let text = std::str::from_utf8(bytes).context("it is neither JSON nor YAML: it is no text")?;
            serde_saphyr::from_str(text).map_err(|error| {
                // The parser shows the lines around the error, which may be long.
                let error = error.to_string();
                let first: String = error.lines().next().unwrap_or_default().chars().take(200).collect();
                anyhow::anyhow!("it is neither JSON nor YAML: {first}")
            })
        }
    }
}

/// Returns whether a source is a URL.
pub fn is_url(source: &str) -> bool {
    let has_scheme = |scheme: &str| source.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    has_scheme("http://") || has_scheme("https://")
}

/// Returns a URL as it may be shown: a query can hold a key, and so can the part before the host.
fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// Returns a policy that follows redirects within a server: headers would be sent along to another.
fn same_origin() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let same = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
        if same && attempt.previous().len() < 5 { attempt.follow() } else { attempt.stop() }
    })
}

async fn download(url: &Url, access: &Access, timeout: Duration) -> Result<Vec<u8>> {
    let shown = without_query(url);
    let mut headers = HeaderMap::new();
    for header in &access.headers {
        let (name, value) = header.split_once(':').context("--header takes `Name: value`")?;
        let name: HeaderName = name.trim().parse().context("--header has a name that is none of HTTP")?;
        let mut value =
            HeaderValue::from_str(value.trim()).context("--header has characters that a header cannot carry")?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    let client = reqwest::Client::builder().timeout(timeout).redirect(same_origin()).build()?;
    let mut request = client.get(url.clone()).headers(headers);
    if let Some(user) = &access.user {
        let (name, password) = user.split_once(':').context("--user takes NAME:PASSWORD")?;
        request = request.basic_auth(name, Some(password));
    }
    let explain = |error: reqwest::Error| {
        let error = error.without_url();
        let context = if error.is_timeout() {
            format!("{shown} did not answer within {} s", timeout.as_secs_f32())
        } else if error.is_connect() {
            format!("cannot connect to {shown}: is the server running, and the address right?")
        } else {
            format!("cannot read {shown}")
        };
        anyhow::Error::new(error).context(context)
    };
    let mut response = request.send().await.map_err(explain)?;
    match response.status() {
        status if status.is_success() => {}
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            bail!("{shown} answers {status}: give credentials (--user NAME:PASSWORD or --header 'Name: value')")
        }
        status if status.is_redirection() => {
            let target = response.headers().get("location").map(|target| String::from_utf8_lossy(target.as_bytes()));
            bail!("{shown} redirects to {}: give that address instead", target.as_deref().unwrap_or("nowhere"))
        }
        status => bail!("{shown} answers {status}"),
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(explain)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > MAX_BYTES {
            bail!("{shown} sends more than {} MiB", MAX_BYTES >> 20);
        }
    }
    Ok(bytes)
}

/// Takes the parts of other files into a document.
fn bundle(document: &mut Value, path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut bundle =
        Bundle { folder: folder.to_owned(), files: BTreeMap::new(), schemas: BTreeMap::new(), new: Map::new() };
    bundle.resolve(document, "", Path::new(""), false, 0)?;
    if !bundle.new.is_empty() {
        let schemas = &mut document["components"]["schemas"];
        match schemas {
            Value::Object(schemas) => schemas.extend(bundle.new),
            schemas => *schemas = bundle.new.into(),
        }
    }
    Ok(())
}

/// How many references to other files may lead to each other.
const MAX_DEPTH: usize = 32;

struct Bundle {
    folder: PathBuf,
    files: BTreeMap<PathBuf, Value>,
    /// The names that schemas of other files get, by file and pointer.
    schemas: BTreeMap<(PathBuf, String), String>,
    new: Map<String, Value>,
}

impl Bundle {
    /// Resolves the references below `node`, which stands in the file `file` (the document itself where it is empty).
    fn resolve(&mut self, node: &mut Value, key: &str, file: &Path, in_schema: bool, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            bail!("{}: references to other files lead in a circle", file.display());
        }
        let is_schema = in_schema || key == "schema" || key == "schemas";
        match node {
            Value::Object(map) => {
                let reference =
                    map.get("$ref").and_then(Value::as_str).filter(|_| !["properties", "example"].contains(&key));
                if let Some((other, pointer)) = reference.and_then(|reference| split(reference, file)) {
                    if is_schema {
                        let name = self.schema(other, pointer, depth)?;
                        map.insert("$ref".to_owned(), format!("#/components/schemas/{name}").into());
                    } else {
                        let mut target = self.target(&other, &pointer)?;
                        self.resolve(&mut target, key, &other, false, depth + 1)?;
                        *node = target;
                    }
                    return Ok(());
                }
                map.iter_mut().try_for_each(|(key, value)| self.resolve(value, key, file, is_schema, depth))
            }
            Value::Array(list) => {
                list.iter_mut().try_for_each(|value| self.resolve(value, key, file, is_schema, depth))
            }
            _ => Ok(()),
        }
    }

    /// Takes a schema into the document, and returns its name there.
    fn schema(&mut self, file: PathBuf, pointer: String, depth: usize) -> Result<String> {
        let id = (file, pointer);
        if let Some(name) = self.schemas.get(&id) {
            return Ok(name.clone());
        }
        let (file, pointer) = &id;
        let stem = || file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let last = pointer.rsplit('/').next().filter(|last| !last.is_empty()).map_or_else(stem, str::to_owned);
        let base: String = last.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
        let is_taken = |bundle: &Self, name: &str| bundle.schemas.values().any(|taken| taken == name);
        let mut name = base.clone();
        let mut n = 2;
        while is_taken(self, &name) {
            name = format!("{base}{n}");
            n += 1;
        }
        let mut target = self.target(file, pointer)?;
        let file = file.clone();
        self.schemas.insert(id, name.clone());
        self.resolve(&mut target, "schema", &file, true, depth + 1)?;
        self.new.insert(name.clone(), target);
        Ok(name)
    }

    fn target(&mut self, file: &Path, pointer: &str) -> Result<Value> {
        if file.components().any(|part| !matches!(part, Component::Normal(_))) {
            bail!("{}: only files in the folder of the document are read", file.display());
        }
        if !self.files.contains_key(file) {
            let path = self.folder.join(file);
            let bytes = std::fs::read(&path)
                .with_context(|| format!("cannot read {}, which the document refers to", path.display()))?;
            let value = parse_value(&bytes).with_context(|| format!("cannot read {}", path.display()))?;
            self.files.insert(file.to_owned(), value);
        }
        let target = self.files[file].pointer(pointer);
        target.cloned().with_context(|| format!("{} has nothing at {pointer}", file.display()))
    }
}

/// Returns the file and the pointer of a reference, if it leads into another file than the document itself.
fn split(reference: &str, file: &Path) -> Option<(PathBuf, String)> {
    let (target, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    if is_url(target) || target.is_empty() && file.as_os_str().is_empty() {
        return None;
    }
    if target.is_empty() {
        return Some((file.to_owned(), pointer.to_owned()));
    }
    let mut path = PathBuf::new();
    for part in file.parent().unwrap_or(Path::new("")).join(target).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if path.components().next_back().is_some_and(|last| matches!(last, Component::Normal(_))) =>
            {
                path.pop();
            }
            part => path.push(part),
        }
    }
    Some((path, pointer.to_owned()))
}
