//! Fake outside services: the condition service, the fulfilment service, and [`PaymentProvider`] behind the
//! same interface. Each of them is consistent, but unreliable while faults are enabled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use integrations::{ExternalService, Integrations, ServiceCall, ServiceReply, script};
use serde_json::{Value, json};

use super::environment::Environment;
use super::faults::Fault;
use super::payment_provider::PaymentProvider;

/// Outside services of a run.
pub struct Outside {
    env: Arc<Environment>,
    provider: Arc<PaymentProvider>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    unqualified: BTreeSet<String>,
    denied: BTreeSet<String>,
    fulfilled: BTreeMap<String, String>,
    refused: BTreeSet<String>,
    asked: BTreeMap<String, Asked>,
    received: Vec<ReceivedEvent>,
    contradictions: Vec<String>,
    archived: BTreeMap<String, String>,
    replaced_objects: Vec<String>,
    /// Number of times that each mail arrived, by its id.
    mails: BTreeMap<String, u32>,
}

/// Last request for a grant, and the number of calls since the fulfilment service definitely refused it.
struct Asked {
    body: Value,
    calls: u32,
}

/// Event that the endpoint of a webhook took, whether or not it answered.
#[derive(Clone, Debug)]
pub struct ReceivedEvent {
    /// Time of the call, in milliseconds since the start of the run.
    pub at_ms: u64,
    /// URL of the endpoint.
    pub url: String,
    /// Value of the header `webhook-id`.
    pub message_id: String,
    /// Id of the event.
    pub event_id: String,
}

impl Known {
    fn refuses(&self, grant: &str) -> bool {
        self.refused.contains(grant) || self.denied.iter().any(|user| grant.ends_with(user.as_str()))
    }
}

impl Outside {
    /// Creates the services, with this payment provider.
    pub fn new(env: Arc<Environment>, provider: Arc<PaymentProvider>) -> Self {
        Self { env, provider, known: Mutex::default() }
    }

    /// Returns the attempts to replace an object of the audit's archive by another content.
    pub fn replaced_objects(&self) -> Vec<String> {
        self.with(|known| known.replaced_objects.clone())
    }

    /// Makes the condition service refuse `user`. All other users qualify.
    pub fn disqualify(&self, user: &str) {
        self.with(|known| known.unqualified.insert(user.to_owned()));
    }

    /// Makes the fulfilment service refuse every grant of `user`.
    pub fn deny(&self, user: &str) {
        self.with(|known| known.denied.insert(user.to_owned()));
    }

    /// Returns `true` if `user` qualifies at the condition service.
    pub fn qualifies(&self, user: &str) -> bool {
        self.with(|known| !known.unqualified.contains(user))
    }

    /// Returns the references of the delivered grants, by grant id.
    pub fn fulfilled(&self) -> BTreeMap<String, String> {
        self.with(|known| known.fulfilled.clone())
    }

    /// Returns a sentence for each grant that was requested with different contents. All requests for one
    /// grant must be equal.
    pub fn contradictions(&self) -> Vec<String> {
        self.with(|known| known.contradictions.clone())
    }

    /// Returns the number of times that each mail arrived, by its id.
    pub fn mails(&self) -> BTreeMap<String, u32> {
        self.with(|known| known.mails.clone())
    }

    /// Returns every event that the endpoints of webhooks took, in order.
    pub fn received(&self) -> Vec<ReceivedEvent> {
        self.with(|known| known.received.clone())
    }

    fn asked_for(&self, grant: &str, body: &Value) {
        self.with(|known| {
            let new = || Asked { body: body.clone(), calls: 0 };
            let asked = known.asked.entry(grant.to_owned()).or_insert_with(new);
            asked.calls += 1;
            if asked.body != *body {
                let contradiction = format!("{grant} was asked for as {} and then as {body}", asked.body);
                known.contradictions.push(contradiction);
            }
        });
    }

