//! Every operation of the API, in one table: what the router is built from, and the document.

use axum::http::Method;
use axum::routing::{MethodRouter, delete, get, patch, post, put};

use super::policy_schemas::{FIDO2_SCHEMA, RECOVERY_CODES_SCHEMA, TAP_SCHEMA, WHOLE};
use super::query::{LIST, ONE, PLAIN_LIST, TIMED_LIST};
use super::schema::Schema;
use super::{
    audit, audit_schemas, devices, groups, members, methods, passes, phones, policies, sessions,
    users,
};
use crate::domain::authority::Action;
use crate::http::AppState;

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// With which method.
    pub method: Method,
    /// At which address, below the version.
    pub path: String,
    /// What answers.
    pub handler: MethodRouter<AppState>,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// What a caller must be allowed to do.
    pub action: Action,
    /// What is sent.
    pub body: Option<Body>,
    /// What is answered.
    pub answer: Answer,
    /// Which options the query may have.
    pub options: &'static [&'static str],
    /// Whether `If-Match` is heeded.
    pub versioned: bool,
}

const CONFIGURATIONS: &[&Schema] = &[&TAP_SCHEMA, &FIDO2_SCHEMA, &RECOVERY_CODES_SCHEMA];

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Fields of an object.
    Fields(&'static Schema),
    /// Fields of any of these objects; which one, the address says.
    AnyFields(&'static [&'static Schema]),
    /// An `@odata.id`.
    Reference,
}

/// What is answered.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// 200 and an object.
    One(&'static Schema),
    /// 200 and any of these, told apart by `@odata.type`.
    Any(&'static [&'static Schema]),
    /// 200 and a list of any of these.
    List(&'static [&'static Schema]),
    /// 201 and the new object.
    Created(&'static Schema),
    /// 204.
    Done,
}

fn see(
    path: &str,
    handler: MethodRouter<AppState>,
    about: &'static str,
    action: Action,
    answer: Answer,
) -> Operation {
    let (method, path) = (Method::GET, path.to_owned());
    let (body, options, versioned) = (None, ONE, false);
    Operation { method, path, handler, about, action, body, answer, options, versioned }
}

fn act(
    method: Method,
    path: &str,
    handler: MethodRouter<AppState>,
    about: &'static str,
    action: Action,
) -> Operation {
    let answer = Answer::Done;
    Operation { method, options: &[], ..see(path, handler, about, action, answer) }
}

impl Operation {
    fn options(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    fn sends(self, body: Body) -> Self {
        Self { body: Some(body), ..self }
    }

    fn answers(self, answer: Answer) -> Self {
        Self { answer, ..self }
    }

    fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }
}

/// Every operation.
pub fn all() -> Vec<Operation> {
    let mut all = personal("/users/{user}");
    all.push(
        act(
            Method::POST,
            "/users/{user}/authentication/temporaryAccessPassMethods",
            post(passes::create),
            "Issues a pass, and deletes the one before it. Its value is in this answer and nowhere \
             ever after.",
            Action::IssuePass,
        )
        .sends(Body::Fields(&passes::SCHEMA))
        .answers(Answer::Created(&passes::SCHEMA)),
    );
    all.push(
        act(
            Method::POST,
            "/users/{user}/authentication/temporaryAccessPassMethods/{id}/approve",
            post(passes::approve),
            "Approves a pass that another admin issued to an admin, where the policy wants two. Not \
             in Graph.",
            Action::IssuePass,
        )
        .answers(Answer::One(&passes::SCHEMA)),
    );
    all.push(
        act(
            Method::POST,
            "/users/{user}/revokeSignInSessions",
            post(sessions::revoke),
            "Signs this person out everywhere, and takes back what applications were given.",
            Action::RemoveMethod,
        )
        .answers(Answer::One(&sessions::REVOKED)),
    );
    all.push(act(
        Method::POST,
        "/users/{user}/authentication/requireReregistration",
        post(methods::require_registration),
        "Has a person register anew: their methods and recovery codes open nothing any more, and \
         they are signed out everywhere. A pass lets them in. Not one's own. Not in Graph.",
        Action::RemoveMethod,
    ));
    all.push(act(
        Method::POST,
        "/users/{user}/authentication/cancelReregistration",
        post(methods::cancel_registration),
        "Takes that back, as long as nothing was registered since: the methods that were there open \
         the account again. Recovery codes stay void, and sessions ended. Not one's own. Not in Graph.",
        Action::RemoveMethod,
    ));
    all.extend(on_behalf());
    all.extend(personal("/me"));
    all.extend(policy());
    all.extend(people());
    all.extend(group());
    all.extend(audit_log());
    all.extend(owned_devices());
    all
}

