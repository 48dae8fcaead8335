//! What can go wrong, and how often. Every seed switches some of it on and some of it off: a world in which
//! everything goes wrong at once hides what only one thing going wrong would show.

use crate::dice::Dice;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident: $rates:expr;)*) => {
        /// How often each thing goes wrong, times in a million.
        #[derive(Clone, Debug, Default)]
        pub struct Faults {
            $($(#[$doc])* pub $name: u32,)*
        }

        impl Faults {
            /// What a seed has in store.
            #[must_use]
            pub fn thrown(dice: &mut Dice) -> Self {
                Self { $($name: dice.pick(&$rates),)* }
            }
        }
    };
}

const RARE: [u32; 4] = [0, 0, 1_000, 5_000];
const SOME: [u32; 4] = [0, 5_000, 20_000, 60_000];
const OFTEN: [u32; 4] = [0, 20_000, 100_000, 250_000];

faults! {
    /// A function dies before an effect.
    crash_before: RARE;
    /// A function dies after an effect, before it learns of it.
    crash_after: RARE;
    /// The table throttles; nothing has happened.
    busy_before: RARE;
    /// The table does what it is asked, and the answer is lost.
    busy_after: RARE;
    /// The same, and the client asks again by itself: its own write is in its way.
    conflict_with_itself: RARE;
    /// An effect takes seconds.
    slow: RARE;
    /// The provider refuses a call for good.
    refused: SOME;
    /// The provider asks to slow down.
    throttled: OFTEN;
    /// The provider cannot be reached.
    unavailable: SOME;
    /// A call is placed and the answer is lost.
    placed_unheard: SOME;
    /// A call is placed a while after the answer is lost.
    placed_late: RARE;
    /// A call is not placed, and nobody says so.
    lost_unheard: SOME;
    /// The provider cannot be asked what became of a call.
    ask_fails: OFTEN;
    /// The tenant's telephone is not to be had.
    no_telephone: RARE;
    /// A callback never comes.
    callback_lost: OFTEN;
    /// A callback comes minutes late.
    callback_late: OFTEN;
    /// A callback comes again.
    callback_twice: OFTEN;
    /// A message is delivered again while it is being handled.
    message_twice: OFTEN;
    /// A message that has been handled is not deleted.
    delete_lost: SOME;
    /// Some messages are not queued.
    send_fails: SOME;
    /// All messages are queued, and the answer is lost.
    send_unheard: SOME;
    /// A message becomes visible later than asked.
    message_late: OFTEN;
    /// An execution is lost.
    execution_lost: RARE;
    /// Two planners at once.
    planner_twice: SOME;
    /// An execution cannot be started.
    launch_fails: SOME;
    /// An execution is started, and the answer is lost.
    launch_unheard: SOME;
    /// A batch of the stream is delivered again although it was handled.
    checkpoint_lost: OFTEN;
    /// The stream stands still for half a minute.
    stream_slow: SOME;
    /// A minute without a sweep.
    sweep_skipped: OFTEN;
}
