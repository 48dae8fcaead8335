//! The seeded population: which behaviour a number shows at which attempt.

use serde::{Deserialize, Serialize};

use super::behaviour::{Behaviour, Fax, Human, Reply, Screening, Talk, Voicemail};
use super::draw::Draw;

/// How common each behaviour is, relative to the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// People who hear the message out and press nothing.
    pub listens: f64,
    /// People who press 1 when asked.
    pub presses_1: f64,
    /// People who press 9 when asked.
    pub presses_9: f64,
    /// People who put the phone down while the message runs.
    pub hangs_up: f64,
    /// People who talk back.
    pub talks: f64,
    /// Answering machines, four in five of them with a beep.
    pub voicemail: f64,
    /// Call screening.
    pub screening: f64,
    /// Fax machines.
    pub fax: f64,
    /// Engaged lines.
    pub busy: f64,
    /// Nobody at home, and no machine either.
    pub no_answer: f64,
    /// Numbers out of service.
    pub failed: f64,
    /// Numbers that the provider refuses to call.
    pub refused: f64,
}

impl Default for Weights {
    /// Consumer lists of ordinary quality: a third answers, a quarter goes to a machine.
    fn default() -> Self {
        Self {
            listens: 17.0,
            presses_1: 9.0,
            presses_9: 3.0,
            hangs_up: 8.0,
            talks: 3.0,
            voicemail: 26.0,
            screening: 2.0,
            fax: 1.0,
            busy: 7.0,
            no_answer: 20.0,
            failed: 4.0,
            refused: 0.0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Listens,
    Presses1,
    Presses9,
    HangsUp,
    Talks,
    Voicemail,
    Screening,
    Fax,
    Busy,
    NoAnswer,
    Failed,
    Refused,
}

impl Kind {
    /// A fax machine is one at every attempt; a person may be out at one and in at the next.
    fn is_the_lines_own(self) -> bool {
        matches!(self, Self::Fax | Self::Failed | Self::Refused)
    }
}

impl Weights {
    fn table(&self) -> [(Kind, f64); 12] {
        [
            (Kind::Listens, self.listens),
            (Kind::Presses1, self.presses_1),
            (Kind::Presses9, self.presses_9),
            (Kind::HangsUp, self.hangs_up),
            (Kind::Talks, self.talks),
            (Kind::Voicemail, self.voicemail),
            (Kind::Screening, self.screening),
            (Kind::Fax, self.fax),
            (Kind::Busy, self.busy),
            (Kind::NoAnswer, self.no_answer),
            (Kind::Failed, self.failed),
            (Kind::Refused, self.refused),
        ]
    }
}

/// What `number` does when it is called for the `attempt`th time (from 1). A browser is at home only where a script
/// says so: nobody is signed in by chance.
pub fn behaviour(seed: u64, weights: &Weights, number: &str, attempt: u32) -> Behaviour {
    if number.starts_with("client:") {
        return Behaviour::NoAnswer;
    }
    let line = Draw::new(seed, &["line", number]).weighted(&weights.table());
    let mut draw = Draw::new(seed, &["attempt", number, &attempt.to_string()]);
    let kind = match line {
        Some(kind) if kind.is_the_lines_own() => Some(kind),
        Some(_) => {
            let passing = weights.table().map(|(kind, weight)| match kind.is_the_lines_own() {
                true => (kind, 0.0),
                false => (kind, weight),
            });
            draw.weighted(&passing)
        }
        None => None,
    };
    act(kind.unwrap_or(Kind::NoAnswer), &mut draw)
}

fn act(kind: Kind, draw: &mut Draw) -> Behaviour {
    match kind {
        Kind::Listens => Behaviour::Human(person(draw)),
        Kind::Presses1 => Behaviour::Human(Human { replies: vec![press("1", draw)], ..person(draw) }),
        Kind::Presses9 => Behaviour::Human(Human { replies: vec![press("9", draw)], ..person(draw) }),
        Kind::HangsUp => {
            Behaviour::Human(Human { hangs_up_after_seconds: Some(draw.between(1.5, 14.0)), ..person(draw) })
        }
        Kind::Talks => {
            let words = ["Who is this?", "Yes, please.", "Not interested.", "Can you call me back tomorrow?"];
            let text = words[(draw.bits() % words.len() as u64) as usize].to_owned();
            let after_seconds = draw.between(0.3, 2.0);
            Behaviour::Human(Human {
                replies: vec![Reply::Say { text, after_seconds, interrupts: false }],
                ..person(draw)
            })
        }
        Kind::Voicemail => Behaviour::Voicemail(Voicemail {
            ring_seconds: draw.between(15.0, 27.0),
            greeting_seconds: 3.0 + draw.gamma(3, 2.5),
            beep: draw.chance(0.8),
            ..Voicemail::default()
        }),
        Kind::Screening => Behaviour::Screening(Screening {
            ring_seconds: draw.between(1.0, 4.0),
            question_seconds: draw.between(4.0, 6.5),
            decides_after_seconds: draw.between(3.0, 12.0),
            accepts: draw.chance(0.25),
            replies: vec![press("1", draw)],
            ..Screening::default()
        }),
        Kind::Fax => Behaviour::Fax(Fax { ring_seconds: draw.between(1.0, 6.0), ..Fax::default() }),
        Kind::Busy => Behaviour::Busy,
        Kind::NoAnswer => Behaviour::NoAnswer,
        Kind::Failed => Behaviour::Failed,
        Kind::Refused => Behaviour::Refused(21214),
    }
}

/// Rings for nine seconds on average; says hello for about a second.
fn person(draw: &mut Draw) -> Human {
    Human {
        ring_seconds: 1.0 + draw.gamma(3, 2.7),
        hello_seconds: draw.between(0.4, 1.9),
        talks: vec![Talk { hangs_up_after_seconds: Some(25.0 + draw.gamma(2, 40.0)), ..Talk::default() }],
        ..Human::default()
    }
}

/// One in four interrupts the prompt.
fn press(keys: &str, draw: &mut Draw) -> Reply {
    let interrupts = draw.chance(0.25);
    let after_seconds = if interrupts { draw.between(2.0, 8.0) } else { draw.between(0.4, 3.5) };
    Reply::Press { keys: keys.to_owned(), after_seconds, interrupts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(i: u32) -> String {
        format!("+4930{i:07}")
    }

    #[test]
    fn a_person_is_a_function_of_seed_number_and_attempt() {
        let weights = Weights::default();
        for i in 0..200 {
            assert_eq!(behaviour(3, &weights, &number(i), 2), behaviour(3, &weights, &number(i), 2));
        }
        let differ = (0..200)
            .filter(|&i| behaviour(3, &weights, &number(i), 1) != behaviour(4, &weights, &number(i), 1));
        assert!(differ.count() > 100);
    }

    #[test]
    fn a_dead_or_fax_line_stays_one_at_every_attempt() {
        let weights = Weights { fax: 20.0, failed: 20.0, ..Weights::default() };
        for i in 0..500 {
            let first = behaviour(9, &weights, &number(i), 1);
            let later = behaviour(9, &weights, &number(i), 5);
            assert_eq!(matches!(first, Behaviour::Fax(_)), matches!(later, Behaviour::Fax(_)));
            assert_eq!(first == Behaviour::Failed, later == Behaviour::Failed);
        }
    }

    #[test]
    fn shares_follow_the_weights() {
        let weights = Weights::default();
        let total: f64 = weights.table().iter().map(|(_, weight)| weight).sum();
        let calls = 20_000;
        let share = |test: fn(&Behaviour) -> bool| {
            let hits = (0..calls).filter(|&i| test(&behaviour(1, &weights, &number(i), 1))).count();
            hits as f64 / f64::from(calls) * total
        };
        let voicemail = share(|b| matches!(b, Behaviour::Voicemail(_)));
        let failed = share(|b| *b == Behaviour::Failed);
        assert!((voicemail - weights.voicemail).abs() < 1.5, "{voicemail}");
        assert!((failed - weights.failed).abs() < 0.8, "{failed}");
    }

    #[test]
    fn with_no_weights_nobody_answers() {
        let none = Weights {
            listens: 0.0,
            presses_1: 0.0,
            presses_9: 0.0,
            hangs_up: 0.0,
            talks: 0.0,
            voicemail: 0.0,
            screening: 0.0,
            fax: 0.0,
            busy: 0.0,
            no_answer: 0.0,
            failed: 0.0,
            refused: 0.0,
        };
        assert_eq!(behaviour(1, &none, "+4930123456", 1), Behaviour::NoAnswer);
    }
}