/// The audit log, in the two parts that Graph has.
fn audit_log() -> [Operation; 4] {
    use audit_schemas::{CHANGE, SIGN_IN};
    [
        see(
            "/auditLogs/directoryAudits",
            get(audit::list_changes),
            "What was done, the newest first. Filtered by activityDateTime, activityDisplayName, \
             category, result, initiatedBy/user/id, initiatedBy/app/appId and \
             targetResources/any(t:t/id eq 'ID').",
            Action::SeeAudit,
            Answer::List(&[&CHANGE]),
        )
        .options(TIMED_LIST),
        see(
            "/auditLogs/directoryAudits/{id}",
            get(audit::show_change),
            "One thing that was done.",
            Action::SeeAudit,
            Answer::One(&CHANGE),
        ),
        see(
            "/auditLogs/signIns",
            get(audit::list_sign_ins),
            "Sign-ins, and those that were refused, the newest first. Filtered by createdDateTime, \
             userId, userPrincipalName, appId and status/errorCode (eq 0 or ne 0).",
            Action::SeeAudit,
            Answer::List(&[&SIGN_IN]),
        )
        .options(TIMED_LIST),
        see(
            "/auditLogs/signIns/{id}",
            get(audit::show_sign_in),
            "One sign-in.",
            Action::SeeAudit,
            Answer::One(&SIGN_IN),
        ),
    ]
}

/// Devices that people have set up.
fn owned_devices() -> Vec<Operation> {
    let of_user = |path| {
        see(
            path,
            get(devices::of_user),
            "The devices that this person has set up, the oldest first.",
            Action::SeeDevices,
            Answer::List(&[&devices::SCHEMA]),
        )
    };
    vec![
        of_user("/me/ownedDevices"),
        of_user("/me/registeredDevices"),
        of_user("/users/{user}/ownedDevices"),
        of_user("/users/{user}/registeredDevices"),
        see(
            "/devices",
            get(devices::list),
            "Everybody's devices, the oldest first.",
            Action::SeeDevices,
            Answer::List(&[&devices::SCHEMA]),
        )
        .options(PLAIN_LIST),
        see(
            "/devices/{id}",
            get(devices::show),
            "A device.",
            Action::SeeDevices,
            Answer::One(&devices::SCHEMA),
        ),
        see(
            "/devices/{id}/registeredOwners",
            get(devices::owners),
            "Who has set it up: a list of one.",
            Action::SeeDevices,
            Answer::List(&[&users::SCHEMA]),
        ),
        act(
            Method::DELETE,
            "/devices/{id}",
            delete(devices::delete),
            "Takes a device off its list: its tokens are worth nothing from now on.",
            Action::RemoveDevice,
        ),
    ]
}

