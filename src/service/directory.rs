//! Looking through the directory, and who is in which group.

use super::caller::Caller;
use super::{AdminError, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::{Action, may};
use crate::domain::error::Invalid;
use crate::domain::filter::{Filter, GroupField, UserField};
use crate::domain::group::{Group, Member};
use crate::domain::id::GroupId;
use crate::domain::user::User;
use crate::store::{audit, groups, users};

/// Somebody or something that is in a group.
#[derive(Clone, Debug)]
pub enum Inside {
    /// A person.
    User(Box<User>),
    /// A group.
    Group(Group),
}

/// How far a list of members was read: people come first, then groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// After the person with this username key; the empty one comes before everybody.
    User(String),
    /// After the group with this name key.
    Group(String),
}

impl Services {
    /// The person whom a caller names, who wants to do `action`. Whoever may not do it to people in
    /// general is not told whether there is one.
    pub async fn find_user_for(
        &self,
        caller: &Caller,
        action: Action,
        name: &str,
    ) -> Result<User, AdminError> {
        match self.find_user(name).await {
            Err(AdminError::NotFound(what)) => {
                may(&caller.actor, action, None)?;
                Err(AdminError::NotFound(what))
            }
            other => other,
        }
    }

    /// People whom a filter lets through, in the order of their usernames, after the username key
    /// `after`.
    pub async fn search_users(
        &self,
        caller: &Caller,
        filter: &Filter<UserField>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<User>, AdminError> {
        Self::permit_seeing(caller, Action::SeePeople, None)?;
        Ok(users::search(&mut *self.store.reader().await?, filter, after, limit).await?)
    }

    /// How many people a filter lets through.
    pub async fn count_users(
        &self,
        caller: &Caller,
        filter: &Filter<UserField>,
    ) -> Result<u32, AdminError> {
        Self::permit_seeing(caller, Action::SeePeople, None)?;
        Ok(users::count_matching(&mut *self.store.reader().await?, filter).await?)
    }

    /// Groups that a filter lets through, in the order of their names, after the name key `after`.
    pub async fn search_groups(
        &self,
        caller: &Caller,
        filter: &Filter<GroupField>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Group>, AdminError> {
        Self::permit_seeing(caller, Action::SeeGroups, None)?;
        Ok(groups::search(&mut *self.store.reader().await?, filter, after, limit).await?)
    }

    /// How many groups a filter lets through.
    pub async fn count_groups(
        &self,
        caller: &Caller,
        filter: &Filter<GroupField>,
    ) -> Result<u32, AdminError> {
        Self::permit_seeing(caller, Action::SeeGroups, None)?;
        Ok(groups::count_matching(&mut *self.store.reader().await?, filter).await?)
    }

    /// The group with this id, for somebody who wants to see it.
    pub async fn group_for(&self, caller: &Caller, id: &str) -> Result<Group, AdminError> {
        Self::permit_seeing(caller, Action::SeeGroups, None)?;
        self.group_by_id(id).await
    }

    /// The group with this id, and no other name.
    pub async fn group_by_id(&self, id: &str) -> Result<Group, AdminError> {
        let missing = || AdminError::NotFound(format!("group {id}"));
        let id: GroupId = id.parse().map_err(|_| missing())?;
        groups::by_id(&mut *self.store.reader().await?, id).await?.ok_or_else(missing)
    }

    /// Who was put into a group, after `after`.
    pub async fn members_of(
        &self,
        caller: &Caller,
        group: &Group,
        after: &After,
        limit: u32,
    ) -> Result<Vec<Inside>, AdminError> {
        Self::permit_seeing(caller, Action::SeeGroups, None)?;
        let mut conn = self.store.reader().await?;
        let mut found = Vec::new();
        let after_group = match after {
            After::User(key) => {
                let people = users::in_group(&mut conn, group.id, key, limit).await?;
                found.extend(people.into_iter().map(Box::new).map(Inside::User));
                ""
            }
            After::Group(key) => key,
        };
        let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        if left > 0 {
            let groups = groups::in_group(&mut conn, group.id, after_group, left).await?;
            found.extend(groups.into_iter().map(Inside::Group));
        }
        Ok(found)
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
        let entry = self.entry_by(Activity::GroupChanged, caller);
        let verb = if inside { "joined" } else { "left" };
        let event = match member {
            Member::User(id) => entry.on(Some(id)).detail(format!("{verb} group {}", group.name)),
            Member::Group(id) => entry.detail(format!("group {id} {verb} group {}", group.name)),
        };
        let (event, outer, now) = (event.done(), group.id, self.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let exists = match member {
                        Member::User(id) => users::by_id(conn, id).await?.is_some(),
                        Member::Group(id) => groups::by_id(conn, id).await?.is_some(),
                    };
                    if !exists || groups::by_id(conn, outer).await?.is_none() {
                        let what = if exists { "group" } else { "member" };
                        return Ok(Err(AdminError::NotFound(format!("such {what}"))));
                    }
                    let changed = match (member, inside) {
                        (Member::User(id), true) => groups::add_member(conn, outer, id).await?,
                        (Member::User(id), false) => groups::remove_member(conn, outer, id).await?,
                        (Member::Group(id), true) => {
                            if groups::contains(conn, id, outer).await? {
                                let message =
                                    "a group cannot be in itself, not even through others";
                                return Ok(Err(Invalid::new("members", message).into()));
                            }
                            groups::add_group(conn, outer, id).await?
                        }
                        (Member::Group(id), false) => groups::remove_group(conn, outer, id).await?,
                    };
                    if changed {
                        groups::touch(conn, outer, now).await?;
                        audit::insert(conn, &event).await?;
                    }
                    Ok(Ok(changed))
                })
            })
            .await?
    }
}
