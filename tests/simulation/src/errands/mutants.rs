//! Bugs on purpose, in what lies between the functions and the world: each must break a promise.

use super::check;

/// A bug on purpose, for the checker to notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrandMutant {
    /// A batch of the stream that failed is taken as dealt with.
    BatchesSkipped,
    /// A message is gone as soon as a function has it.
    GoneWhenReceived,
    /// What is put off is lost now and then.
    ComeBacksLost,
    /// Nobody keeps dead letters.
    DeadLettersLost,
    /// What became of a delivery is not written now and then.
    DeliveriesSwallowed,
    /// A repeated change has another name.
    ChangesRenamed,
    /// The network leads elsewhere now and then.
    PostsAstray,
    /// What a hook asks for is not read.
    KindsUnread,
    /// A new secret is shown and not kept.
    RotationsForgotten,
    /// An old secret signs for ever.
    SecretsForever,
    /// Deliveries are written whatever has become of them meanwhile.
    DeliveriesUnconditional,
    /// That a delivery is over is not seen.
    EndsUnseen,
    /// That a hook took something is not noted.
    SuccessUnnoted,
    /// A hook's trouble is taken to have begun long ago.
    TroubleOlder,
    /// That a hook is disabled is not kept.
    DisablingLost,
    /// The bucket takes a recording and forgets it now and then.
    PutsForgotten,
    /// The bucket says of what it does not have that it does.
    HeadsLie,
    /// The provider deletes what is fetched.
    ProviderDeletesEarly,
    /// The provider does not delete what it says it does.
    ProviderKeeps,
    /// Orders to keep a recording are lost now and then.
    RecordingOrdersLost,
    /// The bucket does not delete what it says it does.
    BucketKeeps,
    /// The stream does not say that a recording was forgotten.
    ForgettingUnsaid,
}

impl ErrandMutant {
    /// All of them, each with the promise that it breaks.
    pub const ALL: [(Self, u8); 22] = [
        (Self::BatchesSkipped, check::TOLD),
        (Self::GoneWhenReceived, check::TOLD),
        (Self::ComeBacksLost, check::TOLD),
        (Self::DeadLettersLost, check::KEPT),
        (Self::DeliveriesSwallowed, check::TOLD),
        (Self::ChangesRenamed, check::SAME_MESSAGE),
        (Self::PostsAstray, check::ADDRESSED),
        (Self::KindsUnread, check::ADDRESSED),
        (Self::RotationsForgotten, check::SIGNED),
        (Self::SecretsForever, check::SIGNED),
        (Self::DeliveriesUnconditional, check::DONE_ONCE),
        (Self::EndsUnseen, check::DONE_ONCE),
        (Self::SuccessUnnoted, check::DISABLED),
        (Self::TroubleOlder, check::DISABLED),
        (Self::DisablingLost, check::DISABLED),
        (Self::PutsForgotten, check::KEPT),
        (Self::HeadsLie, check::KEPT),
        (Self::ProviderDeletesEarly, check::KEPT),
        (Self::ProviderKeeps, check::KEPT),
        (Self::RecordingOrdersLost, check::KEPT),
        (Self::BucketKeeps, check::FORGOTTEN),
        (Self::ForgettingUnsaid, check::FORGOTTEN),
    ];
}
