//! What another system keeps here in one go: a person with their pass, a group with its members.
//! All of it is done, or none.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::caller::Caller;
use super::passes::{IssuedPass, NewPass};
use super::users::{NewUser, changes, check_manager};
use super::{AdminError, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::{Action, Subject, may};
use crate::domain::error::Invalid;
use crate::domain::group::{Group, Member};
use crate::domain::id::{GroupId, UserId};
use crate::domain::pass::PassRequest;
use crate::domain::random;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, Username};
use crate::service::groups::NewGroup;
use crate::store::{self, Conn, audit, groups, passes, sessions, users};

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

/// Who joins and who leaves a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberChanges {
    /// Whether everybody leaves who is not said to be inside.
    pub nobody_else: bool,
    /// People and groups by their ids, and whether they shall be inside. Nobody misses who has left
    /// already.
    pub inside: BTreeMap<Uuid, bool>,
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

    /// Adds a group with its members.
    pub async fn provision_group(
        &self,
        caller: &Caller,
        new: NewGroup,
        members: MemberChanges,
    ) -> Result<Group, AdminError> {
        self.permit(caller, Action::ChangeGroups, Activity::GroupChanged, None).await?;
        let now = self.now();
        let id = GroupId::new(now, self.random.as_ref());
        let mut group = Group::new(id, new.name, now);
        group.description = new.description;
        group.external_id = new.external_id;
        group.tidy()?;
        let entry = self.entry_by(Activity::GroupChanged, caller);
        let event = entry.detail(format!("group {} added", group.name)).done();
        let (services, caller, added) = (self.clone(), caller.clone(), group.clone());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let members = match resolve(conn, id, &members).await? {
                        Ok(members) => members,
                        Err(error) => return Ok(Err(error)),
                    };
                    if !groups::insert(conn, &added).await? {
                        return Ok(Err(AdminError::Exists(format!("group {}", added.name))));
                    }
                    audit::insert(conn, &event).await?;
                    services.move_members(conn, &caller, &added, &members).await?;
                    Ok(Ok(()))
                })
            })
            .await??;
        Ok(group)
    }

    /// Changes a group and who is in it: `edit` gets it as it is now and says what it shall be.
    /// Refused where it is no longer at `version`.
    pub async fn reprovision_group(
        &self,
        caller: &Caller,
        id: GroupId,
        version: Option<i64>,
        edit: impl FnOnce(&mut Group) -> Result<(), Invalid> + Clone + Send + 'static,
        members: MemberChanges,
    ) -> Result<Group, AdminError> {
        self.permit(caller, Action::ChangeGroups, Activity::GroupChanged, None).await?;
        let entry = self.entry_by(Activity::GroupChanged, caller);
        let (services, caller, now) = (self.clone(), caller.clone(), self.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let Some(before) = groups::by_id(conn, id).await? else {
                        return Ok(Err(AdminError::NotFound(format!("group {id}"))));
                    };
                    if version.is_some_and(|version| version != before.version) {
                        return Ok(Err(AdminError::Changed));
                    }
                    let mut after = before.clone();
                    if let Err(invalid) = edit(&mut after).and_then(|()| after.tidy()) {
                        return Ok(Err(invalid.into()));
                    }
                    let holder = groups::by_name(conn, &after.name).await?;
                    if holder.is_some_and(|holder| holder.id != id) {
                        return Ok(Err(AdminError::Exists(format!("group {}", after.name))));
                    }
                    let members = match resolve(conn, id, &members).await? {
                        Ok(members) => members,
                        Err(error) => return Ok(Err(error)),
                    };
                    let edited = after != before;
                    if edited {
                        groups::update(conn, &after, now).await?;
                        let detail = if after.name == before.name {
                            format!("group {} changed", after.name)
                        } else {
                            format!("group {} renamed to {}", before.name, after.name)
                        };
                        audit::insert(conn, &entry.detail(detail).done()).await?;
                    }
                    let moved = services.move_members(conn, &caller, &after, &members).await?;
                    if moved && !edited {
                        groups::touch(conn, id, now).await?;
                    }
                    if moved || edited {
                        after.version += 1;
                        after.updated_at = now;
                    }
                    Ok(Ok(after))
                })
            })
            .await?
    }

    /// Puts into a group, and takes out of it, those who are not where they shall be, and writes
    /// each down. Returns whether there was anybody.
    async fn move_members(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        group: &Group,
        members: &[(Member, bool)],
    ) -> store::Result<bool> {
        let mut moved = false;
        for (member, inside) in members {
            let changed = put(conn, group.id, *member, *inside).await?;
            if changed {
                moved = true;
                let entry = self.entry_by(Activity::GroupChanged, caller);
                let verb = if *inside { "joined" } else { "left" };
                let entry = match member {
                    Member::User(id) => {
                        entry.on(Some(*id)).detail(format!("{verb} group {}", group.name))
                    }
                    Member::Group(id) => {
                        entry.detail(format!("group {id} {verb} group {}", group.name))
                    }
                };
                audit::insert(conn, &entry.done()).await?;
            }
        }
        Ok(moved)
    }

    /// Puts somebody into a group (`inside`), or takes them out; false where nothing changes. A
    /// group is never put into itself, not even through others.
    pub async fn set_member(
        &self,
        caller: &Caller,
        group: &Group,
        member: Member,
        inside: bool,
    ) -> Result<bool, AdminError> {
        self.permit(caller, Action::ChangeGroups, Activity::GroupChanged, None).await?;
        let (services, caller) = (self.clone(), caller.clone());
        let (group, now): (Group, Timestamp) = (group.clone(), self.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let exists = match member {
                        Member::User(id) => users::by_id(conn, id).await?.is_some(),
                        Member::Group(id) => groups::by_id(conn, id).await?.is_some(),
                    };
                    if !exists || groups::by_id(conn, group.id).await?.is_none() {
                        let what = if exists { "group" } else { "member" };
                        return Ok(Err(AdminError::NotFound(format!("such {what}"))));
                    }
                    if inside && let Err(invalid) = check_circle(conn, group.id, member).await? {
                        return Ok(Err(invalid.into()));
                    }
                    let members = [(member, inside)];
                    let changed = services.move_members(conn, &caller, &group, &members).await?;
                    if changed {
                        groups::touch(conn, group.id, now).await?;
                    }
                    Ok(Ok(changed))
                })
            })
            .await?
    }
}

