//! What concerns a call that wants or has an agent: the person who waits, the agent who is rung, the conference.

use std::sync::Arc;

use carillon_domain::agents::live::{Beginning, Desk as Side, Ending, LiveCall, LiveEvent, Stage};
use carillon_domain::agents::queue::{HoldAudio, Queue};
use carillon_domain::attempt::{DeskSays, Event, Recording};
use carillon_domain::campaign::{AgentsPlan, Campaign, ForwardPlan};
use carillon_domain::contact::Contact;
use carillon_domain::ids::{AttemptRef, LiveId};
use carillon_domain::ports::CallId;
use carillon_domain::refusal::refuses;
use carillon_domain::script::{Digit, MergeFields, Template};
use carillon_engine::desk::{Desk, Following, Foreseen};
use carillon_engine::events::take_in;
use carillon_store::TenantTable;
use carillon_twilio::speak;
use carillon_twilio::twiml::Twiml;
use carillon_twilio::urls::{Hook, LegHook, PublicUrl};
use carillon_twilio::webhook::{ConferenceNews, RecordingStatus, VoiceEvent, VoiceWebhook};

use crate::documents::{ACCEPT_KEY, Documents, Tongue, asks_to_wait, asks_who_calls, may_enter};
use crate::handler::{Deps, Failure};

/// People who have waited so long at the campaign's behest wait in the conference; others hear at once that nobody is
/// free, or a second later.
const AT_ONCE_SECONDS: u16 = 2;

/// A call at the desk, with what is said on it.
pub(crate) struct AtDesk<'a, S> {
    deps: &'a Deps<S>,
    live: &'a LiveId,
    public: &'a PublicUrl,
    table: TenantTable<'a>,
    boards: Arc<dyn carillon_domain::agents::ports::Switchboards>,
    campaign: Option<Arc<Campaign>>,
    tongue: Tongue,
}

impl<'a, S> AtDesk<'a, S> {
    pub(crate) fn new(
        deps: &'a Deps<S>,
        live: &'a LiveId,
        public: &'a PublicUrl,
        campaign: Option<Arc<Campaign>>,
    ) -> Self {
        let tongue = campaign.as_ref().map(|it| Tongue::of(&it.plan.script)).unwrap_or_default();
        Self {
            deps,
            live,
            public,
            table: TenantTable::new(deps.table.as_ref(), live.tenant()).with_vault(&deps.vault),
            boards: (deps.boards)(public),
            campaign,
            tongue,
        }
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk::new(
            self.deps.table.as_ref(),
            self.live.tenant(),
            self.boards.as_ref(),
            self.deps.plan.as_ref(),
            self.deps.clock.as_ref(),
        )
    }

