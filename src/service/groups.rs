//! Groups: adding, removing, filling them.

use super::caller::Caller;
use super::{AdminError, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::group::{Group, parse_name};
use crate::domain::id::GroupId;
use crate::store::{audit, groups};

impl Services {
    /// Adds a group.
    pub async fn add_group(&self, caller: &Caller, name: &str) -> Result<Group, AdminError> {
        self.permit(caller, Action::ChangeGroups, Activity::GroupChanged, None).await?;
        let now = self.now();
        let id = GroupId::new(now, self.random.as_ref());
        let group = Group::new(id, parse_name(name)?, now);
        let entry = self.entry_by(Activity::GroupChanged, caller);
        let event = entry.detail(format!("group {} added", group.name)).done();
        let added = group.clone();
        let fresh = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let fresh = groups::insert(conn, &added).await?;
                    if fresh {
                        audit::insert(conn, &event).await?;
                    }
                    Ok(fresh)
                })
            })
            .await?;
        if fresh { Ok(group) } else { Err(AdminError::Exists(format!("group {}", group.name))) }
    }

    /// The group that an admin names by name or id.
    pub async fn find_group(&self, name: &str) -> Result<Group, AdminError> {
        let mut conn = self.store.reader().await?;
        if let Some(group) = groups::by_name(&mut conn, name).await? {
            return Ok(group);
        }
        if let Ok(id) = name.trim().parse::<GroupId>()
            && let Some(group) = groups::by_id(&mut conn, id).await?
        {
            return Ok(group);
        }
        Err(AdminError::NotFound(format!("group {name}")))
    }

    /// Every group with the number of its members.
    pub async fn list_groups(&self) -> Result<Vec<(Group, u32)>, AdminError> {
        Ok(groups::list(&mut *self.store.reader().await?).await?)
    }

    /// A group and the usernames of its members.
    pub async fn show_group(&self, name: &str) -> Result<(Group, Vec<String>), AdminError> {
        let group = self.find_group(name).await?;
        let members = groups::members(&mut *self.store.reader().await?, group.id).await?;
        Ok((group, members))
    }

    /// Puts a person into a group (`inside`), or takes them out. Doing so twice changes nothing.
    pub async fn set_membership(
        &self,
        caller: &Caller,
        group: &str,
        user: &str,
        inside: bool,
    ) -> Result<Group, AdminError> {
        self.permit(caller, Action::ChangeGroups, Activity::GroupChanged, None).await?;
        let group = self.find_group(group).await?;
        let user = self.find_user(user).await?;
        let verb = if inside { "joined" } else { "left" };
        let entry = self.entry_by(Activity::GroupChanged, caller).on(Some(user.id));
        let event = entry.detail(format!("{verb} group {}", group.name)).done();
        let (group_id, user_id, now) = (group.id, user.id, self.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let changed = if inside {
                        groups::add_member(conn, group_id, user_id).await?
                    } else {
                        groups::remove_member(conn, group_id, user_id).await?
                    };
                    if changed {
                        groups::touch(conn, group_id, now).await?;
                        audit::insert(conn, &event).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(group)
    }

    /// Removes a group; its members stay people.
    pub async fn remove_group(&self, caller: &Caller, name: &str) -> Result<Group, AdminError> {
        self.permit(caller, Action::ChangeGroups, Activity::GroupChanged, None).await?;
        let group = self.find_group(name).await?;
        let entry = self.entry_by(Activity::GroupChanged, caller);
        let event = entry.detail(format!("group {} removed", group.name)).done();
        let id = group.id;
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    groups::delete(conn, id).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await?;
        Ok(group)
    }
}
