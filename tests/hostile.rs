//! Names and paths in a scenario are inert: 120 hostile names through every output, no file but where it should be, no socket ever.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;
mod told;

use greenlight::io::scenario_files::load;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use support::{Home, SMALL, code, stderr, stdout};

/// What somebody might call a buyer who wants to run something, climb somewhere or look like something else.
const PAYLOADS: [&str; 40] = [
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://x\",\"y\")",
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "%0a=1+1",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></style></svg><script>x</script>",
    "<!-- --><![CDATA[ ]]>",
    "]]></text><a xlink:href='javascript:1'>",
    "&lt;b&gt;&amp;&#x3c;script&#x3e;",
    "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "javascript:alert(1)",
    "url(http://x)",
    "{{seed}} {{delivered_T}}",
    "${HOME} $(id) `id`",
    "%n%n%s%x",
    "{} {0} {:?}",
    "| a | b |\n| - | - |",
    "[x](javascript:1) ![x](http://x)",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{9b}31m",
    "\u{0}\u{8}\u{7f}",
    "\u{202e}gnp.exe",
    "\u{2066}a\u{2069}\u{200f}",
    "\u{200b}\u{feff}\u{2028}\u{2029}",
    "a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
    "Аlibaba",
    "../../../etc/passwd",
    "..\\..\\windows\\system32",
    "/dev/null",
    "CON",
    "file\u{0}.csv",
    "'; DROP TABLE buyers; --",
    "\"quoted\", \"and\", more",
    "总计 total اختبار 🚀",
];

/// Alone, behind a letter, and before one.
fn names() -> Vec<String> {
    PAYLOADS.iter().flat_map(|payload| [(*payload).to_owned(), format!("A{payload}"), format!("{payload} B")]).collect()
}

/// As a basic string of TOML, with everything escaped that must be.
fn toml(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", c as u32),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// Invisible characters that turn text around, hide it, or steer a terminal.
fn steers(c: char) -> bool {
    c.is_control() && c != '\n' || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[track_caller]
fn assert_tame(what: &str, text: &str) {
    if let Some(c) = text.chars().find(|c| steers(*c)) {
        panic!("{what} has {c:?} in it");
    }
}

/// A scenario that uses the names everywhere a scenario has room for words.
fn scenario(names: &[String]) -> String {
    let first = toml(&names[0]);
    let mut text = SMALL.replacen("\"Small\"", &first, 1).replace("title  =", &format!("story = {first}\ntitle  ="));
    text += &format!(
        "[sources.one]\ntitle = {first}\noutlet = {first}\ndate = 2025-12-01\n\n[[events]]\nmonth = \"2026-03\"\nbeijing = \"open\"\nnote = {first}\n"
    );
    for (i, name) in names.iter().enumerate() {
        text += &format!(
            "\n[buyers.b{i}]\nname = {}\nneed_per_month = {{ uniform = [1000, 9000], note = {}, source = \"one\" }}\n",
            toml(name),
            toml(name)
        );
    }
    text
}

/// Names that the language lets through; of the others it must tell in a sentence.
fn accepted(home: &Home) -> Vec<String> {
    let names = names();
    assert_eq!(names.len(), 120);
    let is_accepted = |name: &String| {
        home.write("one.toml", &scenario(std::slice::from_ref(name)));
        match load(&home.path().join("one.toml"), &[]) {
            Ok(_) => true,
            Err(error) => {
                assert_tame(&format!("the refusal of {name:?}"), &error.to_string());
                assert!(error.to_string().contains("one.toml:"), "{error}");
                false
            }
        }
    };
    names.into_iter().filter(is_accepted).collect()
}

#[test]
fn a_hundred_and_twenty_hostile_names_leave_every_output_as_text() {
    let home = Home::new();
    let names = accepted(&home);
    assert!((40..120).contains(&names.len()), "{} of 120 names are let through", names.len());
    told::figure(format_args!("120 hostile names: {} refused in a sentence, {} through every output", 120 - names.len(), names.len()));
    // With the first two buyers there are sixteen.
    for names in names.chunks(14) {
        home.write("odd.toml", &scenario(names));
        let commands: [&[&str]; 8] = [
            &["check", "odd.toml"],
            &["show", "odd.toml"],
            &["list", "."],
            &["run", "odd.toml", "--samples", "--out", "run"],
            &["compare", "small.toml", "odd.toml", "--out", "pair"],
            &["replay", "run", "--path", "3"],
            &["verify", "run", "pair"],
            &["repeat", "run"],
        ];
        for command in commands {
            let output = home.run(command);
            assert_eq!(code(&output), 0, "{command:?} with {names:?}: {}", stderr(&output));
            assert_tame(&format!("{command:?}"), &(stdout(&output) + &stderr(&output)));
        }
        for folder in ["run", "pair"] {
            for (name, bytes) in home.tree(folder) {
                look_at(&format!("{folder}/{}", name.display()), &bytes);
            }
            fs::remove_dir_all(home.path().join(folder)).unwrap();
        }
        assert_eq!(home.names("."), ["odd.toml", "one.toml", "small.toml"], "nothing is written elsewhere");
    }
}

/// A file of a result folder, by what may read it.
fn look_at(name: &str, bytes: &[u8]) {
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c)), "{name:?} is named by a scenario");
    let Ok(text) = std::str::from_utf8(bytes) else { return assert!(name.ends_with(".png"), "{name}") };
    assert_tame(name, text);
    match Path::new(name).extension().and_then(|e| e.to_str()) {
        Some("svg") => {
            let tree = resvg::usvg::roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let foreign =
                tree.descendants().find(|node| ["script", "image", "a", "foreignObject", "use"].contains(&node.tag_name().name()));
            assert!(foreign.is_none(), "{name}: {foreign:?}");
            let is_active = |name: &str| name.starts_with("on") || name == "href";
            assert!(tree.descendants().all(|node| node.attributes().all(|a| !is_active(a.name()))), "{name}");
        }
        Some("html") => {
            let lower = text.to_lowercase();
            for tag in ["<script", "<img", "<iframe", "<object", "<!entity", "<b>", " onerror=\"", " onmouseover=\""] {
                assert!(!lower.contains(tag), "{name} has {tag}");
            }
        }
        Some("csv") => {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
            for record in reader.records() {
                for cell in &record.unwrap_or_else(|error| panic!("{name}: {error}")) {
                    let is_number = cell.parse::<f64>().is_ok();
                    assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {cell}");
                }
            }
        }
        _ => {}
    }
}

