//! The shape of a scenario file: every table and every key, in the order of the story.
//!
//! Numbers are declared in `parameters.rs`; everything else is declared here, once. The merge rule, the
//! search for unknown keys, the reader, the JSON Schema and the reference all walk this tree.

use std::sync::OnceLock;

use super::parameters::*;
use crate::domain::{Beijing, MAX_MONTHS, Ordering, PolicyType, Rationing, Sampling, Washington};

/// A table of the language.
pub(super) struct Table {
    /// What it holds.
    pub meaning: &'static str,
    /// Its keys in order.
    pub entries: Vec<(&'static str, Item)>,
}

/// What stands behind a key.
pub(super) enum Item {
    /// A number, certain or uncertain; the instance picks among several defaults.
    Number(&'static Field, usize),
    /// A word, text, date or switch; never uncertain.
    Setting(&'static Setting),
    /// A table.
    Table(Table),
    /// A table of tables under names that the user chooses.
    Named(Table),
    /// A list of tables, `[[key]]`.
    List(Table),
}

/// A key whose value is not a number of the model.
pub(super) struct Setting {
    /// The key inside its table.
    pub key: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// What may be written.
    pub kind: SettingKind,
    /// What holds when nothing is written.
    pub default: Absent,
}

/// What holds when a setting is not written.
#[derive(Clone, Copy)]
pub(super) enum Absent {
    /// The setting must be written.
    Required,
    /// Nothing; the text explains what that means.
    Nothing(&'static str),
    /// This TOML value.
    Means(&'static str),
}

/// What may be written for a setting.
#[derive(Clone, Copy)]
pub(super) enum SettingKind {
    /// The version of the language.
    Version,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// One line of text of at most so many characters.
    Line(usize),
    /// Text that may have several lines.
    Prose(usize),
    /// An address on the web.
    Address,
    /// A TOML date.
    Day,
    /// A month, `"YYYY-MM"`.
    Month,
    /// A whole number in a range; one too large is a matter of limits where the flag says so.
    Count(u64, u64, Excess),
    /// A real number above (exclusive) and up to (inclusive) these ends.
    Ratio(f64, f64),
    /// A list of so many keys at least and at most.
    Keys(usize, usize),
    /// A list of so many names at least and at most.
    Names(usize, usize),
}

/// What a count above its range is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// Not a value of the language.
    Invalid,
    /// More work than the program does.
    TooMuch,
}

pub(super) const fn setting(key: &'static str, kind: SettingKind, default: Absent, meaning: &'static str) -> Setting {
    Setting { key, meaning, kind, default }
}

use Absent::{Means, Nothing, Required};
use SettingKind::{Address, Count, Day, Keys, Line, Month, Names, Prose, Ratio, Switch, Version, Word};

/// Where a reader finds every key.
pub(super) const LIST: &str = "`greenlight show` lists every key";
/// The most worlds, or paths in one world, or paths in all.
pub(super) const MAX_PATHS: u64 = 4_000_000_000;

pub(super) static SCHEMA: Setting = setting("schema", Version, Required, "The version of this language; 1.");
pub(super) static EXTENDS: Setting = setting(
    "extends",
    Line(1000),
    Nothing("the file stands alone"),
    "The parent file, as a path from this file's folder. This file says only what it changes.",
);
pub(super) static REMOVE: Setting = setting(
    "remove",
    Keys(0, 1000),
    Nothing("nothing is removed"),
    "Keys or tables of the parent to delete before this file is laid over it.",
);
pub(super) static TITLE: Setting = setting("title", Line(200), Required, "One line for the head of charts and reports.");
pub(super) static STORY: Setting = setting("story", Prose(4000), Means("\"\""), "What happens, in a sentence or two.");
pub(super) static AS_OF: Setting = setting("as_of", Day, Required, "The information date: nothing learned later may feed the file.");
pub(super) static START: Setting = setting("start", Month, Required, "The first simulated month.");
pub(super) static MONTHS: Setting =
    setting("months", Count(1, MAX_MONTHS as u64, Excess::TooMuch), Means("24"), "Number of months simulated.");

pub(super) static SEED: Setting = setting(
    "seed",
    Count(0, i64::MAX as u64, Excess::Invalid),
    Means("20251210"),
    "The seed of every draw; the same seed gives the same bytes.",
);
pub(super) static WORLDS: Setting =
    setting("worlds", Count(1, MAX_PATHS, Excess::TooMuch), Means("1000"), "Draws of what nobody knows: the uncertain numbers.");
pub(super) static PATHS_PER_WORLD: Setting =
    setting("paths_per_world", Count(1, MAX_PATHS, Excess::TooMuch), Means("50"), "Draws of chance inside one world.");
pub(super) static SAMPLING: Setting = setting(
    "sampling",
    Word(&Sampling::WORDS),
    Means("\"random\""),
    "How `run` draws the uncertain numbers of worlds (other commands: independently): independently, or spread evenly in 16 independent scrambles, as Sobol points (a power of \
     two of worlds, 256 at least) or as Latin hypercubes (a multiple of 16, 256 at least).",
);
pub(super) static OUTCOMES: Setting = setting(
    "outcomes",
    Names(1, 200),
    Means("[\"*\"]"),
    "What a run records: names of outcomes and monthly series, as in `columns.md`; a `*` at the end stands for any ending.",
);

pub(super) static DECISION_TITLE: Setting = setting("title", Line(200), Required, "The question, and who asks it.");
pub(super) static NET_BENEFIT: Setting = setting(
    "net_benefit",
    Line(1000),
    Required,
    "What the decision is to make large: a sum of outcomes with factors, such as `revenue - 4_250 * stranded + 2e9 * (delivered_T >= 250000)`.",
);
pub(super) static ACTIONS: Setting = setting(
    "actions",
    Names(2, 20),
    Required,
    "What may be done: each a name, a colon and the values it sets, such as `\"half: supply.speculative_share = 0.5\"`; several are parted by `;`.",
);

pub(super) static SWEEP_NAME: Setting = setting("name", Line(40), Required, "What to call it, in letters, digits, `-` and `_`.");
pub(super) static SWEEP_VARY: Setting = setting(
    "vary",
    Names(1, 6),
    Required,
    "Keys and the values each takes in turn: `\"KEY = LOW..HIGH:POINTS\"`, the same with `:log`, or `\"KEY = VALUE, VALUE\"`.",
);
pub(super) static SWEEP_OUTCOMES: Setting = setting(
    "outcomes",
    Names(1, 8),
    Means("[\"delivered_T\"]"),
    "What is told of every combination: outcomes, months or conditions, such as `\"delivered_T >= 250000\"`.",
);
pub(super) static SWEEP_LEVEL: Setting = setting(
    "level",
    Ratio(0.0, 1.0),
    Nothing("no threshold is searched"),
    "The chance to be reached, below 1: the smallest value of the first key that does is searched, for every condition.",
);

pub(super) static SOURCE_TITLE: Setting = setting("title", Line(300), Required, "Headline or name of the document.");
pub(super) static SOURCE_OUTLET: Setting = setting("outlet", Line(120), Required, "Who published it.");
pub(super) static SOURCE_DATE: Setting = setting("date", Day, Required, "When it was published.");
pub(super) static SOURCE_URL: Setting = setting("url", Address, Nothing("not on the web"), "Where it can be read.");

pub(super) static WASHINGTON_START: Setting =
    setting("start", Word(&Washington::WORDS), Means("\"waiting\""), "The US regime on the information date.");
pub(super) static BEIJING_START: Setting =
    setting("start", Word(&Beijing::WORDS), Means("\"pending\""), "Beijing's regime on the information date.");
pub(super) static BEHAVIOUR: Setting = setting(
    "behaviour",
    Word(&Ordering::WORDS),
    Means("\"best_response\""),
    "How much buyers ask for: the best reply to the fill rate they expect, what they need, or the need divided by the fill rate.",
);
pub(super) static RATIONING: Setting =
    setting("rationing", Word(&Rationing::WORDS), Means("\"proportional\""), "How Nvidia shares a shortage among buyers.");
pub(super) static FORBID_DIVERSION: Setting = setting(
    "forbid_diversion",
    Switch,
    Means("false"),
    "The strict reading of the US foundry certificate: no capacity moves from newer chips to the H200, whatever `newer_chips_share_later` says.",
);
pub(super) static SQUEEZED_AT_START: Setting =
    setting("squeezed_at_start", Switch, Means("false"), "Whether a capacity squeeze is on in the first month.");

pub(super) static BUYER_NAME: Setting = setting("name", Line(120), Nothing("the table's key"), "Name for people, in any script.");
pub(super) static BEIJING_MAY_APPROVE: Setting =
    setting("beijing_may_approve", Switch, Means("true"), "Whether Beijing may ever approve this group's requests.");
pub(super) static US_MAY_LICENSE: Setting =
    setting("us_may_license", Switch, Means("true"), "Whether Washington may ever license this group.");
pub(super) static DOMESTIC_MANDATE: Setting =
    setting("domestic_mandate", Switch, Means("false"), "Whether this group must buy domestic chips for its whole need.");

pub(super) static EVENT_MONTH: Setting = setting("month", Month, Required, "The month in which it happens, within the horizon.");
pub(super) static EVENT_BEIJING: Setting =
    setting("beijing", Word(&Beijing::WORDS), Nothing("Beijing is not moved"), "Beijing's regime from that month.");
pub(super) static EVENT_WASHINGTON: Setting =
    setting("washington", Word(&Washington::WORDS), Nothing("Washington is not moved"), "The US regime from that month.");
pub(super) static EVENT_NOTE: Setting = setting("note", Prose(2000), Means("\"\""), "Why.");

pub(super) static BETWEEN: Setting = setting("between", Keys(2, 2), Required, "The full keys of two uncertain numbers.");
pub(super) static RANK_CORRELATION: Setting =
    setting("rank_correlation", Ratio(-1.0, 1.0), Required, "Their rank correlation (Spearman's), from -1 to 1.");
pub(super) static FAMILY: Setting =
    setting("family", Word(&["gaussian", "student_t"]), Means("\"gaussian\""), "How the pairs hang together; `student_t` joins the tails.");
pub(super) static DEGREES_OF_FREEDOM: Setting = setting(
    "degrees_of_freedom",
    Ratio(2.0, 1e6),
    Nothing("required for `student_t`, forbidden for `gaussian`"),
    "How strongly a Student-t copula joins the tails: the fewer, the stronger; above 2.",
);

/// The whole language.
pub(super) fn root() -> &'static Table {
    static ROOT: OnceLock<Table> = OnceLock::new();
    ROOT.get_or_init(build)
}

impl Table {
    /// What stands behind a key of this table.
    pub fn item(&self, key: &str) -> Option<&Item> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, item)| item)
    }
}