    fn documents(&self) -> Documents<'_> {
        Documents { live: self.live, public: self.public, tongue: &self.tongue }
    }

    fn agents(&self) -> Option<&AgentsPlan> {
        self.campaign.as_ref().and_then(|campaign| campaign.plan.agents.as_ref())
    }

    /// What the contact's texts are filled with.
    async fn fields(&self, live: Option<&LiveCall>) -> Result<MergeFields, Failure> {
        let contact = match self.live {
            LiveId::Attempt(attempt) => Some(&attempt.enrollment.contact),
            LiveId::Inbound { .. } => live.and_then(|live| live.contact.as_ref()),
        };
        let Some(contact) = contact else { return Ok(MergeFields::new()) };
        let contact = self.table.contact(contact).await?;
        Ok(contact.map(|contact| Contact::merge_fields(&contact.value)).unwrap_or_default())
    }

    /// A text, for whose call this is: the contact is read only where it says something of them.
    async fn words(&self, text: &Template, live: Option<&LiveCall>) -> Result<String, Failure> {
        let fields = if text.is_personal() { self.fields(live).await? } else { MergeFields::new() };
        Ok(text.render(&fields))
    }

    /// What an event would make of this call.
    pub(crate) async fn foresee(&self, event: &LiveEvent) -> Result<Option<Foreseen>, Failure> {
        Ok(self.desk().foresee(self.live, event).await?)
    }

    /// A person has answered and is to be put through, which may have been foreseen.
    pub(crate) async fn put_through(
        &self,
        leg: CallId,
        foreseen: Option<Foreseen>,
    ) -> Result<Option<Twiml>, Failure> {
        let desk = self.desk();
        let answered = LiveEvent::PersonAnswered { leg: leg.clone() };
        let opening = async {
            match self.agents().and_then(|agents| agents.opening.as_ref()) {
                Some(opening) => Ok(Some(self.words(opening, None).await?)),
                None => Ok(None),
            }
        };
        let taking = desk.take_foreseen(self.live, &answered, foreseen);
        let (taken, opening): (_, Result<_, Failure>) = tokio::join!(taking, opening);
        let live = match taken? {
            Some(taken) => taken.live,
            // Nobody was held while it rang: the campaign puts through those who ask for it.
            None => match self.begin().await? {
                Some((live, queue)) => self.arrive(live, &queue, leg).await?,
                None => return Ok(Some(Twiml::hang_up())),
            },
        };
        self.lead_in(&live, opening?.as_deref(), 0).await
    }

    /// Into the conference if somebody is held or the person may wait; else once more in a second, and then no more.
    pub(crate) async fn lead_in(
        &self,
        live: &LiveCall,
        opening: Option<&str>,
        turn: u8,
    ) -> Result<Option<Twiml>, Failure> {
        let waits = live.waits_since().is_some();
        let may_wait = live.handling.patience_seconds > AT_ONCE_SECONDS;
        if live.holds().is_some() || waits && may_wait {
            // Calls in are recorded where that is said first; calls of ours by the campaign's own setting.
            let record = opening.is_some() && matches!(self.live, LiveId::Inbound { .. });
            return Ok(Some(self.documents().person_in(opening, record)?));
        }
        if waits && turn == 0 {
            return Ok(Some(self.documents().ask_again(opening, 1)?));
        }
        if waits {
            let given_up = self.desk().take(self.live, &LiveEvent::GiveUp { asks: true }).await?;
            let live = given_up.ok_or(Failure::Gone)?.live;
            if may_enter(&live) {
                return Ok(Some(self.documents().person_in(opening, false)?)); // at the last moment
            }
            return self.sorry(&live).await;
        }
        self.sorry(live).await
    }

    /// A live call of this attempt, with nobody held for it.
    async fn begin(&self) -> Result<Option<(LiveCall, Queue)>, Failure> {
        let (LiveId::Attempt(id), Some(agents)) = (self.live, self.agents()) else { return Ok(None) };
        let (queue, attempt) = tokio::join!(self.queue(&agents.queue), self.table.attempt(id));
        let Some(queue) = queue? else {
            tracing::error!(queue = %agents.queue, "the campaign's queue does not exist");
            return Ok(None);
        };
        let Some(attempt) = attempt? else { return Ok(None) };
        let beginning = Beginning {
            id: self.live.clone(),
            contact: Some(id.enrollment.contact.clone()),
            from: attempt.value.from,
            handling: agents.handling(&queue.plan),
            ring_seconds: 0,
        };
        let live = LiveCall::begin(beginning, &queue, self.deps.clock.now());
        Ok(Some((live, queue)))
    }

    /// A person comes to a queue: nobody is looked for, and nobody waits, while it is closed.
    pub(crate) async fn arrive(
        &self,
        live: LiveCall,
        queue: &Queue,
        leg: CallId,
    ) -> Result<LiveCall, Failure> {
        let event = match queue.plan.is_open(live.created_at) {
            true => LiveEvent::PersonAnswered { leg },
            false => LiveEvent::TurnedAway { leg },
        };
        self.desk().arrive(live, &event).await?.ok_or(Failure::Gone)
    }

    async fn queue(&self, id: &carillon_domain::ids::QueueId) -> Result<Option<Queue>, Failure> {
        Ok(self.table.queue(id).await?.map(|queue| queue.value))
    }

    /// Nobody is free: the campaign's words, or a message for us.
    async fn sorry(&self, live: &LiveCall) -> Result<Option<Twiml>, Failure> {
        if live.says() != Some(DeskSays::Abandoned) {
            return Ok(Some(Twiml::hang_up()));
        }
        let Some(agents) = self.agents() else {
            // Whoever has called may leave a message.
            let queue = self.queue(&live.queue).await?.map(|queue| queue.plan);
            let closed = queue.filter(|plan| !plan.is_open(live.created_at));
            let notice = closed.and_then(|plan| plan.closed_notice);
            let notice = notice.map(|text| text.render(&MergeFields::new()));
            return Ok(Some(self.documents().take_message(notice.as_deref().unwrap_or(MESSAGE_PLEASE))?));
        };
        Ok(Some(self.documents().sorry(&self.words(&agents.sorry, Some(live)).await?)?))
    }

    /// A hook that is about the desk alone.
    pub(crate) async fn answer(&self, hook: Hook, webhook: VoiceWebhook) -> Result<Option<Twiml>, Failure> {
        match hook {
            Hook::Again { turn } => {
                let live = self.desk().seek(self.live).await?.ok_or(Failure::Gone)?;
                self.lead_in(&live, None, turn).await
            }
            Hook::Enter => {
                let live = self.load().await?;
                let there = may_enter(&live);
                Ok(Some(if there { self.documents().person_in(None, false)? } else { Twiml::hang_up() }))
            }
            Hook::Wait { turn } => {
                let (desk, own) = (self.desk(), self.agents().map(|agents| &agents.queue));
                // Nearly everybody waits in their campaign's own queue.
                let own = async {
                    match own {
                        Some(own) => self.queue(own).await,
                        None => Ok(None),
                    }
                };
                let (live, own) = tokio::join!(desk.tick(self.live), own);
                let live = live?.ok_or(Failure::Gone)?;
                let queue = match own?.filter(|queue| queue.id == live.queue) {
                    Some(own) => Some(own),
                    None => self.queue(&live.queue).await?,
                };
                let audio = queue.map_or_else(HoldAudio::default, |queue| queue.plan.hold);
                let fields =
                    if audio.say.is_some() { self.fields(Some(&live)).await? } else { MergeFields::new() };
                Ok(Some(self.documents().hold(&audio, &fields, turn)?))
            }
            Hook::Sorry => {
                let live = self.load().await?;
                self.sorry(&live).await
            }
            Hook::Left => {
                // Nobody asked to be told of the end of a call that came in.
                if matches!(self.live, LiveId::Inbound { .. }) {
                    self.desk().person_gone(self.live).await?;
                }
                Ok(Some(Twiml::hang_up()))
            }
            Hook::Refusal => self.refusal(webhook).await,
            Hook::Machine => self.drop_message().await,
            Hook::Rescue => self.rescue(webhook).await,
            Hook::Conference => {
                if let VoiceEvent::Conference { conference, news: ConferenceNews::Started, .. } =
                    webhook.event
                {
                    self.desk().take(self.live, &LiveEvent::Conference(conference)).await?;
                }
                Ok(None)
            }
            Hook::Agent { about, offer } => self.agent(about, offer, webhook).await,
            Hook::Guest { about, guest } => self.guest(about, guest, webhook).await,
            Hook::Recording => self.recorded(webhook, LiveEvent::Recorded).await,
            Hook::Voicemail => self.recorded(webhook, LiveEvent::MessageLeft).await,
            Hook::Forwarded => self.forwarded(webhook).await,
            Hook::Answer | Hook::Gather { .. } | Hook::Status | Hook::Amd => Err(Failure::Gone),
        }
    }

    /// The person is put through to somebody outside, who sees the number that the person was called from.
    pub(crate) async fn forward(&self, forward: &ForwardPlan) -> Result<Option<Twiml>, Failure> {
        let (LiveId::Attempt(id), Some(campaign)) = (self.live, &self.campaign) else {
            return Err(Failure::Gone);
        };
        let from = campaign.plan.caller_id(&id.enrollment.contact, id.number).ok_or(Failure::Gone)?;
        let opening = match &forward.opening {
            Some(opening) => Some(self.words(opening, None).await?),
            None => None,
        };
        Ok(Some(self.documents().connect(forward, from, opening.as_deref())?))
    }

    /// Whether somebody outside took the person's call: as with agents of ours, that is how the attempt went, and for
    /// whom nobody did, hears the campaign's apology.
    async fn forwarded(&self, webhook: VoiceWebhook) -> Result<Option<Twiml>, Failure> {
        let (LiveId::Attempt(id), Some(campaign), VoiceEvent::Forwarded { taken, .. }) =
            (self.live, &self.campaign, webhook.event)
        else {
            return Err(Failure::Gone);
        };
        let says = if taken { DeskSays::Talked } else { DeskSays::Abandoned };
        self.tell(id, &Event::Desk(says), campaign).await?;
        let sorry = campaign.plan.forward.as_ref().map(|forward| &forward.sorry).filter(|_| !taken);
        Ok(Some(match sorry {
            Some(sorry) => self.documents().sorry(&self.words(sorry, None).await?)?,
            None => Twiml::hang_up(),
        }))
    }

    /// Something can be heard: the talk, or a message.
    async fn recorded(
        &self,
        webhook: VoiceWebhook,
        event: fn(Recording) -> LiveEvent,
    ) -> Result<Option<Twiml>, Failure> {
        if let VoiceEvent::Recording(recording) = webhook.event
            && let (RecordingStatus::Completed, Some(url)) = (recording.status, recording.url)
        {
            let seconds = recording.duration_seconds.unwrap_or(0);
            self.desk().take(self.live, &event(Recording { id: recording.id, url, seconds })).await?;
        }
        Ok(None)
    }

    async fn load(&self) -> Result<LiveCall, Failure> {
        Ok(self.table.live(self.live).await?.ok_or(Failure::Gone)?.value)
    }

    /// What happens on the agent's leg.
    async fn agent(
        &self,
        about: LegHook,
        offer: u16,
        webhook: VoiceWebhook,
    ) -> Result<Option<Twiml>, Failure> {
        let Some(leg) = webhook.call else { return Err(Failure::Gone) };
        match about {
            LegHook::Answer => {
                let (desk, event) = (self.desk(), LiveEvent::AgentAnswered { offer, leg });
                let whisper = async {
                    match self.agents() {
                        Some(agents) => Ok(Some(self.words(&agents.whisper, None).await?)),
                        None => Ok(None),
                    }
                };
                let (taken, whisper): (_, Result<_, Failure>) =
                    tokio::join!(desk.take(self.live, &event), whisper);
                let taken = taken?.ok_or(Failure::Gone)?;
                if taken.stale {
                    return Ok(Some(Twiml::hang_up()));
                }
                self.greet_agent(&taken.live, offer, whisper?).await
            }
            LegHook::Key => {
                let VoiceEvent::Gathered { digits, .. } = &webhook.event else { return Err(Failure::Gone) };
                let event = match digits.as_ref().and_then(|digits| digits.chars().next()) {
                    Some(ACCEPT_KEY) => LiveEvent::Accepted { offer, on_screen: false },
                    Some(_) => LiveEvent::Declined { offer },
                    // Silence is the answer of somebody who is not there.
                    None => LiveEvent::LegEnded { offer },
                };
                let taken = self.desk().take(self.live, &event).await?.ok_or(Failure::Gone)?;
                self.out_of_patience(&taken.live).await?;
                let enters = !taken.stale && is_held_by(&taken.live, offer);
                Ok(Some(if enters { self.agent_in(&taken.live, offer)? } else { Twiml::hang_up() }))
            }
            LegHook::Join => {
                let live = self.load().await?;
                let enters = is_held_by(&live, offer);
                Ok(Some(if enters { self.agent_in(&live, offer)? } else { Twiml::hang_up() }))
            }
            LegHook::Left => Ok(Some(Twiml::hang_up())),
            LegHook::Status => {
                if matches!(webhook.event, VoiceEvent::Status { status, .. } if status.is_final()) {
                    let ended = self.desk().take(self.live, &LiveEvent::LegEnded { offer }).await?;
                    self.out_of_patience(&ended.ok_or(Failure::Gone)?.live).await?;
                }
                Ok(None)
            }
        }
    }

    /// An offer has come to nothing: whoever has waited long enough, and for whom nobody else is free, is told at once
    /// and not with the next bit of hold audio.
    async fn out_of_patience(&self, live: &LiveCall) -> Result<(), Failure> {
        if live.patience_is_over(self.deps.clock.now()) {
            self.desk().take(self.live, &LiveEvent::GiveUp { asks: false }).await?;
        }
        Ok(())
    }

    /// The agent's way into the conference. A colleague who is asked does not end it: the person talks on with whoever
    /// asked.
    fn agent_in(&self, live: &LiveCall, offer: u16) -> Result<Twiml, Failure> {
        let asked = live.consults().is_some_and(|(consult, _)| consult.offer == offer);
        Ok(self.documents().agent_in(offer, !asked)?)
    }

    /// What happens on the leg of somebody who is to join a talk.
    async fn guest(
        &self,
        about: LegHook,
        guest: u16,
        webhook: VoiceWebhook,
    ) -> Result<Option<Twiml>, Failure> {
        let Some(leg) = webhook.call else { return Err(Failure::Gone) };
        match about {
            LegHook::Answer => {
                let event = LiveEvent::GuestAnswered { guest, leg };
                let taken = self.desk().take(self.live, &event).await?.ok_or(Failure::Gone)?;
                let agent = match &taken.live.desk {
                    Side::Talking(talk) => talk.leg.as_ref(),
                    Side::Nobody | Side::Offered(_) | Side::Over { .. } => None,
                };
                match taken.live.guest(guest).filter(|_| !taken.stale) {
                    Some(guest) => Ok(Some(self.documents().guest_in(guest, agent)?)),
                    None => Ok(Some(Twiml::hang_up())),
                }
            }
            LegHook::Left => Ok(Some(Twiml::hang_up())),
            LegHook::Status => {
                if matches!(webhook.event, VoiceEvent::Status { status, .. } if status.is_final()) {
                    self.desk().take(self.live, &LiveEvent::GuestGone { guest }).await?;
                }
                Ok(None)
            }
            LegHook::Key | LegHook::Join => Err(Failure::Gone),
        }
    }

    /// The agent hears who it is: in the campaign's words, or by name.
    async fn greet_agent(
        &self,
        live: &LiveCall,
        offer: u16,
        whisper: Option<String>,
    ) -> Result<Option<Twiml>, Failure> {
        let whispers =
            matches!(&live.desk, Side::Offered(it) if it.number == offer && it.stage == Stage::Whisper);
        if !whispers {
            let enters = is_held_by(live, offer);
            return Ok(Some(if enters { self.agent_in(live, offer)? } else { Twiml::hang_up() }));
        }
        let text = match whisper {
            Some(whisper) => whisper,
            None => match self.fields(Some(live)).await?.get("name").filter(|name| !name.is_empty()) {
                Some(name) => format!("A call from {name}. Press {ACCEPT_KEY} to take it."),
                None => format!("A call. Press {ACCEPT_KEY} to take it."),
            },
        };
        Ok(Some(self.documents().whisper(&text, offer)?))
    }

    /// The key that says: no more calls; or words that do.
    async fn refusal(&self, webhook: VoiceWebhook) -> Result<Option<Twiml>, Failure> {
        let (VoiceEvent::Gathered { digits, speech, .. }, Some(call)) = (webhook.event, webhook.call) else {
            return Err(Failure::Gone);
        };
        let key = digits.and_then(|digits| digits.chars().next()).and_then(|key| Digit::try_from(key).ok());
        let refusal_key = self.campaign.as_ref().and_then(|campaign| campaign.plan.refusal_key());
        let by_key = key.is_some() && key == refusal_key;
        if by_key || speech.is_some_and(|speech| refuses(&speech.text)) {
            return self.opted_out(call).await;
        }
        Ok(Some(Twiml::hang_up()))
    }

    async fn opted_out(&self, call: CallId) -> Result<Option<Twiml>, Failure> {
        let (LiveId::Attempt(id), Some(campaign)) = (self.live, &self.campaign) else {
            return Ok(Some(Twiml::hang_up()));
        };
        self.tell(id, &Event::OptedOut { call }, campaign).await?;
        let reply = campaign.plan.script.menu.as_ref().map(|menu| &menu.opted_out_reply);
        let reply = match reply {
            Some(reply) => Some(self.words(reply, None).await?),
            None => None,
        };
        Ok(Some(self.documents().goodbye(reply.as_deref())?))
    }

    /// The attempt learns something. Returns whether it was new.
    async fn tell(&self, id: &AttemptRef, event: &Event, campaign: &Campaign) -> Result<bool, Failure> {
        let (table, now) = (self.deps.table.as_ref(), self.deps.clock.now());
        let taken = take_in(table, id, event, campaign, &MergeFields::new(), now).await;
        Ok(taken.map_err(Failure::of_event)?.changed)
    }

    /// The message for a machine, left so that a person would be noticed.
    pub(crate) async fn drop_message(&self) -> Result<Option<Twiml>, Failure> {
        let message = self.campaign.as_ref().and_then(|campaign| campaign.plan.script.voicemail.as_ref());
        let Some(message) = message else { return Ok(Some(Twiml::hang_up())) };
        Ok(Some(self.documents().drop_message(&self.words(message, None).await?)?))
    }

    /// Something was heard while the message was left: a machine that asks who calls, or a person after all.
    async fn rescue(&self, webhook: VoiceWebhook) -> Result<Option<Twiml>, Failure> {
        let (VoiceEvent::Gathered { digits, speech, .. }, Some(call)) = (webhook.event, webhook.call) else {
            return Err(Failure::Gone);
        };
        let (Some(campaign), LiveId::Attempt(id)) = (&self.campaign, self.live) else {
            return Ok(Some(Twiml::hang_up()));
        };
        let words = speech.map(|speech| speech.text).unwrap_or_default();
        if refuses(&words) {
            return self.opted_out(call).await;
        }
        if asks_who_calls(&words) || asks_to_wait(&words) {
            // It is told who calls, once.
            return match (self.tell(id, &Event::Screening, campaign).await?, self.agents()) {
                (false, _) => Ok(Some(Twiml::hang_up())),
                (true, Some(_)) => self.drop_message().await,
                (true, None) => self.greet(campaign).await,
            };
        }
        if digits.is_none() && words.trim().is_empty() {
            return Ok(Some(Twiml::hang_up()));
        }
        if self.agents().is_none() {
            tracing::info!(metric.people_rescued = 1, "what had been taken for a machine spoke");
            self.tell(id, &Event::Rescued { call }, campaign).await?;
            return self.greet(campaign).await;
        }
        let taken = self.desk().take(self.live, &LiveEvent::Rescued).await?.ok_or(Failure::Gone)?;
        tracing::info!(metric.people_rescued = 1, "what had been taken for a machine spoke");
        self.lead_in(&taken.live, None, 0).await
    }

    /// The script, from its beginning.
    async fn greet(&self, campaign: &Campaign) -> Result<Option<Twiml>, Failure> {
        let script = &campaign.plan.script;
        let steps = script.greet(&self.fields(None).await?);
        let voice = script.voice.as_deref();
        Ok(Some(speak::twiml(&steps, &script.language, voice, self.live, self.public)?))
    }

    /// The person's call is over, or never was: agents are free. Returns what the attempt has to know, and what follows.
    pub(crate) async fn person_gone(&self) -> Result<(Option<DeskSays>, Following), Failure> {
        let gone = self.desk().begin(self.live, &LiveEvent::PersonGone).await?;
        Ok(gone.map(|(live, following)| (live.says(), following)).unwrap_or_default())
    }

    /// What follows from it.
    pub(crate) async fn follow(&self, following: Following) -> Result<(), Failure> {
        Ok(self.desk().follow(following).await?)
    }

    /// What answered is a machine: no agent is needed.
    pub(crate) async fn machine_answered(&self) -> Result<(), Failure> {
        self.desk().take(self.live, &LiveEvent::MachineAnswered).await?;
        Ok(())
    }

    /// The same, found out while the person's side was already in the conference, or on its way there.
    pub(crate) async fn machine_found_out(&self, leg: &CallId) -> Result<(), Failure> {
        self.machine_answered().await?;
        let board = self.boards.switchboard(self.live.tenant()).await?;
        board.redirect(leg, self.live, carillon_domain::agents::ports::Place::Machine).await?;
        Ok(())
    }
}

/// What somebody hears who has called, and for whom nobody is free.
const MESSAGE_PLEASE: &str = "Nobody is free at the moment. Please leave a message after the tone.";

fn is_held_by(live: &LiveCall, offer: u16) -> bool {
    match &live.desk {
        Side::Offered(it) => it.number == offer && it.stage == Stage::Accepted,
        Side::Talking(it) => it.offer == offer || it.consult.as_ref().is_some_and(|it| it.offer == offer),
        Side::Nobody
        | Side::Over {
            how:
                Ending::Talked
                | Ending::NoAnswer
                | Ending::Machine
                | Ending::HungUp
                | Ending::NobodyFree
                | Ending::Outside,
        } => false,
    }
}