/// What there is about one person, whoever names them how.
fn personal(root: &str) -> Vec<Operation> {
    let at = |path: &str| format!("{root}/authentication/{path}");
    let any: &[&Schema] = &[&methods::SCHEMA, &phones::SCHEMA, &passes::SCHEMA];
    vec![
        see(
            &at("temporaryAccessPassMethods"),
            get(passes::list),
            "The pass, without its value: a list of none or one.",
            Action::SeePass,
            Answer::List(&[&passes::SCHEMA]),
        ),
        see(
            &at("temporaryAccessPassMethods/{id}"),
            get(passes::show),
            "The pass, without its value.",
            Action::SeePass,
            Answer::One(&passes::SCHEMA),
        ),
        act(
            Method::DELETE,
            &at("temporaryAccessPassMethods/{id}"),
            delete(passes::delete),
            "Deletes the pass, and ends what rests on it alone.",
            Action::DeletePass,
        ),
        see(
            &at("methods"),
            get(methods::list),
            "Everything that signs this person in, told apart by @odata.type.",
            Action::SeeMethods,
            Answer::List(any),
        ),
        see(
            &at("methods/{id}"),
            get(methods::show),
            "One of these.",
            Action::SeeMethods,
            Answer::Any(any),
        ),
        see(
            &at("fido2Methods"),
            get(methods::list_keys),
            "The passkeys and security keys.",
            Action::SeeMethods,
            Answer::List(&[&methods::SCHEMA]),
        ),
        see(
            &at("fido2Methods/{id}"),
            get(methods::show_key),
            "A passkey or security key.",
            Action::SeeMethods,
            Answer::One(&methods::SCHEMA),
        ),
        act(
            Method::DELETE,
            &at("fido2Methods/{id}"),
            delete(methods::delete_key),
            "Removes a lost key, and signs its owner out everywhere. Not one's own.",
            Action::RemoveMethod,
        ),
        see(
            &at("microsoftAuthenticatorMethods"),
            get(phones::list),
            "The phones that approve sign-ins.",
            Action::SeeMethods,
            Answer::List(&[&phones::SCHEMA]),
        ),
        see(
            &at("microsoftAuthenticatorMethods/{id}"),
            get(phones::show),
            "A phone.",
            Action::SeeMethods,
            Answer::One(&phones::SCHEMA),
        ),
        act(
            Method::DELETE,
            &at("microsoftAuthenticatorMethods/{id}"),
            delete(phones::delete),
            "Removes a lost phone, and signs its owner out everywhere. Not one's own.",
            Action::RemoveMethod,
        ),
    ]
}

/// Registering a key for somebody else.
fn on_behalf() -> [Operation; 2] {
    let root = "/users/{user}/authentication/fido2Methods";
    [
        act(
            Method::GET,
            &format!("{root}/creationOptions"),
            get(methods::creation_options),
            "What an authenticator needs to make a key for this person. May be written as \
             creationOptions() or creationOptions(challengeTimeoutInMinutes=N), N from 5 to 43200.",
            Action::AddMethod,
        )
        .answers(Answer::One(&methods::OPTIONS)),
        act(
            Method::POST,
            root,
            post(methods::add_key),
            "Registers a key on this person's behalf. Not one's own.",
            Action::AddMethod,
        )
        .sends(Body::Fields(&methods::SENT))
        .answers(Answer::Created(&methods::SCHEMA)),
    ]
}

/// The policies of sign-in methods.
fn policy() -> Vec<Operation> {
    let root = "/policies/authenticationMethodsPolicy";
    let list = format!("{root}/authenticationMethodConfigurations");
    let one = format!("{list}/{{id}}");
    vec![
        see(
            root,
            get(policies::show_all),
            "The whole policy, with every configuration.",
            Action::SeePolicies,
            Answer::One(&WHOLE),
        ),
        see(
            &list,
            get(policies::list),
            "Every configuration.",
            Action::SeePolicies,
            Answer::List(CONFIGURATIONS),
        ),
        see(
            &one,
            get(policies::show),
            "One configuration; {id} is TemporaryAccessPass, Fido2 or RecoveryCodes, in any \
             case.",
            Action::SeePolicies,
            Answer::Any(CONFIGURATIONS),
        ),
        act(
            Method::PATCH,
            &one,
            patch(policies::change),
            "Changes some fields, or none where one of them cannot be taken.",
            Action::ChangePolicies,
        )
        .sends(Body::AnyFields(CONFIGURATIONS))
        .versioned(),
        act(
            Method::DELETE,
            &one,
            delete(policies::reset),
            "Returns the configuration to its default.",
            Action::ChangePolicies,
        )
        .versioned(),
    ]
}

