use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn campaign(changes: serde_json::Value) -> Campaign {
    let day = serde_json::json!([["09:00", "20:00"]]);
    let mut plan = serde_json::json!({
        "name": "Test", "purpose": "informational", "timezone": "Europe/Berlin", "caller_ids": ["+493087654321"],
        "window": {"mon": day, "tue": day, "wed": day, "thu": day, "fri": day},
        "retry": {"attempts_max": 1},
        "pace": {"calls_per_second": 2, "wave_seconds": 60},
        "script": {"language": "de-DE", "greeting": "Guten Tag."},
    });
    for (field, value) in changes.as_object().expect("an object") {
        plan[field] = value.clone();
    }
    Campaign {
        id: "cmp_1".parse().expect("an id"),
        state: CampaignState::Running,
        plan: serde_json::from_value(plan).expect("a plan"),
        shards: 4,
        run: 1,
        run_at: None,
        imports_open: std::collections::BTreeSet::new(),
        created_at: at("2026-11-01T00:00:00Z"),
        started_at: None,
        completed_at: None,
    }
}

const NOON: &str = "2026-11-20T11:00:00Z";

fn begun(campaign: &Campaign) -> RunProgress {
    RunProgress::begin(1, None, campaign.plan.day(at(NOON)).0, at(NOON))
}

#[test]
fn waves_follow_each_other_without_gap_or_overlap() {
    let campaign = campaign(serde_json::json!({}));
    let mut run = begun(&campaign);
    let now = at(NOON);
    assert_eq!(run.stance(&campaign, 1, now), Stance::Plan { room: 120, from: now });
    run.record_wave(&campaign, 120, now, Some("0001#5#con_a".into()), now);
    assert_eq!(run.paced_until, at("2026-11-20T11:01:00Z"));
    assert_eq!(
        run.stance(&campaign, 1, now),
        Stance::Wait(at("2026-11-20T11:00:30Z")),
        "one wave ahead is enough"
    );
    let half = at("2026-11-20T11:00:30Z");
    assert_eq!(run.stance(&campaign, 1, half), Stance::Plan { room: 120, from: at("2026-11-20T11:01:00Z") });
}

#[test]
fn a_daily_limit_holds_to_the_campaigns_own_midnight() {
    let campaign = campaign(serde_json::json!({"daily_limit": 100}));
    let mut run = begun(&campaign);
    let now = at(NOON);
    assert_eq!(run.stance(&campaign, 1, now), Stance::Plan { room: 100, from: now });
    run.record_wave(&campaign, 100, now, Some("0001#5#con_a".into()), now);
    let later = at("2026-11-20T15:00:00Z");
    assert_eq!(
        run.stance(&campaign, 1, later),
        Stance::Wait(at("2026-11-20T23:00:00Z")),
        "midnight in Berlin"
    );
    let tomorrow = at("2026-11-20T23:00:00Z");
    assert_eq!(run.stance(&campaign, 1, tomorrow), Stance::Plan { room: 100, from: tomorrow });
}

#[test]
fn a_limited_wave_does_not_reach_past_midnight() {
    let campaign = campaign(serde_json::json!({"daily_limit": 100}));
    let run = begun(&campaign);
    let late = at("2026-11-20T22:59:50Z");
    assert_eq!(
        run.stance(&campaign, 1, late),
        Stance::Plan { room: 20, from: late },
        "ten seconds at two a second"
    );
}

#[test]
fn who_may_not_plan_is_told_so() {
    let running = campaign(serde_json::json!({}));
    let run = begun(&running);
    assert_eq!(run.stance(&running, 2, at(NOON)), Stance::Superseded, "an execution of another run");
    for (state, stance) in [
        (CampaignState::Paused, Stance::Superseded),
        (CampaignState::Completed, Stance::Superseded),
        (CampaignState::Archived, Stance::Superseded),
        (CampaignState::Draft, Stance::Superseded),
        (CampaignState::Stopping, Stance::WindUp),
    ] {
        assert_eq!(run.stance(&Campaign { state, ..running.clone() }, 1, at(NOON)), stance);
    }
    let ended = campaign(serde_json::json!({"end_at": "2026-11-20T10:00:00Z"}));
    assert_eq!(run.stance(&ended, 1, at(NOON)), Stance::WindUp);
    let ahead = campaign(serde_json::json!({"start_at": "2026-11-21T10:00:00Z"}));
    assert_eq!(run.stance(&ahead, 1, at(NOON)), Stance::Wait(at("2026-11-21T10:00:00Z")));
}

#[test]
fn only_waves_that_are_long_past_have_settled() {
    let campaign = campaign(serde_json::json!({}));
    let mut run = begun(&campaign);
    run.record_wave(&campaign, 120, at(NOON), Some("0001#5#con_a".into()), at(NOON));
    let second = at("2026-11-20T11:01:00Z");
    run.record_wave(&campaign, 120, second, Some("0002#5#con_b".into()), second);
    let grace = SignedDuration::from_mins(5);
    assert_eq!(run.settled(at("2026-11-20T11:05:59Z"), grace), None);
    assert_eq!(run.settled(at("2026-11-20T11:06:00Z"), grace), Some("0001#5#con_a"));
    assert_eq!(run.settled(at("2026-11-20T11:07:00Z"), grace), Some("0002#5#con_b"));
}

