//! Who hears whom: the audio graph of a conference at one instant.

/// Somebody who is in a running conference, as far as sound goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Voice<'a> {
    pub(crate) call: &'a str,
    pub(crate) muted: bool,
    pub(crate) held: bool,
    /// The only one who hears this one.
    pub(crate) coaches: Option<&'a str>,
}

/// From whom to whom sound goes, as (speaker, listener).
pub(crate) type Edge = (String, String);

impl Voice<'_> {
    fn hears(&self, speaker: &Voice<'_>) -> bool {
        self.call != speaker.call
            && !self.held
            && !speaker.held
            && !speaker.muted
            && speaker.coaches.is_none_or(|coached| coached == self.call)
    }
}

/// All edges, in the order of the voices.
pub(crate) fn edges(voices: &[Voice<'_>]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for speaker in voices {
        for listener in voices.iter().filter(|listener| listener.hears(speaker)) {
            edges.push((speaker.call.to_owned(), listener.call.to_owned()));
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Voice<'static> = Voice { call: "", muted: false, held: false, coaches: None };
    const PERSON: Voice<'static> = Voice { call: "person", ..PLAIN };
    const AGENT: Voice<'static> = Voice { call: "agent", ..PLAIN };

    fn heard(voices: &[Voice<'_>]) -> Vec<String> {
        edges(voices).iter().map(|(from, to)| format!("{from}>{to}")).collect()
    }

    #[test]
    fn two_in_a_room_hear_each_other() {
        assert_eq!(heard(&[PERSON, AGENT]), ["person>agent", "agent>person"]);
        assert!(heard(&[PERSON]).is_empty());
    }

    #[test]
    fn the_muted_hear_and_are_not_heard_and_the_held_neither() {
        assert_eq!(heard(&[PERSON, Voice { muted: true, ..AGENT }]), ["person>agent"]);
        assert!(heard(&[Voice { held: true, ..PERSON }, AGENT]).is_empty());
    }

    #[test]
    fn a_coach_hears_all_and_is_heard_by_the_coached_alone() {
        let coach = Voice { call: "coach", coaches: Some("agent"), ..PLAIN };
        assert_eq!(
            heard(&[PERSON, AGENT, coach]),
            ["person>agent", "person>coach", "agent>person", "agent>coach", "coach>agent"]
        );
    }
}