/// What the system was asked for while a command ran, as strace tells it.
fn calls(home: &Home, kinds: &str, arguments: &[&str]) -> Vec<String> {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-y", "-o", "trace", "-e", &format!("trace={kinds}"), support::program()]).args(arguments);
    let output = strace.current_dir(home.path()).output().expect("strace is installed");
    assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
    let trace = fs::read_to_string(home.path().join("trace")).unwrap();
    fs::remove_file(home.path().join("trace")).unwrap();
    trace.lines().map(str::to_owned).collect()
}

const COMMANDS: [&[&str]; 7] = [
    &["run", "small.toml", "--samples", "--out", "out/run"],
    &["compare", "small.toml", "more.toml", "--explain", "--out", "out/pair"],
    &["run", "small.toml", "--out", "out/run", "--overwrite", "--checkpoint-seconds", "0"],
    &["replay", "out/run", "--path", "3"],
    &["repeat", "out/run"],
    &["bench", "small.toml", "--seconds", "0.01"],
    &["check", "small.toml"],
];

#[test]
#[ignore = "needs strace: for just nightly"]
fn no_socket_is_ever_opened_and_no_other_program_started() {
    let home = Home::new();
    home.write("more.toml", "schema = 1\nextends = \"small.toml\"\ntitle = \"More\"\n[supply]\nstock_chips = 900000\n");
    for command in COMMANDS {
        // The signal handler wakes up through a pair of sockets that nobody else can reach.
        let network = calls(&home, "socket,connect,bind,listen,sendto", command);
        assert!(network.is_empty(), "{command:?}: {network:?}");
        let started = calls_again(&home, "execve,fork,vfork", command);
        assert_eq!(started.iter().filter(|call| call.contains("execve(")).count(), 1, "{command:?} starts itself and nothing else");
    }
    told::figure(format_args!("{} commands traced: no socket, no other program", COMMANDS.len()));
}

