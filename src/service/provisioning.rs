//! What another system keeps here of a person in one go: the person, and their pass. All of it is
//! done, or none.

use super::caller::Caller;
use super::passes::{IssuedPass, NewPass};
use super::users::{NewUser, changes, check_manager};
use super::{AdminError, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::{Action, Subject, may};
use crate::domain::error::Invalid;
use crate::domain::id::UserId;
use crate::domain::pass::PassRequest;
use crate::domain::random;
use crate::domain::user::{User, Username};
use crate::store::{audit, groups, passes, sessions, users};

/// A person as they are now, and the pass that they were given.
#[derive(Clone, Debug)]
pub struct Provisioned {
    /// The person.
    pub user: User,
    /// Their new pass, if they were given one.
    pub pass: Option<IssuedPass>,
}

/// What becomes of a person's pass.
#[derive(Clone, Debug)]
pub enum PassChange {
    /// They get a new one.
    Issue(PassRequest),
    /// The one they have is deleted, if they have one.
    Delete,
}

impl Services {
    /// Adds a person, and gives them a pass.
    pub async fn provision_user(
        &self,
        caller: &Caller,
        new: NewUser,
        pass: Option<PassRequest>,
    ) -> Result<Provisioned, AdminError> {
        self.permit(caller, Action::ChangePeople, Activity::UserAdded, None).await?;
        if !new.roles.is_empty() {
            self.permit(caller, Action::AssignRoles, Activity::UserAdded, None).await?;
        }
        let now = self.now();
        let handle = uuid::Builder::from_random_bytes(random::bytes(self.random.as_ref()));
        let username = Username::parse(&new.username)?;
        let id = UserId::new(now, self.random.as_ref());
        let mut user = User::new(id, handle.into_uuid(), username, now);
        if let Some(name) = new.display_name {
            user.display_name = name;
        }
        user.email = new.email;
        user.roles = new.roles;
        user.enabled = !new.disabled;
        user.external_id = new.external_id;
        user.manager = new.manager;
        user.profile = new.profile;
        user.tidy()?;
        let pass = match &pass {
            Some(request) => Some(self.prepare_pass(caller, &user, request).await?),
            None => None,
        };
        let entry = self.entry_by(Activity::UserAdded, caller).on(Some(user.id));
        let event = entry.detail(user.username.as_str()).done();
        let (services, added, given) = (self.clone(), user.clone(), pass.clone());
        let wanted = new.groups;
        let mailed_to = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let mut ids = Vec::new();
                    for name in &wanted {
                        match groups::by_name(conn, name).await? {
                            Some(group) => ids.push(group.id),
                            None => return Ok(Err(AdminError::NotFound(format!("group {name}")))),
                        }
                    }
                    if let Err(invalid) = check_manager(conn, &added).await? {
                        return Ok(Err(invalid.into()));
                    }
                    if !users::insert(conn, &added).await? {
                        return Ok(Err(AdminError::Exists(format!(
                            "user {}",
                            added.username.as_str()
                        ))));
                    }
                    for group in ids {
                        groups::add_member(conn, group, added.id).await?;
                        groups::touch(conn, group, added.created_at).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(Ok(match given {
                        Some(pass) => pass.store(&services, conn, &added).await?,
                        None => None,
                    }))
                })
            })
            .await??;
        self.provisioned(user, pass, mailed_to).await
    }

    async fn provisioned(
        &self,
        user: User,
        pass: Option<NewPass>,
        mailed_to: Option<String>,
    ) -> Result<Provisioned, AdminError> {
        let pass = match pass {
            Some(pass) => Some(self.issued(user.clone(), pass, mailed_to).await?),
            None => None,
        };
        Ok(Provisioned { user, pass })
    }

    /// Changes a person and their pass: `edit` gets them as they are now and says what they shall
    /// be. Refused where they are no longer at `version`. Disabling somebody ends their sessions at
    /// once.
    pub async fn reprovision_user(
        &self,
        caller: &Caller,
        name: &str,
        version: Option<i64>,
        edit: impl FnOnce(&mut User) -> Result<(), Invalid> + Clone + Send + 'static,
        pass: Option<PassChange>,
    ) -> Result<Provisioned, AdminError> {
        let user = self.find_user(name).await?;
        self.permit(caller, Action::ChangePeople, Activity::UserChanged, Some(&user)).await?;
        let mut new_pass = None;
        let mut deletion = None;
        match pass {
            Some(PassChange::Issue(request)) => {
                new_pass = Some(self.prepare_pass(caller, &user, &request).await?);
            }
            Some(PassChange::Delete) => {
                let activity = Activity::PassDeleted;
                self.permit(caller, Action::DeletePass, activity, Some(&user)).await?;
                let entry = self.entry_by(activity, caller).on(Some(user.id));
                deletion = Some(entry.detail("deleted").done());
            }
            None => {}
        }
        let entry = self.entry_by(Activity::UserChanged, caller).on(Some(user.id));
        let (id, now, actor) = (user.id, self.now(), caller.actor.clone());
        let (services, given) = (self.clone(), new_pass.clone());
        let (user, mailed_to) = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let Some(before) = users::by_id(conn, id).await? else {
                        return Ok(Err(AdminError::NotFound(format!("user {id}"))));
                    };
                    if version.is_some_and(|version| version != before.version) {
                        return Ok(Err(AdminError::Changed));
                    }
                    let mut after = before.clone();
                    if let Err(invalid) = edit(&mut after).and_then(|()| after.tidy()) {
                        return Ok(Err(invalid.into()));
                    }
                    if after != before {
                        let person = Subject { id, admin: !before.roles.is_empty() };
                        if after.roles != before.roles
                            && let Err(denied) = may(&actor, Action::AssignRoles, Some(person))
                        {
                            return Ok(Err(denied.into()));
                        }
                        if let Err(invalid) = check_manager(conn, &after).await? {
                            return Ok(Err(invalid.into()));
                        }
                        let holder = users::by_username(conn, &after.username).await?;
                        if holder.is_some_and(|holder| holder.id != id) {
                            let name = after.username.as_str();
                            return Ok(Err(AdminError::Exists(format!("user {name}"))));
                        }
                        users::update(conn, &after, now).await?;
                        if before.enabled && !after.enabled {
                            sessions::end_by_user(conn, id, now).await?;
                        }
                        let event = entry.detail(changes(&before, &after)).done();
                        audit::insert(conn, &event).await?;
                        after.version += 1;
                        after.updated_at = now;
                    }
                    if let Some(event) = deletion
                        && let Some(old) = passes::delete(conn, id).await?
                    {
                        sessions::end_by_pass(conn, old, now).await?;
                        audit::insert(conn, &event).await?;
                    }
                    let mailed_to = match given {
                        Some(pass) => pass.store(&services, conn, &after).await?,
                        None => None,
                    };
                    Ok(Ok((after, mailed_to)))
                })
            })
            .await??;
        self.provisioned(user, new_pass, mailed_to).await
    }
}
