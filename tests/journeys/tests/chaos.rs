//! The same endings on a bad day: callbacks lost, doubled and out of order, functions killed, orders delivered twice,
//! poison in the queue, a token rotated. Faults are the whole world's, so these run alone (.config/nextest.toml).
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use journeys::api::Api;
use journeys::world::World;
use journeys::{campaign, floor, functions, people, wait};
use serde_json::{Value, json};

/// Without nextest the tests of one file share a process and its threads.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a fault changed is put back whatever becomes of the test.
struct Restore<F: FnMut()>(F);

impl<F: FnMut()> Drop for Restore<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A queue of the deployed stack.
struct Queue {
    client: Aws,
    url: String,
    runtime: tokio::runtime::Runtime,
}

impl Queue {
    fn of(world: &World, output: &str) -> Result<Self> {
        let env = Env::of([
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", &world.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", &world.endpoint),
        ]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client: Aws::from_env(&env)?, url: world.outputs[output].clone(), runtime })
    }

    fn send(&self, body: &str) -> Result<()> {
        let request = self.client.sqs().send_message().queue_url(&self.url).message_body(body);
        self.runtime.block_on(request.send())?;
        Ok(())
    }

    /// Takes what there is off the queue.
    fn take(&self) -> Result<Vec<String>> {
        let sqs = self.client.sqs();
        let request =
            sqs.receive_message().queue_url(&self.url).max_number_of_messages(10).wait_time_seconds(0);
        let mut bodies = Vec::new();
        for message in self.runtime.block_on(request.send())?.messages.unwrap_or_default() {
            let handle = message.receipt_handle.context("no receipt")?;
            self.runtime.block_on(sqs.delete_message().queue_url(&self.url).receipt_handle(handle).send())?;
            bodies.extend(message.body);
        }
        Ok(bodies)
    }

    fn waiting(&self) -> Result<u32> {
        let name = "ApproximateNumberOfMessages";
        let request =
            self.client.sqs().get_queue_attributes().queue_url(&self.url).attribute_names(name.into());
        let found = self.runtime.block_on(request.send())?.attributes.unwrap_or_default();
        Ok(found.get(&name.into()).and_then(|count| count.parse().ok()).unwrap_or(0))
    }

    /// How soon what was received and not deleted comes again.
    fn comes_again_after(&self, seconds: u32) -> Result<()> {
        let name = "VisibilityTimeout";
        let request = self.client.sqs().set_queue_attributes().queue_url(&self.url);
        self.runtime.block_on(request.attributes(name.into(), seconds.to_string()).send())?;
        Ok(())
    }
}

/// The template's.
const VISIBILITY_SECONDS: u32 = 180;

/// A command of xtask in this world.
fn xtask(arguments: &[&str]) -> Result<String> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").context("run by cargo")?;
    let root = Path::new(&package).join("../..");
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["run", "--quiet", "--package", "xtask", "--"]);
    if let Some(world) = std::env::var_os("WORLD") {
        let folder = Path::new(&world).parent().context("the world's file stands in a folder")?.to_owned();
        command.arg("--world-dir").arg(folder);
    }
    let output = command.args(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    anyhow::ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(text)
}