fn people() -> Vec<Operation> {
    let person = Answer::One(&users::SCHEMA);
    vec![
        see("/me", get(users::show), "Whoever signed in.", Action::SeePeople, person),
        see(
            "/users",
            get(users::list),
            "People, in the order of their userPrincipalName.",
            Action::SeePeople,
            Answer::List(&[&users::SCHEMA]),
        )
        .options(LIST),
        act(
            Method::POST,
            "/users",
            post(users::create),
            "Adds a person. mailNickname and passwordProfile, which Graph demands, are not kept: \
             there are no mailboxes and no passwords here.",
            Action::ChangePeople,
        )
        .sends(Body::Fields(&users::SCHEMA))
        .answers(Answer::Created(&users::SCHEMA)),
        see("/users/{user}", get(users::show), "A person.", Action::SeePeople, person),
        act(
            Method::PATCH,
            "/users/{user}",
            patch(users::change),
            "Changes some fields, or none. Whoever is disabled is signed out at once.",
            Action::ChangePeople,
        )
        .sends(Body::Fields(&users::SCHEMA))
        .versioned(),
        act(
            Method::DELETE,
            "/users/{user}",
            delete(users::delete),
            "Removes a person and all that hangs on them.",
            Action::ChangePeople,
        )
        .versioned(),
        see(
            "/users/{user}/manager",
            get(users::manager),
            "Whom they report to.",
            Action::SeePeople,
            person,
        ),
        act(
            Method::PUT,
            "/users/{user}/manager/$ref",
            put(users::set_manager),
            "Says whom they report to.",
            Action::ChangePeople,
        )
        .sends(Body::Reference)
        .versioned(),
        act(
            Method::DELETE,
            "/users/{user}/manager/$ref",
            delete(users::clear_manager),
            "Leaves them reporting to nobody.",
            Action::ChangePeople,
        )
        .versioned(),
    ]
}

fn group() -> Vec<Operation> {
    vec![
        see(
            "/groups",
            get(groups::list),
            "Groups, in the order of their names.",
            Action::SeeGroups,
            Answer::List(&[&groups::SCHEMA]),
        )
        .options(LIST),
        act(
            Method::POST,
            "/groups",
            post(groups::create),
            "Adds a group. mailNickname, which Graph demands, is not kept.",
            Action::ChangeGroups,
        )
        .sends(Body::Fields(&groups::SCHEMA))
        .answers(Answer::Created(&groups::SCHEMA)),
        see(
            "/groups/{id}",
            get(groups::show),
            "A group.",
            Action::SeeGroups,
            Answer::One(&groups::SCHEMA),
        ),
        act(
            Method::PATCH,
            "/groups/{id}",
            patch(groups::change),
            "Changes some fields, or none.",
            Action::ChangeGroups,
        )
        .sends(Body::Fields(&groups::SCHEMA))
        .versioned(),
        act(
            Method::DELETE,
            "/groups/{id}",
            delete(groups::delete),
            "Removes a group; its members stay.",
            Action::ChangeGroups,
        )
        .versioned(),
        see(
            "/groups/{id}/members",
            get(members::list),
            "Who was put into a group: people first, then groups.",
            Action::SeeGroups,
            Answer::List(&[&users::SCHEMA, &groups::SCHEMA]),
        )
        .options(PLAIN_LIST),
        act(
            Method::POST,
            "/groups/{id}/members/$ref",
            post(members::add),
            "Puts a person or a group into a group.",
            Action::ChangeGroups,
        )
        .sends(Body::Reference),
        act(
            Method::DELETE,
            "/groups/{id}/members/{member}/$ref",
            delete(members::remove),
            "Takes a person or a group out of a group.",
            Action::ChangeGroups,
        ),
    ]
}
