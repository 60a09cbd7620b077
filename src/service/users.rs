//! People: adding, changing, removing them.

use std::collections::BTreeSet;

use super::caller::Caller;
use super::{AdminError, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::error::Invalid;
use crate::domain::group::Member;
use crate::domain::id::{GroupId, MethodId, UserId};
use crate::domain::language::say;
use crate::domain::mail::method_changed;
use crate::domain::role::Role;
use crate::domain::user::{Profile, User, Username};
use crate::store::{self, Conn, audit, credentials, groups, recovery_codes, sessions, users};

/// What an admin says of a new person.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// What they will type to say who they are.
    pub username: String,
    /// How pages address them; the username where absent.
    pub display_name: Option<String>,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their admin roles.
    pub roles: BTreeSet<Role>,
    /// Names of the groups they join.
    pub groups: Vec<String>,
    /// Whether they may not sign in yet.
    pub disabled: bool,
    /// The name by which the system that provisions them knows them.
    pub external_id: Option<String>,
    /// Whom they report to.
    pub manager: Option<UserId>,
    /// What is only shown and handed on.
    pub profile: Profile,
}

/// All that is known about a person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub user: User,
    /// The groups they are in.
    pub groups: Vec<(GroupId, String)>,
    /// What they have registered.
    pub methods: Vec<Credential>,
}

impl Services {
    /// Adds a person.
    pub async fn add_user(&self, caller: &Caller, new: NewUser) -> Result<User, AdminError> {
        Ok(self.provision_user(caller, new, None).await?.user)
    }

    /// The person whom an admin names by id or username. Ids come first: somebody whose username is
    /// another's id stands in for nobody.
    pub async fn find_user(&self, name: &str) -> Result<User, AdminError> {
        let mut conn = self.store.reader().await?;
        if let Ok(id) = name.trim().parse::<UserId>()
            && let Some(user) = users::by_id(&mut conn, id).await?
        {
            return Ok(user);
        }
        if let Ok(username) = Username::parse(name)
            && let Some(user) = users::by_username(&mut conn, &username).await?
        {
            return Ok(user);
        }
        Err(AdminError::NotFound(format!("user {name}")))
    }

    /// Everything about the person whom an admin names.
    pub async fn show_user(&self, name: &str) -> Result<Person, AdminError> {
        let user = self.find_user(name).await?;
        let mut conn = self.store.reader().await?;
        let groups = users::groups_of(&mut conn, user.id).await?;
        let methods = credentials::by_user(&mut conn, user.id).await?;
        Ok(Person { user, groups, methods })
    }

    /// People in the order of their usernames, after the username `after`.
    pub async fn list_users(&self, after: &str, limit: u32) -> Result<Vec<User>, AdminError> {
        let mut conn = self.store.reader().await?;
        Ok(users::list(&mut conn, &after.to_lowercase(), limit).await?)
    }

    /// Changes a person: `edit` gets them as they are now and says what they shall be. Refused
    /// where they are no longer at `version`. Disabling somebody ends their sessions at once.
    pub async fn edit_user(
        &self,
        caller: &Caller,
        name: &str,
        version: Option<i64>,
        edit: impl FnOnce(&mut User) -> Result<(), Invalid> + Clone + Send + 'static,
    ) -> Result<User, AdminError> {
        Ok(self.reprovision_user(caller, name, version, edit, None).await?.user)
    }

    /// Removes a person and all that hangs on them.
    pub async fn remove_user(&self, caller: &Caller, name: &str) -> Result<User, AdminError> {
        self.remove_user_at(caller, name, None).await
    }

