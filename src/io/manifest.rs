//! `manifest.json`: what was run, by which program, and the hash of every file.
//!
//! Neither clock nor host nor path is in it: the same run gives the same bytes anywhere. One
//! entry is the hash of all others, so that an edit of the manifest shows like any other.

use super::disk;
use crate::analysis::Header;
use crate::model::MODEL_VERSION;
use crate::random::STREAM_VERSION;
use crate::scenario::SourceFile;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The manifest's own name in the output folder.
pub const NAME: &str = "manifest.json";

/// The commit the program was built from, with `+changes` if the sources differed from it; or `unknown`.
pub const COMMIT: &str = env!("GREENLIGHT_COMMIT");

/// A manifest larger than this is not ours.
const MAX_BYTES: u64 = 1 << 20;

/// The key of the manifest's hash of itself.
const OWN_HASH: &str = "manifest_sha256";

/// Size and hash of one written file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// Length.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

impl FileRecord {
    /// The record of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }
}

/// How a run came about, beyond what its summary says.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    /// The scenario file and its parents.
    pub inputs: &'a [SourceFile],
    /// What was set on the command line, as `key=value`.
    pub overrides: &'a [String],
    /// Paths in one block of the engine.
    pub block_paths: u64,
    /// SHA-256 over the bytes of all result tables, in the order of their names.
    pub results_sha256: &'a str,
}

/// The manifest of a run that wrote `files`.
pub fn render(header: &Header, provenance: Provenance<'_>, files: &BTreeMap<String, FileRecord>) -> Vec<u8> {
    let mut content = common(header, provenance, files);
    content["scenario"] = header.name.clone().into();
    content["inputs"] = named(provenance.inputs);
    seal(content)
}

/// The manifest of a question about a scenario, such as `sweep_of`, with the options it was asked with.
pub fn render_asked(
    question: &str,
    header: &Header,
    provenance: Provenance<'_>,
    asked: &[String],
    files: &BTreeMap<String, FileRecord>,
) -> Vec<u8> {
    let mut content = common(header, provenance, files);
    content[question] = header.name.clone().into();
    content["asked"] = asked.into();
    content["inputs"] = named(provenance.inputs);
    seal(content)
}

/// The manifest of what a command made of files alone.
pub fn render_files(
    command: &str,
    inputs: &[SourceFile],
    options: &[String],
    results_sha256: &str,
    files: &BTreeMap<String, FileRecord>,
) -> Vec<u8> {
    seal(json!({
        "program": "greenlight",
        "version": env!("CARGO_PKG_VERSION"),
        "commit": COMMIT,
        "command": command,
        "inputs": named(inputs),
        "overrides": options,
        "files": listed(files),
        "results_sha256": results_sha256,
    }))
}

/// The manifest of a comparison of scenarios, each with the files it was read from. They share seed and counts. `explain` is what
/// was asked to be explained, or null.
pub fn render_comparison(
    scenarios: &[(&Header, &[SourceFile])],
    explain: Value,
    provenance: Provenance<'_>,
    files: &BTreeMap<String, FileRecord>,
) -> Vec<u8> {
    let Some((reference, _)) = scenarios.first() else { return Vec::new() };
    let mut content = common(reference, provenance, files);
    content["scenarios"] = scenarios.iter().map(|(header, inputs)| json!({ "name": header.name, "inputs": named(inputs) })).collect();
    content["explain"] = explain;
    seal(content)
}

fn common(header: &Header, provenance: Provenance<'_>, files: &BTreeMap<String, FileRecord>) -> Value {
    json!({
        "program": "greenlight",
        "version": env!("CARGO_PKG_VERSION"),
        "commit": COMMIT,
        "stream_version": STREAM_VERSION,
        "model_version": MODEL_VERSION,
        "block_paths": provenance.block_paths,
        "seed": header.seed,
        "worlds": header.worlds,
        "paths_per_world": header.paths_per_world,
        "paths": header.paths(),
        "sampling": header.sampling.word(),
        "overrides": provenance.overrides,
        "files": listed(files),
        "results_sha256": provenance.results_sha256,
    })
}

fn listed(files: &BTreeMap<String, FileRecord>) -> Map<String, Value> {
    files.iter().map(|(name, record)| (name.clone(), json!({ "bytes": record.bytes, "sha256": record.sha256 }))).collect()
}

fn named(inputs: &[SourceFile]) -> Value {
    inputs.iter().map(|file| json!({ "file": file_name(&file.path), "sha256": file.sha256 })).collect()
}

/// Reads a manifest and proves that nobody edited it.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn parse(bytes: &[u8]) -> Result<BTreeMap<String, FileRecord>, String> {
    let mut content: Value = serde_json::from_slice(bytes).map_err(|_| format!("{NAME} is not JSON"))?;
    let files = content["files"].as_object().filter(|_| content["program"] == "greenlight").ok_or(format!("{NAME} is not ours"))?;
    let files = files.iter().map(|(name, record)| Some((name.clone(), read_record(record)?))).collect::<Option<_>>();
    content.as_object_mut().map(|object| object.remove(OWN_HASH));
    match files {
        Some(files) if seal(content) == bytes => Ok(files),
        _ => Err(format!("{NAME} was edited")),
    }
}

/// Reads the manifest of a folder; the errors are those of [`parse`].
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, FileRecord>, String> {
    read_bytes(folder).and_then(|bytes| parse(&bytes))
}

