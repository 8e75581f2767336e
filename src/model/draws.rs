//! Which draw belongs to what: the sources of `model.md` 4.14, by name.
//!
//! Buyers are addressed by key, so that adding, removing or reordering one moves nobody else's luck.

use crate::lanes::Row;
use crate::random::{DrawRows, PathKey, Place, Tag};

/// The tags of all draws, hashed once per model.
#[derive(Clone, Debug)]
pub struct Tags {
    beijing: Tag,
    washington: Tag,
    diplomacy: Tag,
    capacity: Tag,
    squeeze: Tag,
    yields: Tag,
    domestic: Tag,
    review: Tag,
    clearing: Tag,
    diversion: Tag,
    seizure: Tag,
    buyers: Vec<BuyerTags>,
}

#[derive(Clone, Debug)]
struct BuyerTags {
    needs: Tag,
    licence: Tag,
    review: Tag,
    grant: Tag,
    clearing: Tag,
    cancellation: Tag,
}

impl Tags {
    /// The tags for buyers with these keys.
    pub fn new<'a>(buyers: impl Iterator<Item = &'a str>) -> Self {
        let buyer = |key: &str| BuyerTags {
            needs: Tag::new("needs", key),
            licence: Tag::new("licences", key),
            review: Tag::new("review", key),
            grant: Tag::new("grants", key),
            clearing: Tag::new("clearing", key),
            cancellation: Tag::new("cancellation", key),
        };
        Self {
            beijing: Tag::new("policy", "beijing"),
            washington: Tag::new("policy", "washington"),
            diplomacy: Tag::new("policy", "diplomacy"),
            capacity: Tag::new("line", "capacity"),
            squeeze: Tag::new("line", "squeeze"),
            yields: Tag::new("line", "yield"),
            domestic: Tag::new("domestic", "pool"),
            // No buyer key has a space, so the common factors collide with nobody.
            review: Tag::new("review", "common factor"),
            clearing: Tag::new("clearing", "common factor"),
            diversion: Tag::new("grey", "diversion"),
            seizure: Tag::new("grey", "seizure"),
            buyers: buyers.map(buyer).collect(),
        }
    }

    /// Gives a block of paths its luck, in place: nothing is allocated but the first time.
    #[inline(always)]
    pub fn draw<const N: usize>(&self, keys: &Row<PathKey, N>, luck: &mut Luck<N>) {
        let one = |tag| DrawRows::new(keys, tag);
        let each = |list: &mut Vec<_>, tag: fn(&BuyerTags) -> Tag| {
            list.clear();
            list.extend(self.buyers.iter().map(|tags| one(tag(tags))));
        };
        luck.now = Place::new(keys);
        luck.beijing = one(self.beijing);
        luck.washington = one(self.washington);
        luck.diplomacy = one(self.diplomacy);
        luck.capacity = one(self.capacity);
        luck.squeeze = one(self.squeeze);
        luck.yields = one(self.yields);
        luck.domestic = one(self.domestic);
        luck.review = one(self.review);
        luck.clearing = one(self.clearing);
        luck.diversion = one(self.diversion);
        luck.seizure = one(self.seizure);
        each(&mut luck.needs, |b| b.needs);
        each(&mut luck.licences, |b| b.licence);
        each(&mut luck.reviews, |b| b.review);
        each(&mut luck.grants, |b| b.grant);
        each(&mut luck.clearings, |b| b.clearing);
        each(&mut luck.cancellations, |b| b.cancellation);
    }
}

/// All draws of a block of paths, by what they decide. Lists run over buyers.
#[derive(Clone, Debug, Default)]
pub struct Luck<const N: usize> {
    /// The month that is being played.
    pub now: Place<N>,
    /// Slot 0 Beijing's move, 1 the clampdown.
    pub beijing: DrawRows<N>,
    /// Slot 0 Washington's move, 1 the revocation.
    pub washington: DrawRows<N>,
    /// Slot 0 what moves both.
    pub diplomacy: DrawRows<N>,
    /// Slot 0 the capacity shock (month 0: the stationary start).
    pub capacity: DrawRows<N>,
    /// Slot 0 whether a squeeze begins or ends.
    pub squeeze: DrawRows<N>,
    /// Slots 0 and 1 the batch that finishes.
    pub yields: DrawRows<N>,
    /// Slot 0 the domestic supply shock.
    pub domestic: DrawRows<N>,
    /// Slot 0 Beijing's mood in the month's reviews.
    pub review: DrawRows<N>,
    /// Slot 0 the border's mood in the month.
    pub clearing: DrawRows<N>,
    /// Slot 0 chips diverted.
    pub diversion: DrawRows<N>,
    /// Slot 0 chips seized.
    pub seizure: DrawRows<N>,
    /// Slot 0 a buyer's need shock.
    pub needs: Vec<DrawRows<N>>,
    /// Slot 0 whether a licence is decided, 1 how.
    pub licences: Vec<DrawRows<N>>,
    /// Slot 0 a buyer's own part of the review.
    pub reviews: Vec<DrawRows<N>>,
    /// Slots 0 and 1 how much is granted.
    pub grants: Vec<DrawRows<N>>,
    /// Slot 0 a buyer's own part of the clearing.
    pub clearings: Vec<DrawRows<N>>,
    /// Slot 0 requests, 1 orders cancelled.
    pub cancellations: Vec<DrawRows<N>>,
}
