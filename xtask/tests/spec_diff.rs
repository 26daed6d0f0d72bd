//! What `spec-diff` does with files that are no documents: it says so, and ends.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use fastrand::Rng;

const RELEASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/release.json");
/// More than any file here needs.
const LIMIT: Duration = Duration::from_secs(60);

/// Compares the release with a file of this content.
fn compare(content: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.json");
    fs::write(&path, content).unwrap();
    let begin = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    // No workspace: no names, no overlays, nothing that is accepted.
    command.arg("--root").arg(folder.path()).args(["spec-diff", "--fail-on", "never"]);
    let output = command.arg(Path::new(RELEASE)).arg(&path).output().unwrap();
    assert!(begin.elapsed() < LIMIT, "{:?}", begin.elapsed());
    output
}

#[track_caller]
fn is_refused(content: &[u8], what: &str) {
    let output = compare(content);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{what}: {errors}");
    assert!(errors.starts_with("error: "), "{what}: {errors}");
    assert!(errors.len() < 1000, "{what}: {} bytes of error", errors.len());
}

#[test]
fn truncated_documents_are_refused() {
    let release = fs::read(RELEASE).unwrap();
    let whole = String::from_utf8_lossy(&release).trim_end().len();
    for length in (0..whole).step_by(whole / 12) {
        is_refused(&release[..length], &format!("{length} bytes"));
    }
}

#[test]
fn ten_megabytes_of_nonsense_are_refused() {
    const SIZE: usize = 10 << 20;
    let mut rng = Rng::with_seed(1);
    let noise: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(SIZE).collect();
    is_refused(&noise, "noise");
    is_refused(&b"[".repeat(SIZE), "brackets");
    is_refused(&b"{\"a\":".repeat(SIZE / 5), "braces");
    is_refused(format!("\"{}\"", "a".repeat(SIZE)).as_bytes(), "a text");
    is_refused(format!("[0{}]", ",0".repeat(SIZE / 2)).as_bytes(), "zeros");
}

#[test]
fn a_document_with_ten_megabytes_of_nonsense_is_reported_on() {
    let mut release: serde_json::Value = serde_json::from_slice(&fs::read(RELEASE).unwrap()).unwrap();
    release["info"]["description"] = "text ".repeat(2 << 20).into();
    let output = compare(release.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(report.contains("texts changed"), "{} bytes", report.len());
    assert!(report.len() < 100_000, "{} bytes", report.len());

    let wide: serde_json::Map<_, _> = (0..100_000).map(|i| (format!("x-{i}"), "nonsense".repeat(8).into())).collect();
    release["info"]["description"] = "".into();
    release["x-nonsense"] = wide.into();
    let output = compare(release.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
