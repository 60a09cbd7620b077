//! Numbers about this process for Prometheus: what happened, how long it took, what waits.
//!
//! Every label is one of a few words that are known beforehand; no name, id or address of anybody
//! is ever in one. What each number answers is in `docs/operations.md`.

mod looked_up;
mod process;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub use looked_up::{Depth, People, Pool, Stored};

/// The form of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of how long something took, in seconds.
const SECONDS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A label set of words that are known beforehand.
macro_rules! labels {
    ($($name:ident { $($label:ident: $type:ty),+ })+) => {$(
        #[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
        struct $name { $($label: $type),+ }
    )+};
}

labels! {
    Step { step: &'static str }
    Kind { kind: &'static str }
    SignIn { method: &'static str, outcome: &'static str }
    Activity { activity: &'static str, outcome: &'static str }
    Refusal { activity: &'static str, reason: &'static str }
    TokenRequest { grant_type: &'static str, outcome: &'static str }
    Request { route: String, status: &'static str }
    Limit { limit: &'static str }
    Outcome { outcome: &'static str }
    Queue { queue: &'static str }
    State { state: &'static str }
    Build { version: &'static str, database: &'static str }
}

type Seconds = Gauge<f64, AtomicU64>;
type Timed<L> = Family<L, Histogram, fn() -> Histogram>;

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

fn outcome(success: bool) -> &'static str {
    if success { "success" } else { "failure" }
}

/// The numbers of one process. Cheap to clone; all clones share the same.
#[derive(Clone)]
pub struct Metrics(Arc<Families>);

struct Families {
    registry: Registry,
    onboarding: Family<Step, Counter>,
    registered: Family<Kind, Counter>,
    sign_ins: Family<SignIn, Counter>,
    activities: Family<Activity, Counter>,
    refusals: Family<Refusal, Counter>,
    token_requests: Family<TokenRequest, Counter>,
    requests: Timed<Request>,
    limited: Family<Limit, Counter>,
    hashing_refused: Counter,
    mails: Family<Outcome, Counter>,
    logouts: Family<Outcome, Counter>,
    pushes: Family<Outcome, Counter>,
    writes: Histogram,
    waiting: Gauge,
    pushing: Gauge,
    queued: Family<Queue, Gauge>,
    oldest: Family<Queue, Seconds>,
    connections: Family<State, Gauge>,
    connections_max: Gauge,
    database_up: Gauge,
    people: Family<State, Gauge>,
    open_passes: Family<State, Gauge>,
    key_age: Seconds,
    rotation: Gauge,
    certificates: Family<Kind, Gauge>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Something that goes on for as long as this lives.
#[derive(Debug)]
pub struct Ongoing(Gauge);

impl Ongoing {
    fn begin(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Numbers of a process that works with this kind of database, all of them zero.
    pub fn new(database: &'static str) -> Self {
        let mut registry = Registry::default();
        macro_rules! register {
            ($name:literal, $help:literal) => {{
                let metric = Default::default();
                registry.register(concat!("firstkey_", $name), $help, Clone::clone(&metric));
                metric
            }};
        }
        let build = Info::new(Build { version: crate::version::text(), database });
        registry.register("firstkey_build", "Which version this is, and on which database", build);
        let requests = Timed::new_with_constructor(histogram as fn() -> Histogram);
        registry.register(
            "firstkey_http_request_duration_seconds",
            "How long requests took, by route and class of status",
            requests.clone(),
        );
        let writes = histogram();
        registry.register(
            "firstkey_database_write_duration_seconds",
            "How long changes took until they were durable, the wait for their turn included",
            writes.clone(),
        );
        let families = Families {
            onboarding: register!("onboarding", "Steps of people on their way to their first key"),
            registered: register!("methods_registered", "Methods that were registered, by kind"),
            sign_ins: register!("sign_ins", "Tries to sign in, by method and outcome"),
            activities: register!("activities", "Lines of the audit log that this process wrote"),
            refusals: register!("refusals", "What was refused, by class of the true reason"),
            token_requests: register!(
                "token_requests",
                "Requests at the token endpoint, by grant type and outcome"
            ),
            limited: register!("limited_requests", "Requests that came too soon, by limit"),
            hashing_refused: register!(
                "pass_hashing_refused",
                "Tries with a pass that were sent away because too many waited for a processor"
            ),
            mails: register!("mails", "Tries to send a mail, by outcome"),
            logouts: register!("logout_tokens", "Tries to tell an application of a sign-out"),
            pushes: register!("web_pushes", "Tries to wake a phone, by outcome"),
            waiting: register!("database_waiting", "Who waits for a connection to the database"),
            pushing: Gauge::default(),
            queued: register!("queue_depth", "How many wait, by queue"),
            oldest: register!("queue_oldest_seconds", "How long the oldest has waited, by queue"),
            connections: register!("database_connections", "Connections to the database"),
            connections_max: register!(
                "database_connections_max",
                "How many connections to the database there may be"
            ),
            database_up: register!("database_up", "Whether the database answered just now"),
            people: register!("people", "People, and those who may sign in and have no method"),
            open_passes: register!("passes", "Temporary Access Passes, by state"),
            key_age: register!(
                "signing_key_age_seconds",
                "For how long the key has signed that has done so for longest"
            ),
            rotation: register!(
                "signing_key_rotation_seconds",
                "After how long signing keys are rotated; 0 for never"
            ),
            certificates: register!(
                "certificate_end_time_seconds",
                "When a certificate that is in use ends, in seconds of Unix time"
            ),
            requests,
            writes,
            registry: {
                process::register(&mut registry);
                registry
            },
        };
        let metrics = Self(Arc::new(families));
        metrics.begin_at_zero();
        metrics
    }

    /// What is asked about is there from the start: a rate over what appears with its first count
    /// misses that count.
    fn begin_at_zero(&self) {
        for step in ["pass_issued", "pass_redeemed", "first_method", "first_tokens"] {
            drop(self.0.onboarding.get_or_create(&Step { step }));
        }
        for method in ["pass", "key", "phone", "upstream", "recovery_code"] {
            for outcome in [outcome(true), outcome(false)] {
                drop(self.0.sign_ins.get_or_create(&SignIn { method, outcome }));
            }
        }
    }

    /// Somebody came one step further on the way to their first key.
    pub fn onboarded(&self, step: &'static str) {
        self.0.onboarding.get_or_create(&Step { step }).inc();
    }

    /// A method was registered.
    pub fn registered(&self, kind: &'static str) {
        self.0.registered.get_or_create(&Kind { kind }).inc();
    }

    /// Somebody tried to sign in.
    pub fn sign_in(&self, method: &'static str, success: bool) {
        let outcome = outcome(success);
        self.0.sign_ins.get_or_create(&SignIn { method, outcome }).inc();
    }

    /// A line was written to the audit log.
    pub fn activity(&self, activity: &'static str, success: bool) {
        let outcome = outcome(success);
        self.0.activities.get_or_create(&Activity { activity, outcome }).inc();
    }

    /// Something was refused.
    pub fn refusal(&self, activity: &'static str, reason: &'static str) {
        self.0.refusals.get_or_create(&Refusal { activity, reason }).inc();
    }

    /// The token endpoint answered.
    pub fn token_request(&self, grant_type: &'static str, outcome: &'static str) {
        self.0.token_requests.get_or_create(&TokenRequest { grant_type, outcome }).inc();
    }

    /// A request was answered. The route is one of ours, never a path that somebody typed.
    pub fn request(&self, route: &str, status: u16, took: Duration) {
        let status = match status / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        let labels = Request { route: route.to_owned(), status };
        self.0.requests.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Takes over how many requests came too soon since the start.
    pub fn set_limited(&self, limit: &'static str, total: u64) {
        self.0.limited.get_or_create(&Limit { limit }).inner().store(total, Ordering::Relaxed);
    }

    /// A mail was sent, waits for another try, or was given up.
    pub fn mail(&self, outcome: &'static str) {
        self.0.mails.get_or_create(&Outcome { outcome }).inc();
    }

    /// An application was told of a sign-out, is told again later, or never.
    pub fn logout(&self, outcome: &'static str) {
        self.0.logouts.get_or_create(&Outcome { outcome }).inc();
    }

    /// A push service took a message, did not, or knows the phone no more.
    pub fn push(&self, outcome: &'static str) {
        self.0.pushes.get_or_create(&Outcome { outcome }).inc();
    }

    /// A change was asked for then, and is durable now.
    pub fn written(&self, since: Instant) {
        self.0.writes.observe(since.elapsed().as_secs_f64());
    }

    /// Somebody waits for a connection, until what is returned is dropped.
    pub fn waits(&self) -> Ongoing {
        Ongoing::begin(&self.0.waiting)
    }

    /// Phones are being woken, until what is returned is dropped.
    pub fn pushes(&self) -> Ongoing {
        Ongoing::begin(&self.0.pushing)
    }

    /// Takes over what was looked up in the database; none where it did not answer, and then what
    /// was known before is forgotten.
    pub fn set_stored(&self, stored: Option<Stored>) {
        self.0.database_up.set(stored.is_some().into());
        let depths = stored.map(|stored| [stored.mail, stored.logouts, stored.unsealed]);
        for (number, queue) in ["mail", "logout", "audit_sealing"].into_iter().enumerate() {
            let labels = Queue { queue };
            if let Some(depth) = depths.and_then(|depths| depths.get(number).copied()) {
                self.set_queue(queue, depth.count);
                self.0.oldest.get_or_create(&labels).set(depth.oldest.as_secs_f64());
            } else {
                self.0.queued.remove(&labels);
                self.0.oldest.remove(&labels);
            }
        }
    }

    /// Takes over what people have.
    pub fn set_people(&self, people: People) {
        let set = |family: &Family<State, Gauge>, state, value: u32| {
            family.get_or_create(&State { state }).set(value.into());
        };
        set(&self.0.people, "all", people.all);
        set(&self.0.people, "without_method", people.without_method);
        set(&self.0.open_passes, "open", people.open_passes);
    }

    /// Takes over how the connections to the database are.
    pub fn set_pool(&self, pool: Pool) {
        let set = |state, value: u32| {
            self.0.connections.get_or_create(&State { state }).set(value.into());
        };
        set("in_use", pool.open.saturating_sub(pool.idle));
        set("idle", pool.idle);
        self.0.connections_max.set(pool.max.into());
        self.set_queue("database_writer", pool.writer);
        let pushing = self.0.pushing.get();
        self.0.queued.get_or_create(&Queue { queue: "web_push" }).set(pushing);
    }

    /// Takes over how many wait for a processor to have their pass hashed, and how many were sent
    /// away since the start.
    pub fn set_hashing(&self, waiting: u32, sent_away: u64) {
        self.set_queue("argon2", waiting);
        self.0.hashing_refused.inner().store(sent_away, Ordering::Relaxed);
    }

    /// Takes over how old the signing keys are, and after how long they are rotated.
    pub fn set_keys(&self, age: Duration, rotation: Duration) {
        self.0.key_age.set(age.as_secs_f64());
        self.0.rotation.set(i64::try_from(rotation.as_secs()).unwrap_or(i64::MAX));
    }

    /// Takes over when the certificate ends with which this process speaks TLS.
    pub fn set_certificate(&self, until: i64) {
        self.0.certificates.get_or_create(&Kind { kind: "tls" }).set(until);
    }

    fn set_queue(&self, queue: &'static str, depth: u32) {
        self.0.queued.get_or_create(&Queue { queue }).set(depth.into());
    }

    /// All numbers, as [`CONTENT_TYPE`] says.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_in_the_form_of_openmetrics() {
        let metrics = Metrics::new("sqlite");
        metrics.sign_in("pass", false);
        metrics.onboarded("pass_issued");
        metrics.request("/token", 200, Duration::from_millis(3));
        metrics.token_request("authorization_code", "invalid_grant");
        let text = metrics.encode().unwrap();
        for line in [
            "firstkey_sign_ins_total{method=\"pass\",outcome=\"failure\"} 1",
            "firstkey_sign_ins_total{method=\"key\",outcome=\"success\"} 0",
            "firstkey_onboarding_total{step=\"pass_issued\"} 1",
            "firstkey_http_request_duration_seconds_count{route=\"/token\",status=\"2xx\"} 1",
            "firstkey_token_requests_total{grant_type=\"authorization_code\",outcome=\"invalid_grant\"} 1",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        let bucket = "firstkey_http_request_duration_seconds_bucket{le=\"0.005\",route=\"/token\",status=\"2xx\"} 1";
        assert!(text.contains(bucket), "{text}");
        assert!(text.contains("firstkey_build_info{version=\"") && text.ends_with("# EOF\n"));
    }

    #[test]
    fn what_the_database_no_longer_says_is_forgotten() {
        let metrics = Metrics::new("sqlite");
        let depth = Depth { count: 3, oldest: Duration::from_secs(7) };
        let stored = Stored { mail: depth, logouts: depth, unsealed: depth };
        metrics.set_stored(Some(stored));
        let text = metrics.encode().unwrap();
        assert!(text.contains("firstkey_queue_depth{queue=\"mail\"} 3"), "{text}");
        assert!(text.contains("firstkey_queue_oldest_seconds{queue=\"logout\"} 7.0"), "{text}");
        assert!(text.contains("firstkey_database_up 1"), "{text}");
        metrics.set_stored(None);
        let text = metrics.encode().unwrap();
        assert!(!text.contains("queue=\"mail\"") && text.contains("firstkey_database_up 0"));
    }

    #[test]
    fn what_goes_on_is_counted_while_it_does() {
        let metrics = Metrics::new("sqlite");
        let (one, two) = (metrics.waits(), metrics.waits());
        assert!(metrics.encode().unwrap().contains("firstkey_database_waiting 2"));
        drop((one, two));
        assert!(metrics.encode().unwrap().contains("firstkey_database_waiting 0"));
    }
}
