//! Answering-machine detection as Twilio documents it: it measures speech and silence, and so it errs.
//!
//! A long "hello" passes for a machine and a short greeting for a person, as in life.

use std::time::Duration;

/// Which verdict the caller asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `Enable`: as soon as it is known.
    Enable,
    /// `DetectMessageEnd`: at once for people, at the end of the greeting for machines.
    DetectMessageEnd,
}

/// The tuning parameters of a call, within Twilio's ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// `MachineDetectionTimeout`: when to give up.
    pub timeout: Duration,
    /// `MachineDetectionSpeechThreshold`: speech longer than this is a machine's.
    pub speech: Duration,
    /// `MachineDetectionSpeechEndThreshold`: silence longer than this ends speech.
    pub speech_end: Duration,
    /// `MachineDetectionSilenceTimeout`: initial silence longer than this is `unknown`.
    pub silence: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            speech: Duration::from_millis(2_400),
            speech_end: Duration::from_millis(1_200),
            silence: Duration::from_millis(5_000),
        }
    }
}

/// How the first speech on the line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// By falling silent.
    #[default]
    Silence,
    /// By a beep.
    Beep,
}

/// What is heard after pick-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sound {
    /// How long somebody speaks; zero is silence from the start.
    pub speech: Duration,
    /// How that ends.
    pub ending: Ending,
    /// A fax machine's tone, instead of all that.
    pub carrier_tone: bool,
}

/// Who answered, in Twilio's words, and how long it took to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The value of `AnsweredBy`.
    pub answered_by: &'static str,
    /// The value of `MachineDetectionDuration`.
    pub after: Duration,
}

/// How long a fax tone takes to recognise.
const TONE: Duration = Duration::from_millis(2_100);
/// How long a beep takes to recognise.
const BEEP: Duration = Duration::from_millis(400);

/// What detection makes of what it hears.
pub fn verdict(mode: Mode, tuning: &Tuning, sound: &Sound) -> Verdict {
    let Verdict { answered_by, after } = hear(mode, tuning, sound);
    match after <= tuning.timeout {
        true => Verdict { answered_by, after },
        // A machine that talks on past the time-out is known to be a machine, but not its message's end.
        false => Verdict { answered_by: "unknown", after: tuning.timeout },
    }
}

fn hear(mode: Mode, tuning: &Tuning, sound: &Sound) -> Verdict {
    if sound.carrier_tone {
        return Verdict { answered_by: "fax", after: TONE };
    }
    if sound.speech.is_zero() {
        return Verdict { answered_by: "unknown", after: tuning.silence };
    }
    let fell_silent = sound.speech + tuning.speech_end;
    if sound.speech < tuning.speech && sound.ending == Ending::Silence {
        return Verdict { answered_by: "human", after: fell_silent };
    }
    match (mode, sound.ending) {
        (Mode::Enable, Ending::Silence | Ending::Beep) => {
            Verdict { answered_by: "machine_start", after: tuning.speech.min(sound.speech + BEEP) }
        }
        (Mode::DetectMessageEnd, Ending::Beep) => {
            Verdict { answered_by: "machine_end_beep", after: sound.speech + BEEP }
        }
        (Mode::DetectMessageEnd, Ending::Silence) => {
            Verdict { answered_by: "machine_end_silence", after: fell_silent }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(ms: u64, ending: Ending) -> Sound {
        Sound { speech: Duration::from_millis(ms), ending, carrier_tone: false }
    }

    #[test]
    fn the_table_of_verdicts() {
        let silent = Sound::default();
        let fax = Sound { carrier_tone: true, ..silent };
        for (mode, sound, expected, ms) in [
            (Mode::Enable, speech(800, Ending::Silence), "human", 2_000),
            (Mode::DetectMessageEnd, speech(800, Ending::Silence), "human", 2_000),
            (Mode::Enable, speech(2_600, Ending::Silence), "machine_start", 2_400),
            (Mode::Enable, speech(9_000, Ending::Beep), "machine_start", 2_400),
            (Mode::DetectMessageEnd, speech(9_000, Ending::Beep), "machine_end_beep", 9_400),
            (Mode::DetectMessageEnd, speech(9_000, Ending::Silence), "machine_end_silence", 10_200),
            (Mode::DetectMessageEnd, speech(45_000, Ending::Beep), "unknown", 30_000),
            (Mode::Enable, silent, "unknown", 5_000),
            (Mode::Enable, fax, "fax", 2_100),
        ] {
            let heard = verdict(mode, &Tuning::default(), &sound);
            assert_eq!((heard.answered_by, heard.after.as_millis()), (expected, ms), "{mode:?} {sound:?}");
        }
    }

    #[test]
    fn a_higher_threshold_takes_a_long_hello_for_a_person() {
        let long = speech(2_600, Ending::Silence);
        let patient = Tuning { speech: Duration::from_millis(4_000), ..Tuning::default() };
        assert_eq!(verdict(Mode::Enable, &Tuning::default(), &long).answered_by, "machine_start");
        assert_eq!(verdict(Mode::Enable, &patient, &long).answered_by, "human");
    }
}
