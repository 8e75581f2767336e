//! One path told as a dated log of events.
//!
//! It reads the states of the months and nothing else, so that what it tells is what was counted. Small things are
//! left to the sums at each year's end; a log stays short enough to be read.

use super::course::{Course, sum};
use super::state::Account;
use super::wording::{self, chips, count, grouped, joined, listed, percent, spoken};
use super::{BrokenBooks, Model, Workspace};
use crate::domain::{Beijing, Chips, Gate, Month, Washington};
use crate::lanes::{Row, each};

/// The longest log of a path of up to two years.
const MOST_ENTRIES: usize = 40;
/// Each further year may add so many entries.
const MORE_EACH_YEAR: usize = 10;
/// Beijing's answers in a month are notable if they are this part of what the whole path sees of their kind, and
/// cancellations if they are this part of all requests and orders. A quota handed out month by month is told by the year.
const NOTABLE_SHARE: f64 = 0.1;
/// Fewer chips are never notable, unless they are the first.
const NOTABLE_CHIPS: Chips = Chips(2_000.0);
/// Requests without an answer are told again when they have grown by this factor ...
const REQUESTS_RATIO: f64 = 1.5;
/// ... and by this many chips.
const REQUESTS_GROWTH: Chips = Chips(20_000.0);
/// Cumulative deliveries that are told when they are reached.
const DELIVERED: [i64; 9] = [5_000, 20_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000];
/// Cumulative seizures that are told when they are reached.
const SEIZED: [i64; 3] = [10_000, 100_000, 1_000_000];
/// Months without a delivery after which chips at the border are told of.
const LONG_AT_BORDER: usize = 4;
/// Approved chips that cannot ship are told of from this many on ...
const HELD_CHIPS: Chips = Chips(5_000.0);
/// ... and again only after this many months in which their gate held back fewer.
const HELD_AGAIN: usize = 6;
/// Asking for more than one needs is worth a word beyond this factor.
const INFLATED: f64 = 1.05;

/// Something that happened in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub month: Month,
    /// What, in a sentence with its numbers. Names come from the scenario: escape it before it enters a page.
    pub text: String,
}

/// What decides whether an entry stays when there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// As heavy as the chips it is about.
    Chips(Chips),
    /// Beginnings, and moves of the governments.
    Turn,
    /// The world, the sums and the end.
    Frame,
}

/// An entry before the choice of those that stay.
struct Told {
    t: usize,
    weight: Weight,
    text: String,
}

impl Model {
    /// Tells one path: the world, what happened month by month, and the totals.
    ///
    /// # Errors
    /// If the books of the path do not balance.
    pub fn tell(&self, world: u64, path: u64, workspace: &mut Workspace) -> Result<Vec<Entry>, BrokenBooks> {
        let mut states = Vec::with_capacity(self.scenario.months + 1);
        self.follow(world, path, workspace, |_, state, _| states.push(state.clone()))?;
        let course = Course { scenario: &self.scenario, world: workspace.world(), states };
        Ok(Chronicler::new(&course).tell())
    }
}

/// Walks through the months and remembers what it has told.
struct Chronicler<'a> {
    course: &'a Course<'a>,
    told: Vec<Told>,
    /// Requests without an answer when they were last told, or fewest since: when, and how many.
    outstanding: (usize, Chips),
    /// Whether buyers staying out has been told.
    told_staying_out: bool,
    /// For each gate, the last month in which it held back many.
    held: [Option<usize>; Gate::ALL.len()],
    /// Since when nothing has been delivered.
    last_delivery: usize,
    most_shipped: usize,
    most_delivered: usize,
    most_withdrawn: usize,
}

impl<'a> Chronicler<'a> {
    fn new(course: &'a Course<'a>) -> Self {
        Self {
            course,
            told: Vec::new(),
            outstanding: (0, course.total(0, |a| a.pending)),
            told_staying_out: false,
            held: [None; Gate::ALL.len()],
            last_delivery: 0,
            most_shipped: course.largest_month(|t| course.states[t].flows.shipped[0]),
            most_delivered: course.largest_month(|t| course.states[t].flows.delivered[0]),
            most_withdrawn: course.largest_month(|t| sum(&course.withdrawals(t))),
        }
    }

