//! The first start: an empty database gets its first admin, whom the product's own flow sets up.

use std::collections::BTreeSet;

use super::caller::Caller;
use super::passes::IssuedPass;
use super::users::NewUser;
use super::{AdminError, Services};
use crate::domain::pass::PassRequest;
use crate::domain::role::Role;
use crate::store::users;

/// The username of the first admin.
pub const FIRST_ADMIN: &str = "admin";

impl Services {
    /// Where there is nobody yet, adds an admin and issues them a one-time pass. Where instances
    /// start together, one of them does.
    pub async fn first_admin(&self) -> Result<Option<IssuedPass>, AdminError> {
        if users::any(&mut *self.store.reader().await?).await? {
            return Ok(None);
        }
        let new = NewUser {
            username: FIRST_ADMIN.into(),
            display_name: Some("Administrator".into()),
            roles: BTreeSet::from([Role::GlobalAdministrator]),
            ..NewUser::default()
        };
        match self.add_user(&Caller::SYSTEM, new).await {
            Ok(_) => {}
            Err(AdminError::Exists(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
        let request = PassRequest { one_time: Some(true), ..PassRequest::default() };
        self.issue_pass(&Caller::SYSTEM, FIRST_ADMIN, request).await.map(Some)
    }
}
