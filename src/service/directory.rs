//! Looking through the directory, and who is in which group.

use std::collections::HashMap;

use super::caller::Caller;
use super::{AdminError, Services};
use crate::domain::authority::{Action, may};
use crate::domain::filter::{Filter, GroupField, Sort, UserField};
use crate::domain::group::{Group, Member};
use crate::domain::id::{GroupId, UserId};
use crate::domain::user::User;
use crate::store::{groups, users};

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

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page<F> {
    /// The order of the list.
    pub sort: Sort<F>,
    /// How many are left out at its beginning.
    pub offset: u32,
    /// How many there are at most; none: only how many there are in all.
    pub limit: u32,
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

    /// People whom a filter lets through, in an order of the caller's, but for the first `offset`,
    /// and how many there are in all.
    pub async fn page_of_users(
        &self,
        caller: &Caller,
        filter: &Filter<UserField>,
        page: Page<UserField>,
    ) -> Result<(Vec<User>, u32), AdminError> {
        Self::permit_seeing(caller, Action::SeePeople, None)?;
        let mut conn = self.store.reader().await?;
        let total = users::count_matching(&mut conn, filter).await?;
        if page.limit == 0 || page.offset >= total {
            return Ok((Vec::new(), total));
        }
        let Page { sort, offset, limit } = page;
        Ok((users::page(&mut conn, filter, sort, offset, limit).await?, total))
    }

    /// The same for groups.
    pub async fn page_of_groups(
        &self,
        caller: &Caller,
        filter: &Filter<GroupField>,
        page: Page<GroupField>,
    ) -> Result<(Vec<Group>, u32), AdminError> {
        Self::permit_seeing(caller, Action::SeeGroups, None)?;
        let mut conn = self.store.reader().await?;
        let total = groups::count_matching(&mut conn, filter).await?;
        if page.limit == 0 || page.offset >= total {
            return Ok((Vec::new(), total));
        }
        let Page { sort, offset, limit } = page;
        Ok((groups::sorted(&mut conn, filter, sort, offset, limit).await?, total))
    }

    /// The groups that each of these people was put into, for somebody who may see groups.
    pub async fn groups_of_users(
        &self,
        caller: &Caller,
        people: &[User],
    ) -> Result<HashMap<UserId, Vec<(GroupId, String)>>, AdminError> {
        Self::permit_seeing(caller, Action::SeeGroups, None)?;
        let ids: Vec<_> = people.iter().map(|user| user.id).collect();
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for (user, group, name) in
            users::groups_of_all(&mut *self.store.reader().await?, &ids).await?
        {
            found.entry(user).or_default().push((group, name));
        }
        Ok(found)
    }

    /// Who was put into each of these groups; none where they are more than `limit` in all.
    pub async fn members_of_groups(
        &self,
        caller: &Caller,
        ids: &[GroupId],
        limit: u32,
    ) -> Result<Option<HashMap<GroupId, Vec<Member>>>, AdminError> {
        Self::permit_seeing(caller, Action::SeeGroups, None)?;
        let mut conn = self.store.reader().await?;
        let members = groups::members_of_all(&mut conn, ids, limit.saturating_add(1)).await?;
        if members.len() > limit as usize {
            return Ok(None);
        }
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for (group, member) in members {
            found.entry(group).or_default().push(member);
        }
        Ok(Some(found))
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
}