fn read_bytes(folder: &Path) -> Result<Vec<u8>, String> {
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => format!("it has no {NAME}"),
        _ => format!("{NAME} cannot be read: {error}"),
    };
    let path = folder.join(NAME);
    if !fs::symlink_metadata(&path).map_err(cannot)?.is_file() {
        return Err(format!("{NAME} is not a regular file"));
    }
    let bytes = disk::read_capped(&path, MAX_BYTES).map_err(cannot)?;
    if bytes.len() as u64 > MAX_BYTES { Err(format!("{NAME} is too large to be ours")) } else { Ok(bytes) }
}

/// SHA-256 of the manifest of a folder, if it has one.
pub fn sha256(folder: &Path) -> Option<String> {
    read_bytes(folder).ok().map(|bytes| FileRecord::of(&bytes).sha256)
}

/// The first thing in a folder that its manifest does not list; an error if it is not the folder of a run.
pub(super) fn foreign_entry(folder: &Path) -> Result<Option<String>, String> {
    if !fs::symlink_metadata(folder).is_ok_and(|m| m.is_dir()) {
        return Err("it is not a folder".into());
    }
    let files = read(folder)?;
    let present = entries(folder).map_err(|error| format!("it cannot be read: {error}"))?;
    Ok(present.into_keys().find(|name| name != NAME && !files.contains_key(name)))
}

/// The folder of a run or another command in which a path lies, however deep: something new in it would break its seal.
pub(super) fn sealed_above(path: &Path) -> Option<PathBuf> {
    let nearest = path.ancestors().skip(1).map(|p| if p.as_os_str().is_empty() { Path::new(".") } else { p }).find(|p| p.exists())?;
    let real = nearest.canonicalize().ok()?;
    real.ancestors().find(|folder| read(folder).is_ok()).map(Path::to_owned)
}

/// Everything in a folder that is not itself a folder: relative name with `/`, and whether it is a regular file.
pub(super) fn entries(folder: &Path) -> io::Result<BTreeMap<String, bool>> {
    let mut found = BTreeMap::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = open.pop() {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type()? {
                kind if kind.is_dir() => open.push((entry.path(), name + "/")),
                kind => _ = found.insert(name, kind.is_file()),
            }
        }
    }
    Ok(found)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds the hash of the content, in the only layout that [`parse`] accepts.
fn seal(mut content: Value) -> Vec<u8> {
    content[OWN_HASH] = hex(&Sha256::digest(format!("{content:#}"))).into();
    format!("{content:#}\n").into_bytes()
}

fn read_record(record: &Value) -> Option<FileRecord> {
    Some(FileRecord { bytes: record["bytes"].as_u64()?, sha256: record["sha256"].as_str()?.to_owned() })
}

/// The last part of a path: where the user keeps the file is not part of the result.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::example;

    fn manifest() -> Vec<u8> {
        let files = BTreeMap::from([("a.csv".to_owned(), FileRecord::of(b"abc")), ("charts/b.svg".to_owned(), FileRecord::of(b""))]);
        let inputs = [SourceFile { path: "/home/someone/views/mine.toml".into(), sha256: "00ff".into() }];
        let overrides = ["supply.stock_chips=200000".to_owned()];
        let provenance = Provenance { inputs: &inputs, overrides: &overrides, block_paths: 64, results_sha256: "1234" };
        render(&example::summary().header, provenance, &files)
    }

    #[test]
    fn it_says_what_was_run_and_the_hash_of_every_file() {
        let content: Value = serde_json::from_slice(&manifest()).unwrap();
        assert_eq!(content["seed"], 7);
        assert_eq!((&content["worlds"], &content["paths_per_world"], &content["paths"]), (&json!(4), &json!(2), &json!(8)));
        assert_eq!(content["stream_version"], STREAM_VERSION);
        assert_eq!(content["overrides"], json!(["supply.stock_chips=200000"]));
        // printf 'abc' | sha256sum
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(content["files"]["a.csv"], json!({ "bytes": 3, "sha256": abc }));
    }

    #[test]
    fn it_names_input_files_without_their_folder() {
        let text = String::from_utf8(manifest()).unwrap();
        assert!(text.contains("\"mine.toml\"") && !text.contains("someone"), "{text}");
    }

    #[test]
    fn it_reads_back() {
        let files = parse(&manifest()).unwrap();
        assert_eq!(files["a.csv"], FileRecord::of(b"abc"));
        assert_eq!(files.len(), 2);
    }

    #[test]
    fn every_edit_of_one_byte_shows() {
        let good = manifest();
        for i in 0..good.len() {
            // Another letter or digit, a space, and a flipped case.
            for byte in [good[i] ^ 1, b' ', good[i] ^ 0x20] {
                let mut edited = good.clone();
                edited[i] = byte;
                assert!(edited == good || parse(&edited).is_err(), "byte {i} of the manifest");
            }
            let shorter = [&good[..i], &good[i + 1..]].concat();
            assert!(parse(&shorter).is_err(), "byte {i} removed");
            let longer = [&good[..i], b" ", &good[i..]].concat();
            assert!(parse(&longer).is_err(), "a space before byte {i}");
        }
    }

    #[test]
    fn foreign_json_is_refused_without_a_panic() {
        for text in ["", "[]", "1", "null", "{}", r#"{"program":"greenlight"}"#, r#"{"program":"greenlight","files":{"a":3}}"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