    fn tell(mut self) -> Vec<Entry> {
        self.opening();
        for t in 1..=self.course.last() {
            self.beijing(t);
            self.washington(t);
            self.squeeze(t);
            self.requests(t);
            self.licences(t);
            self.answers(t);
            self.shipments(t);
            self.obstacles(t);
            self.deliveries(t);
            self.border(t);
            self.seizures(t);
            self.cancellations(t);
            self.year(t);
        }
        self.closing();
        self.chosen()
    }

    fn say(&mut self, t: usize, weight: Weight, text: String) {
        self.told.push(Told { t, weight, text });
    }

    /// Drops the lightest entries of a log that is too long, and says so at its end.
    fn chosen(mut self) -> Vec<Entry> {
        let years_beyond_two = self.course.last().saturating_sub(13) / 12;
        let most = MOST_ENTRIES + MORE_EACH_YEAR * years_beyond_two;
        let surplus = self.told.len().saturating_sub(most);
        if surplus > 0 {
            let mut order: Vec<usize> = (0..self.told.len()).collect();
            // Of equally heavy ones the later goes first.
            order.sort_by_key(|i| (self.told[*i].weight, std::cmp::Reverse(*i)));
            let mut dropped: Vec<usize> = order.into_iter().take(surplus).collect();
            dropped.sort_unstable();
            for i in dropped.into_iter().rev() {
                self.told.remove(i);
            }
            if let Some(last) = self.told.last_mut() {
                last.text += &format!(" ({} left out of this log.)", count(surplus, "smaller event"));
            }
        }
        self.told.iter().map(|told| Entry { month: self.course.month(told.t), text: told.text.clone() }).collect()
    }

    fn opening(&mut self) {
        let (world, state) = (self.course.world, &self.course.states[0]);
        let in_line: Chips = state.line[..world.line.months].iter().map(|bin| bin[0]).sum();
        let squeeze = if state.squeezed[0] { " under a capacity squeeze" } else { "" };
        let text = format!(
            "In this world Beijing {}; Nvidia starts with {} H200 in stock and {} in a line that takes {}{squeeze}, at {} USD a chip; \
             Beijing is {} ({}), Washington {} ({}).",
            wording::intent(world.policy_type),
            chips(state.stock[0]),
            chips(in_line),
            count(world.line.months, "month"),
            grouped(world.price.whole()),
            spoken(state.beijing[0].word()),
            wording::meaning(state.beijing[0]),
            spoken(state.washington[0].word()),
            wording::licensing(state.washington[0]),
        );
        self.say(0, Weight::Frame, text);
    }

    fn beijing(&mut self, t: usize) {
        let course = self.course;
        let (was, now) = (course.states[t - 1].beijing[0], course.states[t].beijing[0]);
        if was != now {
            let scripted = self.scripted(t, |event| event.beijing == Some(now));
            let known = course.states[..t].iter().any(|state| state.beijing[0] == now);
            let means = if known { String::new() } else { format!(": {}", wording::meaning(now)) };
            self.say(t, Weight::Turn, format!("Beijing moves from {} to {}{scripted}{means}.", spoken(was.word()), spoken(now.word())));
        }
    }

    fn washington(&mut self, t: usize) {
        let course = self.course;
        let (was, now) = (course.states[t - 1].washington[0], course.states[t].washington[0]);
        if was == now {
            return;
        }
        let scripted = self.scripted(t, |event| event.washington == Some(now));
        let mut means = vec![wording::licensing(now).to_owned()];
        if now == Washington::Revoked {
            let before = course.accounts(t - 1);
            let lapsed = before.iter().filter(|a| a.licensed[0]).count();
            let returned: Chips = before.iter().flat_map(|a| a.transit.iter()).map(|bin| bin[0]).sum();
            means.extend((lapsed > 0).then(|| format!("{} lapse{}", count(lapsed, "licence"), if lapsed == 1 { "s" } else { "" })));
            means.extend((returned > Chips::ZERO).then(|| format!("{} H200 on the way go back to Nvidia", chips(returned))));
        } else if course.states[..t].iter().any(|state| state.washington[0] == now) {
            means.clear();
        }
        let means = if means.is_empty() { String::new() } else { format!(": {}", joined(&means)) };
        self.say(t, Weight::Turn, format!("Washington moves from {} to {}{scripted}{means}.", was.word(), now.word()));
    }

