//! Groups: adding, removing, filling them.

use super::caller::Caller;
use super::members::MemberChanges;
use super::{AdminError, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::error::Invalid;
use crate::domain::group::{Group, Member};
use crate::domain::id::GroupId;
use crate::store::{audit, groups};

/// What an admin says of a new group.
#[derive(Clone, Debug, Default)]
pub struct NewGroup {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The name by which the system that provisions it knows it.
    pub external_id: Option<String>,
}

impl Services {
    /// Adds a group that has a name and nothing else.
    pub async fn add_group(&self, caller: &Caller, name: &str) -> Result<Group, AdminError> {
        let new = NewGroup { name: name.to_owned(), ..NewGroup::default() };
        self.create_group(caller, new).await
    }

    /// Adds a group.
    pub async fn create_group(&self, caller: &Caller, new: NewGroup) -> Result<Group, AdminError> {
        self.provision_group(caller, new, MemberChanges::default()).await
    }

    /// Changes a group: `edit` gets it as it is now and says what it shall be. Refused where it is
    /// no longer at `version`.
    pub async fn edit_group(
        &self,
        caller: &Caller,
        id: GroupId,
        version: Option<i64>,
        edit: impl FnOnce(&mut Group) -> Result<(), Invalid> + Clone + Send + 'static,
    ) -> Result<Group, AdminError> {
        self.reprovision_group(caller, id, version, edit, MemberChanges::default()).await
    }

    /// The group that an admin names by id or name. Ids come first: a group whose name is another's
    /// id stands in for nothing.
    pub async fn find_group(&self, name: &str) -> Result<Group, AdminError> {
        let mut conn = self.store.reader().await?;
        if let Ok(id) = name.trim().parse::<GroupId>()
            && let Some(group) = groups::by_id(&mut conn, id).await?
        {
            return Ok(group);
        }
        if let Some(group) = groups::by_name(&mut conn, name).await? {
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

    /// The names of the groups that were put into a group.
    pub async fn groups_in(&self, group: &Group) -> Result<Vec<String>, AdminError> {
        let mut conn = self.store.reader().await?;
        let inner = groups::in_group(&mut conn, group.id, "", u32::MAX).await?;
        Ok(inner.into_iter().map(|group| group.name).collect())
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
        self.set_member(caller, &group, Member::User(user.id), inside).await?;
        Ok(group)
    }

    /// Removes a group; its members stay people.
    pub async fn remove_group(&self, caller: &Caller, name: &str) -> Result<Group, AdminError> {
        self.remove_group_at(caller, name, None).await
    }

    /// The same, but refused where it is no longer at `version`.
    pub async fn remove_group_at(
        &self,
        caller: &Caller,
        name: &str,
        version: Option<i64>,
    ) -> Result<Group, AdminError> {
        self.permit(caller, Action::ChangeGroups, Activity::GroupChanged, None).await?;
        let group = self.find_group(name).await?;
        let entry = self.entry_by(Activity::GroupChanged, caller);
        let event = entry.detail(format!("group {} removed", group.name)).done();
        let (id, at) = (group.id, self.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let Some(now) = groups::by_id(conn, id).await? else {
                        return Ok(Err(AdminError::NotFound(format!("group {id}"))));
                    };
                    if version.is_some_and(|version| version != now.version) {
                        return Ok(Err(AdminError::Changed));
                    }
                    groups::touch_all_of(conn, Member::Group(id), at).await?;
                    groups::delete(conn, id).await?;
                    audit::insert(conn, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await??;
        Ok(group)
    }
}