#[test]
#[ignore = "needs strace: for just nightly"]
fn files_are_written_in_the_output_folder_only_and_read_in_that_of_the_scenario() {
    let home = Home::new();
    home.write("more.toml", "schema = 1\nextends = \"small.toml\"\ntitle = \"More\"\n[supply]\nstock_chips = 900000\n");
    let root = home.path().canonicalize().unwrap();
    let inside = |path: &str, folder: &str| path.starts_with(folder) || path.starts_with(&format!("{}/{folder}", root.display()));
    let mut read = BTreeSet::new();
    for command in COMMANDS {
        for call in calls_again(&home, "open,openat,creat", command).iter().filter(|call| !call.contains("= -1")) {
            let path = call.split('"').nth(1).unwrap_or_default().to_owned();
            if ["O_WRONLY", "O_RDWR", "O_CREAT", "creat("].iter().any(|flag| call.contains(flag)) {
                assert!(inside(&path, "out"), "{command:?} writes {path}");
            } else if !inside(&path, "out")
                && ![".", "charts"].contains(&path.as_str())
                && !path.ends_with("small.toml")
                && !path.ends_with("more.toml")
            {
                read.insert(path);
            }
        }
    }
    // What the loader and the standard library want to know of the system.
    let system = [
        "/lib",
        "/usr/lib",
        "/etc/ld.so",
        "/proc/self/",
        "/proc/meminfo",
        "/proc/sys/vm/overcommit_memory",
        "/sys/fs/cgroup",
        "/sys/devices/system/cpu",
        "/proc/stat",
    ];
    let own = root.display().to_string();
    let odd: Vec<_> = read
        .iter()
        .filter(|path| !system.iter().any(|start| path.starts_with(start)) && **path != own && !own.starts_with(path.as_str()))
        .collect();
    assert!(odd.is_empty(), "{odd:?} are read");
}

/// [`calls`] of a command that may find its folder done.
fn calls_again(home: &Home, kinds: &str, command: &[&str]) -> Vec<String> {
    if let (["run" | "compare", ..], Some(out)) = (command, command.iter().position(|word| *word == "--out")) {
        let folder = home.path().join(command[out + 1]);
        if folder.exists() && !command.contains(&"--overwrite") {
            fs::remove_dir_all(folder).unwrap();
        }
    }
    calls(home, kinds, command)
}

/// Facts that a program accepts.
const FACTS: &str = r#"
schema = 1
title  = "Facts"

[sources.one]
title  = "One"
outlet = "Outlet"
date   = 2026-03-01

[facts.first]
known      = 2026-03-01
observable = "delivered(2026-02)"
at_most    = 100_000
source     = "one"
grade      = "reported"
"#;

/// A forecast that a program accepts.
const FORECAST: &str =
    "schema = 1\nkind = \"rival\"\ntitle = \"R\"\nas_of = 2025-12-10\n\n[observables.\"delivered(2026-02)\"]\nvalues = [0, 1]\n";

#[track_caller]
fn refuses(home: &Home, command: &[&str], exit: i32, says: &str) {
    let output = home.run(command);
    let told = stdout(&output) + &stderr(&output);
    assert!(code(&output) == exit && told.contains(says), "{command:?}: exit {}: {told}", code(&output));
    assert_tame(&format!("{command:?}"), &told);
    assert!(told.len() < 5_000, "{command:?}: {} bytes", told.len());
}

#[test]
fn what_stands_where_the_lock_should_be_is_neither_waited_for_nor_followed() {
    let home = Home::new();
    let lock = home.path().join(".out.lock");
    let command = ["run", "small.toml", "--no-charts", "--quiet", "--out", "out"];
    assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success());
    refuses(&home, &command, 6, "not a regular file");
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink("elsewhere", &lock).unwrap();
    refuses(&home, &command, 6, "not a regular file");
    assert_eq!(home.names("."), [".out.lock", "small.toml"]);
    // A file of the kernel that has nothing to say looks like a regular one; reading it would wait for ever.
    if Path::new("/proc/kmsg").exists() {
        refuses(&home, &["check", "/proc/kmsg"], 7, "/proc/kmsg");
    }
}

#[test]
fn nothing_is_written_into_the_folder_of_a_finished_run() {
    let home = Home::new();
    home.write("note.md", "{{delivered_T.mean}}\n");
    for out in ["base", "other"] {
        assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts", "--quiet", "--out", out])), 0);
    }
    let inside: [&[&str]; 4] = [
        &["run", "small.toml", "--no-charts", "--out", "base/inner"],
        &["run", "small.toml", "--no-charts", "--out", "base/charts/deep/inner"],
        &["ledger", "small.toml", "--dir", "base"],
        &["report", "other", "--text", "note.md", "--out", "base/note.md"],
    ];
    for command in inside {
        refuses(&home, command, 6, "no longer be what its run wrote");
    }
    assert!(home.is_intact("base"));
}

