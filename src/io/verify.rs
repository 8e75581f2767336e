//! Is an output folder exactly what its run wrote?
//!
//! Only names found by walking the folder are opened, never names a manifest claims.

use super::disk;
use super::manifest::{self, hex};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::Path;

/// Compares a folder with its manifest. Returns the number of intact files, and a sentence for each difference.
///
/// # Errors
/// If the folder cannot be read at all.
pub fn verify(folder: &Path) -> Result<(usize, Vec<String>), io::Error> {
    std::fs::read_dir(folder)?;
    // First, so that no folder which is not ours is walked, however large.
    let mut files = match manifest::read(folder) {
        Ok(files) => files,
        Err(problem) => return Ok((0, vec![problem])),
    };
    let present = manifest::entries(folder)?;
    let mut problems = Vec::new();
    let mut intact = 1; // the manifest
    for (name, is_regular) in present {
        let Some(expected) = files.remove(&name) else {
            if name != manifest::NAME {
                problems.push(format!("{name:?} was added: the manifest does not list it"));
            }
            continue;
        };
        let found = if is_regular { hash(&folder.join(&name)) } else { Err(io::Error::other("not a regular file")) };
        match found {
            Ok(found) if found == expected.sha256 => intact += 1,
            Ok(_) => problems.push(format!("{name:?} was changed: its hash is not the manifest's")),
            Err(error) => problems.push(format!("{name:?} cannot be read: {error}")),
        }
    }
    problems.extend(files.keys().map(|name| format!("{name:?} is missing")));
    Ok((intact, problems))
}

/// SHA-256 of a file, read piece by piece.
fn hash(path: &Path) -> io::Result<String> {
    let mut file = disk::open_to_read(path)?;
    let mut digest = Sha256::new();
    let mut piece = [0; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&digest.finalize())),
            n => digest.update(&piece[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{Staging, example, tables};
    use std::fs;
    use std::path::PathBuf;

    fn run(home: &Path) -> PathBuf {
        let target = home.join("run");
        let summary = example::summary();
        let mut staging = Staging::create(&target, false).unwrap();
        for table in tables::tables(&summary).unwrap() {
            staging.write(&format!("{}.csv", table.name), &table.csv).unwrap();
        }
        staging.write("charts/x.svg", b"<svg/>").unwrap();
        let provenance = manifest::Provenance { inputs: &[], overrides: &[], block_paths: 64, results_sha256: "" };
        let manifest = manifest::render(&summary.header, provenance, staging.files());
        staging.commit(&manifest).unwrap();
        target
    }

    #[test]
    fn a_fresh_folder_is_intact() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(verify(&run(home.path())).unwrap(), (6, vec![]));
    }

    #[test]
    fn every_edit_of_one_byte_in_any_file_is_found() {
        let home = tempfile::tempdir().unwrap();
        let folder = run(home.path());
        for name in manifest::entries(&folder).unwrap().keys() {
            let path = folder.join(name);
            let good = fs::read(&path).unwrap();
            // A prime step visits every kind of place.
            for i in (0..good.len()).step_by(7) {
                let mut edited = good.clone();
                edited[i] ^= 1;
                fs::write(&path, edited).unwrap();
                let (_, problems) = verify(&folder).unwrap();
                assert!(problems.len() == 1 && problems[0].contains(name), "byte {i} of {name}: {problems:?}");
            }
            fs::write(&path, good).unwrap();
        }
        assert!(verify(&folder).unwrap().1.is_empty());
    }

    #[test]
    fn missing_added_and_replaced_files_are_found() {
        let home = tempfile::tempdir().unwrap();
        let folder = run(home.path());
        fs::remove_file(folder.join("gates.csv")).unwrap();
        fs::write(folder.join("charts/extra"), "").unwrap();
        fs::rename(folder.join("monthly.csv"), home.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(home.path().join("elsewhere"), folder.join("monthly.csv")).unwrap();
        let (_, problems) = verify(&folder).unwrap();
        let expected = [
            r#""charts/extra" was added: the manifest does not list it"#,
            r#""monthly.csv" cannot be read: not a regular file"#,
            r#""gates.csv" is missing"#,
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_folder_without_a_manifest_is_not_intact_and_a_missing_one_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(verify(home.path()).unwrap().1, ["it has no manifest.json"]);
        assert!(verify(&home.path().join("nowhere")).is_err());
    }
}