    /// The same, but refused where they are no longer at `version`.
    pub async fn remove_user_at(
        &self,
        caller: &Caller,
        name: &str,
        version: Option<i64>,
    ) -> Result<User, AdminError> {
        let user = self.find_user(name).await?;
        self.permit(caller, Action::ChangePeople, Activity::UserRemoved, Some(&user)).await?;
        let entry = self.entry_by(Activity::UserRemoved, caller).on(Some(user.id));
        let event = entry.detail(user.username.as_str()).done();
        let (id, at) = (user.id, self.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let Some(now) = users::by_id(conn, id).await? else {
                        return Ok(Err(AdminError::NotFound(format!("user {id}"))));
                    };
                    if version.is_some_and(|version| version != now.version) {
                        return Ok(Err(AdminError::Changed));
                    }
                    groups::touch_all_of(conn, Member::User(id), at).await?;
                    // What ends is told, though nothing of it stays.
                    sessions::end_by_user(conn, id, at).await?;
                    users::delete(conn, id).await?;
                    audit::insert(conn, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await??;
        Ok(user)
    }

    /// Removes one of a person's methods, because it was lost or stolen: whoever holds it is signed
    /// out with everybody else who signed in as that person, and recovery codes are void, which they
    /// may have made with it.
    pub async fn remove_method(
        &self,
        caller: &Caller,
        user: &User,
        method: MethodId,
    ) -> Result<(), AdminError> {
        self.remove_method_of(caller, user, method, |_| true).await
    }

    /// The same where only what is of some kinds is meant; anything else is not there.
    pub async fn remove_method_of(
        &self,
        caller: &Caller,
        user: &User,
        method: MethodId,
        meant: impl Fn(MethodKind) -> bool,
    ) -> Result<(), AdminError> {
        self.permit(caller, Action::RemoveMethod, Activity::MethodRemoved, Some(user)).await?;
        let (user_id, now) = (user.id, self.now());
        let event = self
            .entry_by(Activity::MethodRemoved, caller)
            .on(Some(user_id))
            .detail(method.to_string())
            .done();
        let found = credentials::by_user(&mut *self.store.reader().await?, user_id).await?;
        let gone =
            || AdminError::NotFound(format!("method {method} of {}", user.username.as_str()));
        let found = found.iter().find(|it| it.id == method && meant(it.kind)).ok_or_else(gone)?;
        let told = self.loss_told(user_id, None).await?;
        let mail = method_changed(&self.sender(), user, &found.name, told, now);
        let letter = self.letter(mail)?;
        let removed = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !credentials::delete(conn, user_id, method).await? {
                        return Ok(false);
                    }
                    if let Some(letter) = letter {
                        letter.queue(conn, now).await?;
                    }
                    // Codes first: whoever redeems one at this moment has a session after that.
                    recovery_codes::delete(conn, user_id).await?;
                    sessions::end_by_user(conn, user_id, now).await?;
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if removed { Ok(()) } else { Err(gone()) }
    }
}

/// The manager is somebody who exists.
pub(super) async fn check_manager(
    conn: &mut Conn,
    user: &User,
) -> store::Result<Result<(), Invalid>> {
    let Some(manager) = user.manager else { return Ok(Ok(())) };
    if users::by_id(conn, manager).await?.is_some() {
        return Ok(Ok(()));
    }
    Ok(Err(Invalid::new("manager", say("invalid-manager-id").with("id", manager.to_string()))))
}

/// What was changed, in words for the audit log: names of fields, and values where they matter.
pub(super) fn changes(before: &User, after: &User) -> String {
    let mut words = Vec::new();
    if before.enabled != after.enabled {
        words.push(if after.enabled { "enabled" } else { "disabled" }.to_owned());
    }
    if before.roles != after.roles {
        let roles: Vec<_> = after.roles.iter().map(|role| role.name()).collect();
        words.push(format!(
            "roles: {}",
            if roles.is_empty() { "none".into() } else { roles.join(" ") }
        ));
    }
    if before.username != after.username {
        let (from, to) = (before.username.as_str(), after.username.as_str());
        words.push(format!("username from {from} to {to}"));
    }
    for (name, changed) in [
        ("display name", before.display_name != after.display_name),
        ("e-mail", before.email != after.email),
        ("external id", before.external_id != after.external_id),
        ("manager", before.manager != after.manager),
        ("alternate e-mail", before.profile.alternate_email != after.profile.alternate_email),
        ("profile", before.profile != after.profile),
    ] {
        if changed {
            words.push(name.to_owned());
        }
    }
    words.join(", ")
}