    /// Notes that a call for `grant` was refused. The refusal is definite if it names the grant (`is_named`),
    /// or if the service was called once only for this grant. The grant is then forgotten, so that a later
    /// call may ask for it with another body.
    fn refused(&self, grant: &str, is_named: bool) {
        self.with(|known| {
            if is_named || known.asked.get(grant).is_some_and(|asked| asked.calls == 1) {
                known.asked.remove(grant);
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns the outside services in the form in which functions call them.
pub fn integrations(outside: Arc<Outside>) -> Integrations {
    Integrations::scripted(script(move |call| {
        let outside = outside.clone();
        Box::pin(async move { outside.answer(call).await })
    }))
}

impl Outside {
    async fn answer(&self, call: ServiceCall) -> ServiceReply {
        let env = &self.env;
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        if call.service == ExternalService::Fulfilment {
            self.asked_for(body["grant_id"].as_str().unwrap_or_default(), &body);
        }
        let strikes = || env.strikes(env.faults.rates.outside);
        if strikes() {
            env.fault("outside", Fault::PartySlow);
            tokio::time::sleep(env.prng.millis(200, 4_000)).await;
        }
        tokio::time::sleep(env.prng.millis(5, 40)).await;
        if strikes() {
            env.fault("outside", Fault::PartyFailed);
            return match env.prng.below(4) {
                0 => ServiceReply::Connection,
                1 => ServiceReply::Timeout,
                // A gateway in front of the service does not find it, and responds with 404.
                2 if call.service == ExternalService::Fulfilment => {
                    self.refused(body["grant_id"].as_str().unwrap_or_default(), false);
                    answered(404, &json!({"reason": "no such path"}))
                }
                _ => ServiceReply::Answer { status: 500, body: b"oops".to_vec() },
            };
        }
        match call.service {
            ExternalService::Condition => {
                let user = body["user_id"].as_str().unwrap_or_default();
                answered(200, &json!({"qualified": self.qualifies(user)}))
            }
            ExternalService::Fulfilment => {
                let grant = body["grant_id"].as_str().unwrap_or_default();
                if env.strikes(env.faults.rates.outside / 3) {
                    env.fault("outside", Fault::PartyOutOfReach);
                    self.refused(grant, false);
                    return answered(*env.prng.pick(&[403, 404, 410]), &json!({"message": "no such route"}));
                }
                self.fulfil(grant)
            }
            ExternalService::Payment => self.provider.answer(&body),
            ExternalService::Mail => self.send_mail(&body),
            ExternalService::Webhook => self.take_event(&call, &body),
            ExternalService::Archive => self.put_object(&call),
        }
    }

    /// Stores an object of the audit's archive, unless it exists.
    fn put_object(&self, call: &ServiceCall) -> ServiceReply {
        let env = &self.env;
        env.event("outside", format_args!("archive {}", call.path));
        let body = String::from_utf8_lossy(&call.body).into_owned();
        let there = self.with(|known| {
            let there = known.archived.get(&call.path).cloned();
            known.archived.entry(call.path.clone()).or_insert_with(|| body.clone());
            there
        });
        if there.as_ref().is_some_and(|there| *there != body) {
            let problem = format!("{} was to be written with another content", call.path);
            self.with(|known| known.replaced_objects.push(problem));
        }
        if env.strikes(env.faults.rates.outside) {
            env.fault("outside", Fault::PartyActedInSilence);
            return ServiceReply::Timeout;
        }
        answered(if there.is_some() { 412 } else { 200 }, &Value::Null)
    }

    /// Sends a mail. A repeat is another mail, since SES knows no idempotency key.
    fn send_mail(&self, body: &Value) -> ServiceReply {
        let env = &self.env;
        let to = body["Destination"]["ToAddresses"][0].as_str().unwrap_or_default();
        let subject = body["Content"]["Simple"]["Subject"]["Data"].as_str().unwrap_or_default();
        env.event("outside", format_args!("mail to {to}: {subject}"));
        let tags = body["EmailTags"].as_array().into_iter().flatten();
        let id = tags.filter(|tag| tag["Name"] == "mail_id").find_map(|tag| tag["Value"].as_str());
        self.with(|known| *known.mails.entry(id.unwrap_or_default().to_owned()).or_default() += 1);
        if env.strikes(env.faults.rates.outside) {
            env.fault("outside", Fault::PartyActedInSilence);
            return if env.prng.permille(500) { ServiceReply::Timeout } else { answered(503, &Value::Null) };
        }
        answered(200, &json!({"MessageId": format!("mail-{:08x}", env.prng.below(1 << 32))}))
    }

    /// Takes an event for a webhook. The endpoint may do so and answer too late.
    fn take_event(&self, call: &ServiceCall, body: &Value) -> ServiceReply {
        let env = &self.env;
        let received = ReceivedEvent {
            at_ms: env.now_ms(),
            url: call.path.clone(),
            message_id: call.header("webhook-id").unwrap_or_default().to_owned(),
            event_id: body["id"].as_str().unwrap_or_default().to_owned(),
        };
        env.event("outside", format_args!("takes {} for {}", received.event_id, received.url));
        self.with(|known| known.received.push(received));
        if env.strikes(env.faults.rates.outside) {
            env.fault("outside", Fault::PartyActedInSilence);
            return ServiceReply::Timeout;
        }
        answered(*env.prng.pick(&[200, 202, 204]), &Value::Null)
    }

    /// Fulfills a grant. A grant that was refused once is always refused, and one that was fulfilled stays
    /// fulfilled.
    fn fulfil(&self, grant: &str) -> ServiceReply {
        let env = &self.env;
        let (refused, known) = self.with(|known| (known.refuses(grant), known.fulfilled.get(grant).cloned()));
        env.event("outside", format_args!("fulfil {grant} refused={refused} known={}", known.is_some()));
        if let Some(reference) = known {
            env.fault("outside", Fault::PartyAnsweredTwice);
            let already = json!({"already": true, "reference": reference});
            return if env.prng.permille(500) { answered(409, &already) } else { answered(200, &already) };
        }
        if refused || env.strikes(env.faults.rates.outside / 2) {
            env.fault("outside", Fault::PartyRefused);
            // A refusal that does not name the grant is not definite if an earlier call got no response.
            let plain = env.faults.on() && env.prng.permille(500);
            self.with(|known| known.refused.insert(grant.to_owned()));
            self.refused(grant, !plain);
            let refusal = json!({"reason": "not for you"});
            let denial = json!({"reason": "not for you", "grant_id": grant, "fulfilled": false});
            return answered(422, if plain { &refusal } else { &denial });
        }
        let reference = format!("ref-{:08x}", env.prng.below(1 << 32));
        self.with(|known| known.fulfilled.insert(grant.to_owned(), reference.clone()));
        if env.strikes(env.faults.rates.outside) {
            env.fault("outside", Fault::PartyActedInSilence);
            return if env.prng.permille(500) { ServiceReply::Timeout } else { answered(503, &Value::Null) };
        }
        answered(200, &json!({"reference": reference}))
    }
}

fn answered(status: u16, body: &Value) -> ServiceReply {
    ServiceReply::Answer { status, body: body.to_string().into_bytes() }
}