impl Item {
    /// The table that a user's table under this item must follow; `key` names one of [`Item::Named`].
    pub fn child(&self, key: &str) -> Option<Child<'_>> {
        match self {
            Self::Table(table) => table.item(key).map(Child::Item),
            Self::Named(table) => Some(Child::Table(table)),
            _ => None,
        }
    }
}

/// What stands behind a key below an item.
pub(super) enum Child<'a> {
    /// A declared key.
    Item(&'a Item),
    /// A table under a name that the user chose.
    Table(&'a Table),
}

fn build() -> Table {
    let top = settings(&[&SCHEMA, &EXTENDS, &REMOVE, &TITLE, &STORY, &AS_OF, &START, &MONTHS]);
    let tables = [
        ("simulation", Item::Table(plain("How many draws, and the seed.", &[&SEED, &WORLDS, &PATHS_PER_WORLD, &SAMPLING, &OUTCOMES], &[]))),
        (
            "sources",
            Item::Named(plain(
                "Where numbers come from; the name is what `source` refers to.",
                &[&SOURCE_TITLE, &SOURCE_OUTLET, &SOURCE_DATE, &SOURCE_URL],
                &[],
            )),
        ),
        (
            "decisions",
            Item::Named(plain(
                "Decisions of which `greenlight decide` tells the best action and what knowing more would be worth.",
                &[&DECISION_TITLE, &NET_BENEFIT, &ACTIONS],
                &[],
            )),
        ),
        (
            "sweep",
            Item::List(plain(
                "What `greenlight sweep` varies when the command line names no key.",
                &[&SWEEP_NAME, &SWEEP_VARY, &SWEEP_OUTCOMES, &SWEEP_LEVEL],
                &[],
            )),
        ),
        (
            "supply",
            Item::Table(plain("What Nvidia and its suppliers can make.", &[&SQUEEZED_AT_START, &FORBID_DIVERSION], Supply::<()>::FIELDS)),
        ),
        ("us_market", Item::Table(plain("US and allied customers, who are served first.", &[], UsMarket::<()>::FIELDS))),
        ("washington", Item::Table(washington())),
        ("beijing", Item::Table(beijing())),
        ("diplomacy", Item::Table(plain("Summits and spats that move both governments.", &[], Diplomacy::<()>::FIELDS))),
        (
            "buyers",
            Item::Named(plain(
                "The buyer groups, 1 to 16; the name is a key of lower-case letters, digits and `_`.",
                &[&BUYER_NAME, &BEIJING_MAY_APPROVE, &US_MAY_LICENSE, &DOMESTIC_MANDATE],
                Buyer::<()>::FIELDS,
            )),
        ),
        ("needs", Item::Table(plain("How needs start, grow and lapse.", &[], Needs::<()>::FIELDS))),
        ("requests", Item::Table(plain("How buyers ask, believe and cancel.", &[&BEHAVIOUR], Requests::<()>::FIELDS))),
        ("shipping", Item::Table(plain("From order to door.", &[&RATIONING], Shipping::<()>::FIELDS))),
        ("domestic", Item::Table(plain("Chinese accelerators, in Ascend 910C-class units.", &[], Domestic::<()>::FIELDS))),
        ("h20", Item::Table(plain("The H20, an optional pool beside the H200.", &[], H20::<()>::FIELDS))),
        ("grey_market", Item::Table(plain("The side door.", &[], GreyMarket::<()>::FIELDS))),
        ("money", Item::Table(plain("Prices and costs.", &[], Money::<()>::FIELDS))),
        ("compute", Item::Table(plain("How chips convert into compute.", &[], Compute::<()>::FIELDS))),
        (
            "events",
            Item::List(plain(
                "What is scripted to happen: sets regimes at the end of that month's policy move.",
                &[&EVENT_MONTH, &EVENT_BEIJING, &EVENT_WASHINGTON, &EVENT_NOTE],
                &[],
            )),
        ),
        ("dependence", Item::List(plain("Rank correlations between uncertain numbers.", &[&BETWEEN, &RANK_CORRELATION], &[]))),
        ("copula", Item::Table(plain("How dependent numbers hang together.", &[&FAMILY, &DEGREES_OF_FREEDOM], &[]))),
    ];
    Table { meaning: "Who, when, and which file this one extends.", entries: top.into_iter().chain(tables).collect() }
}

fn washington() -> Table {
    let mut table = plain("Washington's licences, ceiling, cap and fee.", &[&WASHINGTON_START], WashingtonTerms::<()>::FIELDS);
    let rows = Washington::WORDS.iter().zip(&WASHINGTON_ROWS).map(|(word, row)| (*word, Item::Table(plain(ROW, &[], row))));
    table.entries.push(("transitions", Item::Table(Table { meaning: MATRIX, entries: rows.collect() })));
    table
}

fn beijing() -> Table {
    let mut table = plain("Beijing's review, quota, confirmation and feedback.", &[&BEIJING_START], BeijingTerms::<()>::FIELDS);
    let rows = Beijing::WORDS.iter().zip(&BEIJING_ROWS).map(|(word, row)| (*word, Item::Table(plain(ROW, &[], row))));
    table.entries.push(("transitions", Item::Table(Table { meaning: MATRIX, entries: rows.collect() })));
    let regimes = instances(&Beijing::WORDS, "What one regime does to requests and lots.", Regime::<()>::FIELDS);
    table.entries.push(("regimes", Item::Table(Table { meaning: "What each regime does to requests and lots.", entries: regimes })));
    let types = instances(&PolicyType::WORDS, "One hidden policy type.", TypeProfile::<()>::FIELDS);
    let meaning = "Beijing's hidden policy types, one of which holds in each world; their weights sum to 1.";
    table.entries.push(("types", Item::Table(Table { meaning, entries: types })));
    table
}

const MATRIX: &str = "Monthly chances of moving, one row for each regime of today.";
const ROW: &str = "Chances of being in each regime next month, from this row's regime; they sum to 1.";

fn instances(words: &[&'static str], meaning: &'static str, fields: &'static [Field]) -> Vec<(&'static str, Item)> {
    let table = |instance| Table { meaning, entries: fields.iter().map(|field| (field.key, Item::Number(field, instance))).collect() };
    words.iter().enumerate().map(|(instance, word)| (*word, Item::Table(table(instance)))).collect()
}

fn plain(meaning: &'static str, own: &[&'static Setting], fields: &'static [Field]) -> Table {
    let numbers = fields.iter().map(|field| (field.key, Item::Number(field, 0)));
    Table { meaning, entries: settings(own).into_iter().chain(numbers).collect() }
}

fn settings(own: &[&'static Setting]) -> Vec<(&'static str, Item)> {
    own.iter().map(|setting| (setting.key, Item::Setting(setting))).collect()
}