#[test]
fn a_planner_that_never_rests_still_remembers_a_wave_that_has_settled() {
    let campaign = campaign(serde_json::json!({}));
    let mut run = begun(&campaign);
    let (grace, half_minute) = (SignedDuration::from_mins(5), SignedDuration::from_secs(30));
    for wave in 0..60 {
        let now = at(NOON) + half_minute * wave;
        run.record_wave(&campaign, 60, now, Some(format!("{wave:04}")), now);
    }
    let now = at(NOON) + half_minute * 60;
    let settled = run.settled(now, grace).expect("lost orders are looked for while the campaign goes on");
    assert!(("0045".."0050").contains(&settled), "{settled}");
    assert!(run.waves.len() <= WAVES_KEPT);
}

#[test]
fn a_planner_is_sent_back_and_never_forward() {
    let campaign = campaign(serde_json::json!({}));
    let mut run = begun(&campaign);
    run.record_wave(&campaign, 1, at(NOON), Some("0005".into()), at(NOON));
    run.rewind(Some("0007".into()));
    assert_eq!(run.frontier.as_deref(), Some("0005"));
    run.rewind(Some("0003".into()));
    assert_eq!(run.frontier.as_deref(), Some("0003"));
    assert_eq!(run.seen.as_deref(), Some("0005"), "what has been seen stays known");
    run.rewind(None);
    assert_eq!(run.frontier, None);
}

#[test]
fn a_planner_that_is_back_still_tends_what_it_had_seen() {
    let campaign = campaign(serde_json::json!({}));
    let (mut run, now) = (begun(&campaign), at(NOON));
    let grace = SignedDuration::from_secs(120);
    run.record_wave(&campaign, 1, now, Some("0003".into()), now);
    assert_eq!(run.tended(now, grace), None, "it is being called");
    let later = now + SignedDuration::from_mins(3);
    assert_eq!(run.tended(later, grace), Some("0003"));
    run.rewind(Some("0001".into()));
    assert_eq!(run.tended(later, grace), Some("0003"));
    run.record_wave(&campaign, 1, later, Some("0002".into()), later);
    let much_later = later + SignedDuration::from_mins(3);
    assert_eq!(run.settled(much_later, grace), Some("0002"), "beyond, nothing counts as lost yet");
    assert_eq!(run.tended(much_later, grace), Some("0003"));
    run.record_wave(&campaign, 1, much_later, Some("0004".into()), much_later);
    assert_eq!(run.tended(much_later, grace), Some("0002"), "it has caught up");
    let resumed = RunProgress::begin(2, Some(&run), run.day, much_later);
    assert_eq!(resumed.tended(much_later, grace), Some("0004"));
}

#[test]
fn a_resumed_run_starts_at_the_front_and_keeps_the_days_count() {
    let campaign = campaign(serde_json::json!({"daily_limit": 100}));
    let mut run = begun(&campaign);
    run.record_wave(&campaign, 60, at(NOON), Some("0005".into()), at(NOON));
    let resumed = RunProgress::begin(2, Some(&run), run.day, at(NOON));
    assert_eq!((resumed.frontier.as_deref(), resumed.seen.as_deref()), (None, Some("0005")));
    assert_eq!(resumed.planned_today, 60);
}

#[test]
fn a_call_on_its_way_takes_one_of_those_who_were_free_then_and_nobody_who_became_free_since() {
    let second = |second: i64| at(NOON) + SignedDuration::from_secs(second);
    let mut run = begun(&campaign(serde_json::json!({})));
    let idle = [second(-60), second(-50), second(-40)];
    assert_eq!(run.room_for_agents(&idle, second(0)), 3);
    run.ask_agents(2, &idle, second(0));
    assert_eq!(run.room_for_agents(&idle, second(1)), 1, "two of them are as good as held");
    assert_eq!(run.agents_told_by(&idle, second(1)), Some(second(6)));
    // Two have been rung, and one of them did not pick up: nobody is on the way to them.
    let left = [second(-40), second(3)];
    assert_eq!(run.room_for_agents(&left, second(3)), 1);
    assert_eq!(run.room_for_agents(&left[1..], second(3)), 1);
    assert_eq!(run.agents_told_by(&left[1..], second(3)), None);
    // Asked once more, what is on its way adds up, and is over some seconds after the last of it.
    run.ask_agents(1, &left, second(3));
    assert_eq!(run.room_for_agents(&left, second(4)), 0);
    assert_eq!(run.room_for_agents(&left, second(9)), 2, "what has not come by now was dropped");
}
