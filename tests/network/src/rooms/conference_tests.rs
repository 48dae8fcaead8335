use super::super::joining::{Beep, MEMBERS_MAX, Room};
use super::*;

fn room() -> Conference {
    let at: Timestamp = "2026-03-01T10:00:00Z".parse().expect("a timestamp");
    Conference {
        sid: "CF1".into(),
        account_sid: "AC1".into(),
        name: "room".into(),
        status: ConferenceStatus::Init,
        members: Vec::new(),
        events: None,
        record: None,
        began: Instant::now(),
        speed: Speed::new(1.0),
        created_at: at,
        updated_at: at,
        started: None,
        ended: None,
    }
}

fn joining() -> Joining {
    Joining {
        room: Room::Named("room".into()),
        label: None,
        muted: false,
        coaches: None,
        beep: Beep::of("false"),
        starts: true,
        ends: false,
        wait: Wait::Music,
        members_max: MEMBERS_MAX,
        events: None,
        record: false,
        recording: None,
    }
}

fn words(happened: &[Happening]) -> Vec<String> {
    let word = |happening: &Happening| match happening {
        Happening::Start => "start".to_owned(),
        Happening::End(ended) => format!("end {}", ended.reason),
        Happening::Join(member) => format!("join {}", member.call),
        Happening::Leave { member, why, .. } => format!("leave {} {}", member.call, why.as_str()),
        Happening::Announced { member, .. } => format!("announced {}", member.call),
        Happening::Member { what, member } => format!("{what} {}", member.call),
    };
    happened.iter().map(word).collect()
}

fn enter(room: &mut Conference, call: &str, joining: &Joining) -> Vec<String> {
    words(&room.admit(call, "+4930123456", joining, Stage::Joined).expect("room"))
}

#[test]
fn it_starts_with_two_of_whom_one_starts_it() {
    let mut room = room();
    let waits = Joining { starts: false, ..joining() };
    assert_eq!(enter(&mut room, "a", &waits), ["join a"]);
    assert_eq!(enter(&mut room, "b", &waits), ["join b"]);
    assert!(room.edges().is_empty());
    assert_eq!(enter(&mut room, "c", &joining()), ["join c", "start"]);
    assert_eq!(room.edges().len(), 6);
}

#[test]
fn alone_nobody_starts_it_and_it_ends_with_the_last() {
    let mut room = room();
    assert_eq!(enter(&mut room, "a", &joining()), ["join a"]);
    assert_eq!(room.status, ConferenceStatus::Init);
    let left = room.leave("a", Left::ParticipantHungUp, "completed");
    assert_eq!(words(&left), ["leave a participant_hung_up", "end last-participant-left"]);
    assert_eq!(room.status, ConferenceStatus::Completed);
}

#[test]
fn who_ends_it_on_exit_takes_all_others_along_even_those_still_ringing() {
    let mut room = room();
    enter(&mut room, "a", &joining());
    enter(&mut room, "b", &Joining { ends: true, ..joining() });
    room.admit("c", "+4930123457", &joining(), Stage::Ringing).expect("room");
    let left = room.leave("b", Left::ParticipantHungUp, "completed");
    assert_eq!(
        words(&left),
        [
            "leave b participant_hung_up",
            "leave a moderator_ended_conference",
            "leave c moderator_ended_conference",
            "end participant-with-end-conference-on-exit-left"
        ]
    );
}

#[test]
fn it_takes_no_more_than_its_most_no_label_twice_and_no_coach_of_strangers() {
    let mut room = room();
    let labelled = Joining { label: Some("person".into()), members_max: 2, ..joining() };
    enter(&mut room, "a", &labelled);
    let mut refused =
        |joining: &Joining| room.admit("x", "", joining, Stage::Joined).map(|_| ()).map_err(|e| e.code);
    assert_eq!(refused(&labelled), Err(16025));
    assert_eq!(refused(&Joining { coaches: Some("nobody".into()), ..joining() }), Err(13240));
    assert_eq!(refused(&Joining { members_max: 1, ..joining() }), Err(16020));
    assert_eq!(refused(&Joining { coaches: Some("a".into()), ..joining() }), Ok(()));
}

#[test]
fn a_change_reports_what_changed_and_nothing_twice() {
    let mut room = room();
    enter(&mut room, "a", &joining());
    enter(&mut room, "b", &joining());
    let change = Change { muted: Some(true), hold: Some(true), ends: Some(true), ..Change::default() };
    assert_eq!(words(&room.change("b", &change).expect("in")), ["mute b", "hold b", "modify b"]);
    assert!(room.edges().is_empty());
    assert!(words(&room.change("b", &change).expect("in")).is_empty());
    let back = Change { muted: Some(false), hold: Some(false), ..Change::default() };
    assert_eq!(words(&room.change("b", &back).expect("in")), ["unmute b", "unhold b"]);
    assert_eq!(room.edges().len(), 2);
}
