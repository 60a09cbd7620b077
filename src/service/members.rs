//! Groups with who is in them, changed in one go: all of it is done, or none.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::caller::Caller;
use super::groups::NewGroup;
use super::{AdminError, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::error::Invalid;
use crate::domain::group::{Group, Member};
use crate::domain::id::{GroupId, UserId};
use crate::domain::language::say;
use crate::store::{self, Conn, audit, groups, users};

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
        let (group, now) = (group.clone(), self.now());
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
        let message = say("invalid-group-in-itself");
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
            if !stays.contains(&id_of(member)) {
                members.push((member, false));
            }
        }
    }
    let ids: Vec<Uuid> = changes.inside.keys().copied().collect();
    let found: BTreeMap<Uuid, Member> = groups::resolve(conn, &ids)
        .await?
        .into_iter()
        .map(|member| (id_of(member), member))
        .collect();
    for (id, inside) in &changes.inside {
        let Some(member) = found.get(id).copied() else {
            // Who is to leave has left already.
            if !inside {
                continue;
            }
            let message = say("invalid-member").with("id", id.to_string());
            return Ok(Err(Invalid::new("members", message).into()));
        };
        if *inside && let Err(invalid) = check_circle(conn, group, member).await? {
            return Ok(Err(invalid.into()));
        }
        members.push((member, *inside));
    }
    Ok(Ok(members))
}

fn id_of(member: Member) -> Uuid {
    let (Member::User(UserId(id)) | Member::Group(GroupId(id))) = member;
    id
}
