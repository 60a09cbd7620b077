//! People: adding, changing, removing them.

use std::collections::BTreeSet;

use super::{AdminError, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::credential::Credential;
use crate::domain::id::{GroupId, MethodId, UserId};
use crate::domain::random;
use crate::domain::role::{Actor, Role};
use crate::domain::user::{User, Username, parse_display_name, parse_email};
use crate::store::{audit, credentials, groups, sessions, users};

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
}

/// What an admin changes about a person; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// How pages address them.
    pub display_name: Option<String>,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their admin roles, all of them.
    pub roles: Option<BTreeSet<Role>>,
    /// Whether they may sign in.
    pub enabled: Option<bool>,
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
    pub async fn add_user(&self, actor: &Actor, new: NewUser) -> Result<User, AdminError> {
        let username = Username::parse(&new.username)?;
        let display_name = match &new.display_name {
            Some(name) => parse_display_name(name)?,
            None => username.as_str().to_owned(),
        };
        let email = new.email.as_deref().map(parse_email).transpose()?;
        let now = self.now();
        let user = User {
            id: UserId::new(now, self.random.as_ref()),
            handle: uuid::Builder::from_random_bytes(random::bytes(self.random.as_ref()))
                .into_uuid(),
            username,
            display_name,
            email,
            roles: new.roles,
            enabled: true,
            created_at: now,
        };
        let entry = self.entry(Activity::UserAdded, Origin::default()).by(actor).on(Some(user.id));
        let event = entry.detail(user.username.as_str()).done();
        let (added, wanted) = (user.clone(), new.groups);
        let outcome = self
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
                    if !users::insert(conn, &added).await? {
                        return Ok(Err(AdminError::Exists(format!(
                            "user {}",
                            added.username.as_str()
                        ))));
                    }
                    for group in ids {
                        groups::add_member(conn, group, added.id).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        outcome.map(|()| user)
    }

    /// The person whom an admin names by username or id.
    pub async fn find_user(&self, name: &str) -> Result<User, AdminError> {
        let mut conn = self.store.reader().await?;
        if let Ok(username) = Username::parse(name)
            && let Some(user) = users::by_username(&mut conn, &username).await?
        {
            return Ok(user);
        }
        if let Ok(id) = name.trim().parse::<UserId>()
            && let Some(user) = users::by_id(&mut conn, id).await?
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

    /// Changes a person. Disabling one ends their sessions at once.
    pub async fn change_user(
        &self,
        actor: &Actor,
        name: &str,
        change: UserChange,
    ) -> Result<User, AdminError> {
        let mut user = self.find_user(name).await?;
        if let Some(display_name) = &change.display_name {
            user.display_name = parse_display_name(display_name)?;
        }
        if let Some(email) = &change.email {
            user.email = Some(parse_email(email)?);
        }
        if let Some(roles) = change.roles {
            user.roles = roles;
        }
        if let Some(enabled) = change.enabled {
            user.enabled = enabled;
        }
        let entry =
            self.entry(Activity::UserChanged, Origin::default()).by(actor).on(Some(user.id));
        let event = entry.detail(if user.enabled { "changed" } else { "disabled" }).done();
        let (changed, now) = (user.clone(), self.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    users::update(conn, &changed).await?;
                    if !changed.enabled {
                        sessions::end_by_user(conn, changed.id, now).await?;
                    }
                    audit::insert(conn, &event).await
                })
            })
            .await?;
        Ok(user)
    }

    /// Removes a person and all that hangs on them.
    pub async fn remove_user(&self, actor: &Actor, name: &str) -> Result<User, AdminError> {
        let user = self.find_user(name).await?;
        let entry =
            self.entry(Activity::UserRemoved, Origin::default()).by(actor).on(Some(user.id));
        let event = entry.detail(user.username.as_str()).done();
        let id = user.id;
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    users::delete(conn, id).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await?;
        Ok(user)
    }

    /// Removes one of a person's methods, because it was lost or stolen: whoever holds it is signed
    /// out with everybody else who signed in as that person.
    pub async fn remove_method(
        &self,
        actor: &Actor,
        user: &User,
        method: MethodId,
    ) -> Result<(), AdminError> {
        let (user_id, now) = (user.id, self.now());
        let event = self
            .entry(Activity::MethodRemoved, Origin::default())
            .by(actor)
            .on(Some(user_id))
            .detail(method.to_string())
            .done();
        let removed = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !credentials::delete(conn, user_id, method).await? {
                        return Ok(false);
                    }
                    sessions::end_by_user(conn, user_id, now).await?;
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if !removed {
            let name = user.username.as_str();
            return Err(AdminError::NotFound(format!("method {method} of {name}")));
        }
        Ok(())
    }
}
