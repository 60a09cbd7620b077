//! How strong a sign-in must be, whether it is, and by what it can become so.
//!
//! What is demanded is the most of three: what the request asks for (`acr_values`, the `claims`
//! parameter), what the operator set for the application, and what a page of ours takes. The request
//! can only raise what the operator set.

use serde::{Deserialize, Serialize};

use super::super::assurance::{self, Acr, Factor};
use super::super::policy::PassMultifactor;
use super::super::session::Session;
use super::{Facts, Journey};

/// How a request put its wish for a class of sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AcrTerms {
    /// The class that it names first: the values of `acr_values` stand in order of preference
    /// (OIDC Core §3.1.2.1).
    pub preferred: Option<Acr>,
    /// The classes of which the answer must name one (OIDC Core §5.5.1.1); none where any will do.
    pub essential: Vec<Acr>,
}

impl AcrTerms {
    /// What is told of a sign-in that reached this class. Where the application takes certain names
    /// alone, it is the strongest of those that is true.
    pub fn told(&self, reached: Acr) -> Acr {
        let true_ones = self.essential.iter().copied().filter(|acr| *acr <= reached);
        true_ones.max().unwrap_or(reached)
    }
}

/// What was decided about demands outside of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The least that the operator lets in to the application.
    pub minimum: Option<Acr>,
    /// What a pass is worth where several factors are demanded.
    pub pass: PassMultifactor,
    /// Whether the person holds a pass that works now.
    pub has_pass: bool,
}

/// A class that a sign-in must reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The class.
    pub class: Acr,
    /// What a pass is worth where that class is [`Acr::MultiFactor`].
    pass: PassMultifactor,
    /// Whether the application will look at the class that it is told.
    essential: bool,
}

impl Demand {
    /// What the operator demands for an application, whatever a request says.
    pub fn by_rule(minimum: Option<Acr>, pass: PassMultifactor) -> Option<Self> {
        minimum.map(|class| Self { class, pass, essential: false })
    }

    /// What a journey demands.
    pub(super) fn of(journey: &Journey, rules: Rules) -> Option<Self> {
        let request = journey.purpose.request();
        let essential = request.is_some_and(|it| !it.acr_terms.essential.is_empty());
        let class = journey.purpose.demanded_acr().max(rules.minimum)?;
        Some(Self { class, pass: rules.pass, essential })
    }

    /// Whether a sign-in with these factors meets it. A pass counts towards several factors as far
    /// as its policy says. Alone it stays what it is: it meets a rule and a wish, not a claim that
    /// is essential, for the application is never told more than is true.
    pub fn met_by(&self, factors: &[Factor]) -> bool {
        let is_pass = |factor: &Factor| *factor == Factor::TemporaryAccessPass;
        if self.class != Acr::MultiFactor {
            return assurance::acr(factors) >= self.class;
        }
        match self.pass {
            PassMultifactor::Never => {
                let others: Vec<_> = factors.iter().copied().filter(|it| !is_pass(it)).collect();
                assurance::acr(&others) >= self.class
            }
            PassMultifactor::WithAnother => assurance::acr(factors) >= self.class,
            PassMultifactor::Alone => {
                assurance::acr(factors) >= self.class
                    || (!self.essential && factors.iter().any(is_pass))
            }
        }
    }

    /// Whether it is met once `factor` is proved, too.
    pub fn met_with(&self, session: &Session, factor: Factor) -> bool {
        let factors: Vec<_> = session.factors.iter().copied().chain([factor]).collect();
        self.met_by(&factors)
    }
}

/// How somebody who falls short of a demand can meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chances {
    /// By a method that they have.
    pub(super) method: bool,
    /// By a pass that they hold, beside what they have proved.
    pub(super) pass: bool,
    /// By a method that they may register themselves.
    pub(super) registration: bool,
}

impl Chances {
    /// What this person can do about a demand that `session` does not meet.
    pub(super) fn of(demand: Demand, session: &Session, facts: &Facts<'_>) -> Self {
        let mut usable = facts.methods.iter().filter(|method| facts.policy.takes(method));
        let mut kinds = facts.policy.allowed_kinds.iter();
        Self {
            method: usable.any(|method| demand.met_with(session, method.factor())),
            pass: facts.rules.has_pass && demand.met_with(session, Factor::TemporaryAccessPass),
            registration: kinds.any(|kind| demand.met_with(session, kind.factor_at_best())),
        }
    }

    /// Whether a pass leads on: as one more factor, or because somebody who lost their methods
    /// begins again with it. Who came with a pass has begun again.
    pub(super) fn by_pass(self, session: &Session) -> bool {
        self.pass || (self.registration && session.bootstrap().is_none())
    }

    /// Whether there is nothing that they can do.
    pub(super) fn none(self) -> bool {
        !self.method && !self.pass && !self.registration
    }
}

/// Whether the request would rather have more than `session` is, and the person has what it takes.
/// It is asked for once, and what they show instead will do.
pub(super) fn prefers_more(journey: &Journey, session: &Session, facts: &Facts<'_>) -> bool {
    let Some(request) = journey.purpose.request() else { return false };
    let Some(preferred) = request.acr_terms.preferred else { return false };
    let demand = Demand { class: preferred, pass: facts.rules.pass, essential: true };
    !request.prompt.none
        && journey.progress.authenticated_at.is_none()
        && !demand.met_by(&session.factors)
        && Chances::of(demand, session, facts).method
}