#[test]
fn what_somebody_wrote_into_a_manifest_and_sealed_again_is_not_believed() {
    let home = Home::new();
    assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts", "--quiet", "--out", "base"])), 0);
    let good = fs::read(home.path().join("base/manifest.json")).unwrap();
    for (key, value) in [("worlds", u64::MAX.into()), ("paths_per_world", 0.into()), ("seed", 8.into())] {
        support::reseal(&home.path().join("base"), |content| content[key] = value);
        refuses(&home, &["replay", "base", "--path", "3"], 9, "and others in its scenario");
        fs::write(home.path().join("base/manifest.json"), &good).unwrap();
    }
    for name in ["../../evil", "\u{1b}[2J", "", "a/b"] {
        support::reseal(&home.path().join("base"), |content| content["scenario"] = name.into());
        for command in [&["replay", "base", "--path", "3"][..], &["repeat", "base"], &["compare", "base", "base", "--out", "pair"]] {
            refuses(&home, command, 9, "says nothing of a run");
        }
        fs::write(home.path().join("base/manifest.json"), &good).unwrap();
    }
    assert_eq!(code(&home.run(&["replay", "base", "--path", "3"])), 0, "as it was");
}

#[test]
fn hostile_questions_are_refused_in_short_clean_sentences() {
    let home = Home::new();
    home.write("facts.toml", FACTS);
    home.write("forecast.toml", FORECAST);
    let long = format!("{}\u{202e}", "x".repeat(10_000));
    let many = "supply.stock_chips=0..0.0000001:1000";
    let cases: [(&[&str], i32, &str); 9] = [
        (&["discover", "small.toml", "--when", "t_first"], 2, "say what must hold of it"),
        (&["anchor", "small.toml", "--probability", "delivered_T = 0.5"], 2, "say what must hold of it"),
        (&["discover", "small.toml", "--when", "delivered_T >= 1e300", "--worlds", "20"], 9, "delivered_T >= 1e300"),
        (&["sweep", "small.toml", "--vary", many], 3, "and 979 more"),
        (&["run", "small.toml", "--precision", "delivered_T=1e-300"], 4, "far more than 1e15 worlds"),
        (&["update", "small.toml", "--facts", "facts.toml", "--as-of", &long], 2, "such as 2026-06-01"),
        (&["decide", "decide.toml", "--worlds", "4000000", "--paths-per-world", "1000"], 4, "of memory"),
        (&["bench", "small.toml", "--threads", "4000000000"], 2, "1 to 1024"),
        (&["ledger", "small.toml", "small.toml", "--dir", "ledger"], 2, "one by one"),
    ];
    let decision = "\n[decisions.one]\ntitle = \"Which?\"\nnet_benefit = \"delivered_T\"\nactions = [\"a: supply.stock_chips = 1000\", \"b: supply.stock_chips = 100000\"]\n";
    home.write("decide.toml", &(SMALL.to_owned() + decision));
    let before = home.names(".");
    for (command, exit, says) in cases {
        refuses(&home, command, exit, says);
    }
    assert!(home.names(".").iter().filter(|name| *name != "output").eq(before.iter()), "{:?}", home.names("."));
}

#[test]
fn hostile_facts_and_forecasts_are_refused_with_their_place() {
    let home = Home::new();
    home.write("facts.toml", FACTS);
    let circle = FACTS[FACTS.find("[facts").unwrap()..].replace("first", "second") + "replaces = \"first\"\n";
    for (facts, says) in [
        (FACTS.replace("100_000", "inf"), "facts.first.at_most"),
        (FACTS.replace("at_most    = 100_000", "value = 1\nerror = 1e308"), "facts.first.error"),
        (FACTS.to_owned() + "replaces = \"first\"\n", "facts.first.replaces"),
        (FACTS.to_owned() + "replaces = \"second\"\n" + &circle, "facts.first.replaces"),
    ] {
        home.write("bad.toml", &facts);
        refuses(&home, &["update", "small.toml", "--facts", "bad.toml"], 3, says);
    }
    for values in ["[nan]", "[-inf]", "[-inf, inf]", "[1e308, 1e308]", "[0, inf]\nlevels = [0, 1]", "[inf, inf]\nlevels = [0, 1]"] {
        home.write("bad.toml", &FORECAST.replace("[0, 1]", values));
        refuses(&home, &["score", "--facts", "facts.toml", "bad.toml"], 3, "do not fall");
    }
    // A wait that never ends is what our own forecasts say.
    home.write("fine.toml", &FORECAST.replace("[0, 1]", "[0, inf]"));
    assert_eq!(code(&home.run(&["score", "--facts", "facts.toml", "fine.toml", "--no-charts", "--quiet", "--out", "scored"])), 0);
}