/// Kinds of people: what they do, attempt by attempt, and how their enrollment ends.
fn kinds() -> [(Vec<Value>, &'static str); 6] {
    [
        (vec![people::presses("1")], "reached"),
        (vec![people::presses("9")], "opted_out"),
        (vec![people::listens()], "reached"),
        (vec![people::machine()], "message_left"),
        (vec![json!("busy"), people::presses("1")], "reached"),
        (vec![json!("no_answer"), json!("no_answer")], "exhausted"),
    ]
}

const OF_EACH: usize = 10;

/// A campaign of sixty, through to its end. Returns its progress and who was called how often.
fn run(world: &World, api: &Api, name: &str) -> Result<(Value, BTreeMap<usize, Vec<usize>>)> {
    let mut numbers = Vec::new();
    for (lines, _) in kinds() {
        for _ in 0..OF_EACH {
            numbers.push((people::number(), lines.clone()));
        }
    }
    world.network().script(numbers.iter().map(|(number, lines)| (number, lines.clone())))?;
    let mut plan = campaign::plan_at_any_hour(name);
    plan["retry"] = json!({"attempts_max": 12, "rules": {
        "busy": {"times": 3, "after": "PT3S"},
        "no_answer": {"times": 1, "after": "PT3S"},
        "not_placed": {"times": 9, "after": "PT2S"},
    }});
    let id = campaign::create(api, &plan)?;
    let list: Vec<String> = numbers.iter().map(|(number, _)| number.clone()).collect();
    campaign::fill(api, &id, &people::list(&list))?;
    campaign::command(api, &id, "start")?;
    let progress = campaign::completed(api, &id, 400, |_| {})?;

    let calls: Vec<_> =
        world.network().calls()?.into_iter().filter(|call| call.attempt.contains(&id)).collect();
    let mut attempts: Vec<&str> = calls.iter().map(|call| call.attempt.as_str()).collect();
    attempts.sort_unstable();
    let placed = attempts.len();
    attempts.dedup();
    assert_eq!(attempts.len(), placed, "an attempt was called twice");
    let mut called: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, (number, _)) in numbers.iter().enumerate() {
        let times = calls.iter().filter(|call| call.to == *number).count();
        called.entry(at / OF_EACH).or_default().push(times);
    }
    assert_eq!(progress["calls_in_progress"], 0, "{progress}");
    let sum: u64 = progress["outcomes"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(progress["attempts"], json!(sum), "every attempt has its outcome: {progress}");
    Ok((progress, called))
}

fn without_unplaced(progress: &Value) -> BTreeMap<String, u64> {
    let outcomes = progress["outcomes"].as_object().unwrap().iter();
    let outcomes = outcomes.filter(|(name, count)| *name != "not_placed" && **count != json!(0));
    outcomes.map(|(name, count)| (name.clone(), count.as_u64().unwrap())).collect()
}

#[test]
fn on_a_bad_day_the_counts_are_those_of_a_good_one() -> Result<()> {
    let _alone = alone();
    let (world, api) = World::for_tests()?;
    let (calm, calls_when_calm) = run(&world, &api, "A good day")?;

    let dial = Queue::of(&world, "DialQueueUrl")?;
    let network = world.network();
    let _restore = Restore(|| {
        let calm = json!({"callback_lost": 0.0, "callback_duplicated": 0.0, "callback_reordered": 0.0});
        network.configure(&json!({"faults": calm})).unwrap();
        dial.comes_again_after(VISIBILITY_SECONDS).unwrap();
    });
    let bad = json!({"callback_lost": 0.1, "callback_duplicated": 0.2, "callback_reordered": 0.2});
    network.configure(&json!({"faults": bad}))?;
    dial.comes_again_after(4)?;
    let over = Arc::new(AtomicBool::new(false));
    let killer = {
        let (over, endpoint) = (Arc::clone(&over), world.endpoint.clone());
        std::thread::spawn(move || {
            let doomed = ["Dial", "PlanWave", "Reconcile", "Aggregate", "TwilioVoice"];
            let mut killed = 0;
            for turn in 0.. {
                std::thread::sleep(Duration::from_millis(1_700));
                if over.load(Ordering::Relaxed) {
                    break;
                }
                killed += functions::kill(doomed[turn % doomed.len()], &endpoint);
            }
            killed
        })
    };
    let stormy = run(&world, &api, "A bad day");
    over.store(true, Ordering::Relaxed);
    let killed = killer.join().unwrap();
    let (stormy, calls_in_the_storm) = stormy?;

    println!("{killed} functions killed; {} attempts not placed", stormy["outcomes"]["not_placed"]);
    assert!(killed > 3, "only {killed} functions were killed");
    assert_eq!(stormy["ended_by_reason"], calm["ended_by_reason"]);
    assert_eq!(without_unplaced(&stormy), without_unplaced(&calm));
    assert_eq!(calls_in_the_storm, calls_when_calm, "calls to each, kind by kind");
    for (kind, (_, reason)) in kinds().iter().enumerate() {
        assert!(calm["ended_by_reason"][*reason].as_u64() >= Some(OF_EACH as u64), "kind {kind}: {calm}");
    }
    Ok(())
}

#[test]
fn poison_ends_among_the_dead_letters_as_it_came_and_can_be_sent_again() -> Result<()> {
    let _alone = alone();
    let (world, _) = World::for_tests()?;
    let (dial, dead) = (Queue::of(&world, "DialQueueUrl")?, Queue::of(&world, "DialDeadLettersUrl")?);
    dead.take()?;
    let _restore = Restore(|| dial.comes_again_after(VISIBILITY_SECONDS).unwrap());
    dial.comes_again_after(1)?;
    let poison = json!({"attempt": "acme.cmp_none.con_none.1", "run": "not a number", "note": journeys::api::unique().to_string()});
    dial.send(&poison.to_string())?;
    let buried = || wait::until("the burial", 60, || Ok((dead.waiting()? > 0).then_some(())));
    buried()?;
    xtask(&["redrive", "dial"])?;
    assert_eq!(dead.waiting()?, 0, "sent again");
    buried()?;
    assert_eq!(dead.take()?, [poison.to_string()]);
    Ok(())
}

#[test]
fn a_token_is_rotated_in_the_middle_of_a_run_without_a_deployment() -> Result<()> {
    let _alone = alone();
    let (world, api) = World::for_tests()?;
    let tenant = world.tenant("acme")?;
    let set = |token: &str| -> Result<()> {
        let account = json!({"account_sid": tenant.account_sid, "auth_token": token});
        api.put("/v1/settings/twilio", &account, None)?.expect(&[200, 204], "setting the token").map(|_| ())
    };
    let numbers: Vec<String> = (0..30).map(|_| people::number()).collect();
    world.network().script(numbers.iter().map(|number| (number, vec![people::presses("1")])))?;
    let mut plan = campaign::plan_at_any_hour("Rotation");
    plan["pace"]["calls_per_second"] = json!(1);
    let id = campaign::create(&api, &plan)?;
    campaign::fill(&api, &id, &people::list(&numbers))?;
    campaign::command(&api, &id, "start")?;
    wait::until("a few calls", 40, || {
        Ok((campaign::progress(&api, &id)?["attempts"].as_u64() > Some(3)).then_some(()))
    })?;
    // As functions see it that still have the token of before when Twilio has the next one already: what they hold is
    // refused. They are killed, so that they read it.
    let _restore = Restore(|| set(&tenant.auth_token).unwrap());
    set("00000000000000000000000000000bad")?;
    let _ = (functions::kill("Dial", &world.endpoint), functions::kill("TwilioVoice", &world.endpoint));
    std::thread::sleep(Duration::from_secs(8));
    set(&tenant.auth_token)?;
    let progress = campaign::completed(&api, &id, 400, |_| {})?;
    assert_eq!(progress["ended_by_reason"]["reached"], 30, "{progress}");
    Ok(())
}

#[test]
fn a_token_rotated_at_twilio_and_in_the_settings_is_believed_within_the_caches_life() -> Result<()> {
    /// How long a function may go on with the token of before, seconds: `RENEWAL_SECONDS_MIN` of the shell's secrets,
    /// and a little.
    const BELIEVED_WITHIN: u64 = 20;
    let _alone = alone();
    let (world, api) = World::for_tests()?;
    let (tenant, network) = (world.tenant("acme")?, world.network());
    let rotate = |token: &str| -> Result<()> {
        network.rotate_token(&tenant.account_sid, token)?;
        let account = json!({"account_sid": tenant.account_sid, "auth_token": token});
        api.put("/v1/settings/twilio", &account, None)?.expect(&[200, 204], "setting the token").map(|_| ())
    };
    let new = "000000000000000000000000feedc0de";
    let before: Vec<String> = (0..5).map(|_| people::number()).collect();
    let after: Vec<String> = (0..10).map(|_| people::number()).collect();
    let everybody: Vec<String> = before.iter().chain(&after).cloned().collect();
    network.script(everybody.iter().map(|number| (number, vec![people::presses("1")])))?;
    let called = |name: &str, numbers: &[String]| -> Result<Value> {
        let id = campaign::create(&api, &campaign::plan_at_any_hour(name))?;
        campaign::fill(&api, &id, &people::list(numbers))?;
        campaign::command(&api, &id, "start")?;
        campaign::completed(&api, &id, 180, |_| {})
    };
    // The functions are warm, and hold the token of before.
    let progress = called("Before the rotation", &before)?;
    assert_eq!(progress["outcomes"]["interested"], 5, "{progress}");
    let _restore = Restore(|| rotate(&tenant.auth_token).unwrap());
    rotate(new)?;
    std::thread::sleep(Duration::from_secs(BELIEVED_WITHIN));
    // Nobody has deployed anything or killed anything. The first who is refused with the old one reads the new one.
    let progress = called("After the rotation", &after)?;
    assert_eq!(progress["outcomes"]["interested"], 10, "{progress}");
    assert_eq!(progress["attempts"], 10, "nobody had to be tried again: {progress}");
    Ok(())
}

#[test]
fn no_log_knows_a_name_a_number_or_an_address() -> Result<()> {
    let _alone = alone();
    let (world, api) = World::for_tests()?;
    let numbers: Vec<String> = (0..8).map(|_| people::number()).collect();
    let lines = kinds().map(|(lines, _)| lines);
    world.network().script(numbers.iter().zip(lines))?;
    let rows = numbers.iter().enumerate().map(|(at, number)| {
        format!("Quillon{at},Vandersloot{at},{number},quillon{at}@vandersloot.example\r\n")
    });
    let broken = "Broken,Vandersloot99,not-a-number-4711,broken@vandersloot.example\r\n";
    let csv = format!("First name,Last name,Phone,Email\r\n{}{broken}", rows.collect::<String>());
    let id = campaign::create(&api, &campaign::plan_at_any_hour("Silence"))?;
    campaign::fill(&api, &id, &csv)?;
    campaign::command(&api, &id, "start")?;
    campaign::completed(&api, &id, 120, |_| {})?;
    api.put(
        &format!("/v1/suppressions/{}", numbers[0].replace('+', "%2B")),
        &json!({"reason": "do_not_call"}),
        None,
    )?;

    let log = xtask(&["logs", "--minutes", "600"])?;
    assert!(log.lines().count() > 5 && log.contains(&id), "the functions' logs are not these: {log}");
    let mut secrets: Vec<String> =
        ["Vandersloot", "vandersloot", "Quillon", "not-a-number-4711"].map(str::to_owned).into();
    // Whatever other journeys of this world have called, too; with and without the plus, as a URL has it, and national.
    secrets.extend(["+4915", "%2B4915", "004915", "+64211234567", "Person0", "Probe"].map(str::to_owned));
    secrets.extend(numbers.iter().flat_map(|number| [number[1..].to_owned(), format!("0{}", &number[3..])]));
    for tenant in &world.tenants {
        secrets.push(tenant.auth_token.clone());
        secrets.extend(tenant.users.iter().flat_map(|user| [user.email.clone(), user.password.clone()]));
    }
    for line in log.lines() {
        for secret in &secrets {
            assert!(!line.contains(secret), "a log says {secret}: {line}");
        }
    }
    Ok(())
}

#[test]
fn a_call_whose_callbacks_are_lost_still_gets_its_outcome() -> Result<()> {
    let _alone = alone();
    let (world, api) = World::for_tests()?;
    let numbers: Vec<String> = (0..3).map(|_| people::number()).collect();
    let lines = [json!("busy"), json!("no_answer"), people::listens()];
    world.network().script(numbers.iter().zip(lines).map(|(number, line)| (number, vec![line])))?;
    let id = {
        let mut plan = campaign::plan_at_any_hour("Lost callbacks");
        plan["retry"] = json!({"attempts_max": 1});
        campaign::create(&api, &plan)?
    };
    campaign::fill(&api, &id, &people::list(&numbers))?;
    // And somebody who takes a call whose end nobody tells them.
    let queue = floor::queue(&api, &floor::queue_plan(0))?;
    let agent = floor::ready_agent(&world, &api, &queue, &floor::accepts())?;
    let person = people::number();
    world.network().script([(&person, vec![floor::talks_for(20)])])?;
    let warm = campaign::create(&api, &floor::plan("Lost at the desk", &queue))?;
    campaign::fill(&api, &warm, &people::list(std::slice::from_ref(&person)))?;

    world.network().configure(&json!({"faults": {"callback_lost": 1.0}}))?;
    let restore = Restore(|| world.network().configure(&json!({"faults": {"callback_lost": 0.0}})).unwrap());
    campaign::command(&api, &id, "start")?;
    campaign::command(&api, &warm, "start")?;
    wait::until("the calls", 30, || {
        let calls = world.network().calls()?;
        Ok((calls.iter().filter(|call| call.attempt.contains(&id)).count() == 3).then_some(()))
    })?;
    let progress = campaign::completed(&api, &id, 180, |_| {})?;
    let at_the_desk = campaign::completed(&api, &warm, 180, |_| {})?;
    agent.until("available", 60)?;
    drop(restore);
    assert_eq!(at_the_desk["attempts"], 1, "{at_the_desk}");
    assert_eq!(progress["outcomes"]["busy"], 1, "{progress}");
    assert_eq!(progress["outcomes"]["no_answer"], 1, "{progress}");
    assert_eq!(progress["outcomes"]["completed"], 1, "{progress}");
    Ok(())
}
