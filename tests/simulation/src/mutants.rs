//! Bugs on purpose: each breaks one promise of the world below the handlers, and an invariant's checker has to
//! notice. None of this is in any function: mutants live in the simulation's ports.

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// An attempt is written although it exists.
    AttemptsUnconditional,
    /// Nobody looks at versions.
    VersionsIgnored,
    /// Every request places two calls.
    CallsTwice,
    /// The suppression list always looks empty.
    SuppressionsUnseen,
    /// The dialler believes that its campaign is running.
    PausesUnseen,
    /// The dialler's clock is nine hours ahead.
    WrongClock,
    /// The dialler sees no other attempt of a contact.
    OthersUnseen,
    /// Nothing is reconciled, and the queue loses every tenth message.
    NoReconcile,
    /// An enrollment that is saved again falls out of the due index.
    RetriesFallOut,
    /// A stream batch that comes again is counted again.
    FoldUnnoted,
    /// The stream skips a record now and then.
    StreamSkips,
    /// An opt-out is acknowledged and not written down.
    OptOutsForgotten,
    /// Asked whose a call was, the provider names another attempt of the same contact.
    CallsMistaken,
}

impl Mutant {
    /// All that any world shows, with the invariants of which one has to catch it. [`Self::CallsMistaken`] needs one in
    /// which campaigns have the same contacts at the same time: [`Scenario::rivals`](crate::Scenario::rivals).
    pub const ALL: [(Self, &'static [u8]); 12] = [
        (Self::AttemptsUnconditional, &[1]),
        (Self::VersionsIgnored, &[1, 2, 3, 5]),
        (Self::CallsTwice, &[1]),
        (Self::SuppressionsUnseen, &[2]),
        (Self::PausesUnseen, &[2]),
        (Self::WrongClock, &[2]),
        (Self::OthersUnseen, &[2]),
        (Self::NoReconcile, &[3]),
        (Self::RetriesFallOut, &[3]),
        (Self::FoldUnnoted, &[5]),
        (Self::StreamSkips, &[5]),
        (Self::OptOutsForgotten, &[5]),
    ];
}