async fn put(conn: &mut Conn, group: GroupId, member: Member, inside: bool) -> store::Result<bool> {
    match (member, inside) {
        (Member::User(id), true) => groups::add_member(conn, group, id).await,
        (Member::User(id), false) => groups::remove_member(conn, group, id).await,
        (Member::Group(id), true) => groups::add_group(conn, group, id).await,
        (Member::Group(id), false) => groups::remove_group(conn, group, id).await,
    }
}

/// A group is never in itself, not even through others.
async fn check_circle(
    conn: &mut Conn,
    outer: GroupId,
    member: Member,
) -> store::Result<Result<(), Invalid>> {
    if let Member::Group(id) = member
        && groups::contains(conn, id, outer).await?
    {
        let message = "a group cannot be in itself, not even through others";
        return Ok(Err(Invalid::new("members", message)));
    }
    Ok(Ok(()))
}

/// Whom the ids stand for, and who else leaves. Only looks, so that nothing is half-done where
/// somebody is missing. Circles can be looked for beforehand, too: whatever joins, joins this group.
async fn resolve(
    conn: &mut Conn,
    group: GroupId,
    changes: &MemberChanges,
) -> store::Result<Result<Vec<(Member, bool)>, AdminError>> {
    let mut members = Vec::new();
    if changes.nobody_else {
        let stays: BTreeSet<Uuid> =
            changes.inside.iter().filter(|(_, inside)| **inside).map(|(id, _)| *id).collect();
        for (_, member) in groups::members_of_all(conn, &[group], u32::MAX).await? {
            let (Member::User(UserId(id)) | Member::Group(GroupId(id))) = member;
            if !stays.contains(&id) {
                members.push((member, false));
            }
        }
    }
    for (id, inside) in &changes.inside {
        let member = if users::by_id(conn, UserId(*id)).await?.is_some() {
            Member::User(UserId(*id))
        } else if groups::by_id(conn, GroupId(*id)).await?.is_some() {
            Member::Group(GroupId(*id))
        } else if *inside {
            let message = format!("there is nobody, and no group, with the id {id}");
            return Ok(Err(Invalid::new("members", message).into()));
        } else {
            continue;
        };
        if *inside && let Err(invalid) = check_circle(conn, group, member).await? {
            return Ok(Err(invalid.into()));
        }
        members.push((member, *inside));
    }
    Ok(Ok(members))
}
