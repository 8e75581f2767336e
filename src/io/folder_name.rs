//! From a scenario's file stem to a folder name that is inert on every system.

/// The longest name, in bytes: leaves room for what the staging puts around it within 255.
const MAX_BYTES: usize = 120;

/// Names that Windows reserves for devices; a folder may travel there in an archive.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// The output folder's name: letters and digits of any script, `-`, `_` and inner `.` stay, anything else becomes `_`.
pub fn folder_name(stem: &str) -> String {
    let mut name = String::new();
    for letter in stem.chars() {
        let inner_dot = letter == '.' && !name.is_empty();
        let kept = letter.is_alphanumeric() || matches!(letter, '-' | '_') && !(name.is_empty() && letter == '-') || inner_dot;
        let letter = if kept { letter } else { '_' };
        if name.len() + letter.len_utf8() > MAX_BYTES {
            break;
        }
        name.push(letter);
    }
    name.truncate(name.trim_end_matches('.').len());
    let root = name.split('.').next().unwrap_or_default().to_lowercase();
    if DEVICES.contains(&root.trim_end_matches(|c: char| c.is_ascii_digit())) {
        name.insert(0, '_');
    }
    if name.is_empty() { "scenario".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::folder_name;

    #[test]
    fn plain_names_and_names_in_any_script_stay() {
        for name in ["baseline-dec-2025", "my_view.2", "中国", "Économie", "a"] {
            assert_eq!(folder_name(name), name);
        }
    }

    #[test]
    fn nothing_leaves_the_folder_or_hides_or_acts_as_an_option() {
        for (stem, name) in [
            ("../../x", "_._.._x"),
            ("..", "_"),
            (".hidden", "_hidden"),
            ("-rf", "_rf"),
            ("a/b\\c", "a_b_c"),
            ("=cmd|'x'", "_cmd__x_"),
            ("esc\u{1b}[31m", "esc__31m"),
            ("bidi\u{202e}txt", "bidi_txt"),
            ("end.", "end"),
            ("", "scenario"),
            ("CON", "_CON"),
            ("lpt1.x", "_lpt1.x"),
            ("console", "console"),
        ] {
            assert_eq!(folder_name(stem), name, "from {stem:?}");
        }
    }

    #[test]
    fn long_names_are_cut_between_letters() {
        assert_eq!(folder_name(&"x".repeat(300)).len(), 120);
        // Three bytes each: 40 letters fit into 120 bytes exactly, and a leading byte moves the cut.
        assert_eq!(folder_name(&"中".repeat(300)).chars().count(), 40);
        assert_eq!(folder_name(&format!("x{}", "中".repeat(300))).chars().count(), 40);
    }
}
