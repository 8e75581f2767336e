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

    /// The luck of a block of paths.
    pub fn luck<const N: usize>(&self, keys: &Row<PathKey, N>) -> Luck<N> {
        let one = |tag| DrawRows::new(keys, tag);
        let each = |tag: fn(&BuyerTags) -> Tag| self.buyers.iter().map(|tags| one(tag(tags))).collect();
        Luck {
            now: Place::new(keys),
            beijing: one(self.beijing),
            washington: one(self.washington),
            diplomacy: one(self.diplomacy),
            capacity: one(self.capacity),
            squeeze: one(self.squeeze),
            yields: one(self.yields),
            domestic: one(self.domestic),
            review: one(self.review),
            clearing: one(self.clearing),
            diversion: one(self.diversion),
            seizure: one(self.seizure),
            needs: each(|b| b.needs),
            licences: each(|b| b.licence),
            reviews: each(|b| b.review),
            grants: each(|b| b.grant),
            clearings: each(|b| b.clearing),
            cancellations: each(|b| b.cancellation),
        }
    }
}

/// All draws of a block of paths, by what they decide. Lists run over buyers.
#[derive(Clone, Debug)]
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