    /// Says that the scenario, not chance, made a move.
    fn scripted(&self, t: usize, moves: impl Fn(&crate::scenario::Event) -> bool) -> &'static str {
        if self.course.scenario.events.iter().any(|event| event.month == t && moves(event)) { ", as scripted" } else { "" }
    }

    fn squeeze(&mut self, t: usize) {
        let states = &self.course.states;
        if states[t - 1].squeezed[0] || !states[t].squeezed[0] {
            return;
        }
        let (before, now) = (states[t - 1].flows.capacity[0], states[t].flows.capacity[0]);
        let lasts = match states[t..].iter().position(|state| !state.squeezed[0]) {
            Some(months) => format!("for {}", count(months, "month")),
            None => "to the end".to_owned(),
        };
        let after = if t > 1 { format!(", after {} the month before", chips(before)) } else { String::new() };
        let text = format!("A capacity squeeze begins and lasts {lasts}: {} H200 can be started this month{after}.", chips(now));
        self.say(t, Weight::Chips((before - now).positive()), text);
    }

    fn requests(&mut self, t: usize) {
        let course = self.course;
        let (was, now) = (&course.states[t - 1], &course.states[t]);
        let asked_before = (1..t).any(|month| course.states[month].flows.requested[0] > Chips::ZERO);
        let doors_shut = now.beijing[0] == Beijing::Frozen || now.washington[0] == Washington::Revoked;
        if now.flows.inflation[0] == 0.0 && !doors_shut && !self.told_staying_out {
            self.told_staying_out = true;
            let fill = percent(was.belief[0]);
            let text = format!("Buyers stop asking: expecting to get only {fill} of what they ask for, they find it not worth the cost.");
            self.say(t, Weight::Turn, text);
        }
        let waiting = course.total(t, |a| a.pending);
        let (since, base) = self.outstanding;
        if !asked_before && now.flows.requested[0] > Chips::ZERO {
            let by_buyer = course.shared(&course.gains(t, |a| a.requested), "by");
            let inflated = now.flows.inflation[0] > INFLATED;
            let why = if inflated { format!(", {:.1} for each one they need", now.flows.inflation[0]) } else { String::new() };
            self.say(t, Weight::Turn, format!("Buyers ask for {} H200{why}{by_buyer}.", chips(now.flows.requested[0])));
            self.outstanding = (t, waiting);
        } else if waiting.real() >= REQUESTS_RATIO * base.real() && waiting - base >= REQUESTS_GROWTH {
            let by_buyer = course.shared(&course.each(t, |a| a.pending), "from");
            let from = if base > Chips::ZERO { format!(", up from {} in {}", chips(base), course.month(since)) } else { String::new() };
            let text = format!("Unanswered requests reach {} H200{from}{by_buyer}.", chips(waiting));
            self.say(t, Weight::Chips(waiting - base), text);
            self.outstanding = (t, waiting);
        } else if waiting < base {
            self.outstanding = (t, waiting);
        }
    }

    fn licences(&mut self, t: usize) {
        let course = self.course;
        let has = |month: usize, buyer: &usize| course.accounts(month)[*buyer].licensed[0];
        let (held_before, held): (Vec<usize>, Vec<usize>) = {
            let buyers = 0..course.world.buyers();
            // A reversal lets all earlier licences lapse first.
            let kept = |buyer: &usize| has(t - 1, buyer) && !course.revoked(t);
            (buyers.clone().filter(kept).collect(), buyers.filter(|buyer| has(t, buyer)).collect())
        };
        let fresh: Vec<usize> = held.iter().filter(|buyer| !held_before.contains(buyer)).copied().collect();
        if fresh.is_empty() {
            return;
        }
        let names = listed(&fresh, |buyer| course.name(*buyer).to_owned(), |rest| count(rest.len(), "other"));
        let now = if held_before.is_empty() { String::new() } else { format!("; {} now hold a licence", count(held.len(), "buyer")) };
        let on_order: Chips = fresh.iter().map(|buyer| course.accounts(t)[*buyer].pending[0] + course.accounts(t)[*buyer].backlog[0]).sum();
        let first = (0..t).all(|month| (0..course.world.buyers()).all(|buyer| !has(month, &buyer)));
        let weight = if first { Weight::Turn } else { Weight::Chips(on_order) };
        self.say(t, weight, format!("Washington licenses {names}{now}."));
    }

    fn answers(&mut self, t: usize) {
        let course = self.course;
        let (granted, refused) = (course.gains(t, |a| a.granted), course.gains(t, |a| a.refused));
        let first = !granted.is_empty() && course.total(t - 1, |a| a.granted) == course.total(0, |a| a.granted);
        let notable = self.is_notable(sum(&granted), |a| a.granted) || self.is_notable(sum(&refused), |a| a.refused);
        if !first && !notable {
            return;
        }
        let parts = [course.grants(t, &granted), course.refusals(t, &refused)];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let weight = if first { Weight::Turn } else { Weight::Chips(sum(&granted).max(sum(&refused))) };
        self.say(t, weight, format!("Beijing {}.", parts.join("; it ")));
    }

    /// Whether a month's part of a cumulative count is worth an entry.
    fn is_notable(&self, part: Chips, of: fn(&Account<1>) -> Row<Chips, 1>) -> bool {
        let whole = self.course.total(self.course.last(), of) - self.course.total(0, of);
        part >= NOTABLE_CHIPS && part.real() >= NOTABLE_SHARE * whole.real()
    }

    fn shipments(&mut self, t: usize) {
        let course = self.course;
        let shipped = course.states[t].flows.shipped[0];
        let first = (1..t).all(|month| course.states[month].flows.shipped[0] == Chips::ZERO);
        let most = t == self.most_shipped && shipped >= NOTABLE_CHIPS;
        if shipped == Chips::ZERO || !(first || most) {
            return;
        }
        let by_buyer = course.shared(&course.gains(t, |a| a.shipped), "to");
        let (what, weight) = if first { ("its first ", Weight::Turn) } else { ("", Weight::Chips(shipped)) };
        let rank = if first { "" } else { ", more than in any other month" };
        self.say(t, weight, format!("Nvidia ships {what}{} H200{rank}{by_buyer}.", chips(shipped)));
    }

    fn obstacles(&mut self, t: usize) {
        let mut fresh = Vec::new();
        for gate in Gate::ALL {
            let held = self.course.states[t].flows.held[gate as usize][0];
            let Some(why) = wording::obstacle(gate).filter(|_| held >= HELD_CHIPS) else { continue };
            if self.held[gate as usize].is_none_or(|last| t - last > HELD_AGAIN) {
                fresh.push((held, why));
            }
            self.held[gate as usize] = Some(t);
        }
        if !fresh.is_empty() {
            let held: Chips = fresh.iter().map(|(held, _)| *held).sum();
            let reasons: Vec<String> = match fresh.as_slice() {
                [(_, why)] => vec![(*why).to_owned()],
                several => several.iter().map(|(held, why)| format!("{} because {why}", chips(*held))).collect(),
            };
            let because = if fresh.len() == 1 { " because " } else { ": " };
            self.say(t, Weight::Chips(held), format!("{} ordered H200 cannot ship{because}{}.", chips(held), joined(&reasons)));
        }
    }

    fn deliveries(&mut self, t: usize) {
        let course = self.course;
        let arrived = course.states[t].flows.delivered[0];
        if arrived == Chips::ZERO {
            return;
        }
        self.last_delivery = t;
        let (before, now) = (course.total(t - 1, Account::delivered), course.total(t, Account::delivered));
        let passed = passed(&DELIVERED, before, now);
        let most = t == self.most_delivered && arrived >= NOTABLE_CHIPS;
        let weight = if before == Chips::ZERO { Weight::Turn } else { Weight::Chips(arrived) };
        let what = match passed {
            _ if before == Chips::ZERO => format!("The first {} H200 are delivered", chips(arrived)),
            Some(milestone) => format!("Deliveries reach {} with {} H200 this month", grouped(milestone), chips(arrived)),
            None if most => format!("{} H200 are delivered", chips(arrived)),
            None => return,
        };
        let rank = if most && before > Chips::ZERO { ", more than in any other month" } else { "" };
        let by_buyer = course.shared(&course.gains(t, Account::delivered), "to");
        let abroad = course.gain(t, |a| a.delivered_offshore);
        let offshore = if abroad > Chips::ZERO { format!("; {} of them go to Hong Kong sites", chips(abroad)) } else { String::new() };
        self.say(t, weight, format!("{what}{rank}{by_buyer}{offshore}."));
    }

    fn border(&mut self, t: usize) {
        let course = self.course;
        let stuck = course.total(t, |a| a.stuck);
        let waited =
            (1..=t).rev().take_while(|month| course.total(*month, |a| a.stuck) > Chips::ZERO && *month > self.last_delivery).count();
        if waited == LONG_AT_BORDER {
            let by_buyer = course.shared(&course.each(t, |a| a.stuck), "for");
            let text =
                format!("Nothing has cleared the border for {}, where {} H200 wait{by_buyer}.", count(waited, "month"), chips(stuck));
            self.say(t, Weight::Chips(stuck), text);
        }
    }

    fn seizures(&mut self, t: usize) {
        let (was, now) = (&self.course.states[t - 1], &self.course.states[t]);
        if let Some(milestone) = passed(&SEIZED, was.seized[0], now.seized[0]) {
            let premium = percent(now.flows.premium[0]);
            let text = format!(
                "Seizures of smuggled H200 reach {} since the start; the grey market pays {premium} above the list price.",
                grouped(milestone)
            );
            self.say(t, Weight::Chips(now.seized[0] - was.seized[0]), text);
        }
    }

    fn cancellations(&mut self, t: usize) {
        let course = self.course;
        let withdrawn = course.withdrawals(t);
        let on_request_or_order = course.total(t - 1, |a| each(|l| a.pending[l] + a.backlog[l]));
        let notable = sum(&withdrawn) >= NOTABLE_CHIPS && sum(&withdrawn).real() >= NOTABLE_SHARE * on_request_or_order.real();
        if t == self.most_withdrawn && notable {
            let by_buyer = course.shared(&withdrawn, "by");
            let text =
                format!("Buyers cancel {} H200 they no longer want, more than in any other month{by_buyer}.", chips(sum(&withdrawn)));
            self.say(t, Weight::Chips(sum(&withdrawn)), text);
        }
    }

    /// The sums of a calendar year that ends inside the horizon.
    fn year(&mut self, t: usize) {
        let course = self.course;
        let month = course.month(t);
        if month.month() != 12 || t == course.last() {
            return;
        }
        let (granted, delivered) = (course.total(t, |a| a.granted), course.total(t, Account::delivered));
        let amounts = match granted {
            Chips::ZERO => "nothing granted".to_owned(),
            _ => format!(
                "{} H200 granted, {} shipped and {} delivered",
                chips(granted),
                some(course.total(t, |a| a.shipped)),
                some(delivered)
            ),
        };
        let text = format!(
            "{} ends with {amounts}; {} wait for an answer, {} are cancelled, and {} came through the grey market.",
            month.year(),
            some(course.total(t, |a| a.pending)),
            some(course.total(t, |a| a.cancelled)),
            some(course.total(t, |a| a.grey)),
        );
        self.say(t, Weight::Frame, text);
    }

    /// The totals, as the path's outcomes record them.
    fn closing(&mut self) {
        let course = self.course;
        let (t, state) = (course.last(), &course.states[course.last()]);
        let earned = match course.total(t, Account::delivered) {
            Chips::ZERO => "no H200 has been delivered".to_owned(),
            delivered => {
                let (gross, fee) = (grouped(state.gross[0].whole()), grouped(state.fee[0].whole()));
                format!("{} H200 are delivered, for {gross} USD of which {fee} go to the US government", chips(delivered))
            }
        };
        let text = format!(
            "At the end {earned}; Beijing has refused {}, {} are cancelled, {} wait at the border, and {} came through the grey market.",
            some(course.total(t, |a| a.refused)),
            some(course.total(t, |a| a.cancelled)),
            some(course.total(t, |a| a.stuck)),
            some(course.total(t, |a| a.grey)),
        );
        self.say(t, Weight::Frame, text);
    }
}

/// The last milestone between two cumulative counts.
fn passed(milestones: &[i64], before: Chips, now: Chips) -> Option<i64> {
    milestones.iter().copied().rev().find(|milestone| before.whole() < *milestone && *milestone <= now.whole())
}

/// So many, or none.
fn some(amount: Chips) -> String {
    if amount == Chips::ZERO { "none".into() } else { chips(amount) }
}
