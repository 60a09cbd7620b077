//! The admin portal over HTTP, without a script: who comes in, what they see, what they may do.

mod app_parts;
mod audit;
mod branding;
mod bulk;
mod devices;
mod door;
mod groups;
mod keys;
mod passes;
mod people;
mod recovery;
mod roles;
mod roots;
mod settings;

use std::collections::BTreeSet;
use std::time::Duration;

use firstkey::domain::role::Role;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::maker::Maker;
use crate::support::visitor::{Page, Visitor};

const MINUTE: Duration = Duration::from_secs(60);

/// An admin at their browser.
struct Admin {
    user: User,
    visitor: Visitor,
    key: SoftAuthenticator,
}

impl Admin {
    /// Somebody with this role, whose first day ends in the portal.
    async fn new(app: &App, name: &str, role: Role) -> Self {
        Self::with(app, name, role, SoftAuthenticator::new()).await
    }

    /// The same with a key that its maker vouches for.
    async fn new_with(app: &App, name: &str, role: Role, maker: &Maker) -> Self {
        Self::with(app, name, role, SoftAuthenticator::new().made_by(maker)).await
    }

    async fn with(app: &App, name: &str, role: Role, mut key: SoftAuthenticator) -> Self {
        let user = with_roles(app, name, &[role]).await;
        app.one_method_is_enough().await;
        let pass = app.pass(name).await;
        let mut visitor = app.visitor();
        visitor.open("/admin").await.page();
        visitor.sign_in(name, &pass).await.page();
        visitor.register(&mut key).await.page();
        let page = visitor.use_passkey(&mut key).await.page();
        assert_eq!(page.heading(), "You're all set");
        let page = visitor.submit("finish", &[]).await.page();
        assert_eq!((page.path.as_str(), page.heading().as_str()), ("/admin", "Overview"));
        Self { user, visitor, key }
    }

    async fn get(&mut self, path: &str) -> Page {
        self.visitor.open(path).await.page()
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.visitor.submit_to(path, fields).await.page()
    }
}

/// A person with admin roles.
async fn with_roles(app: &App, name: &str, roles: &[Role]) -> User {
    app.person(name).await;
    let roles: BTreeSet<Role> = roles.iter().copied().collect();
    let edit = move |user: &mut User| {
        user.roles = roles;
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, name, None, edit).await.unwrap()
}

/// The page of a person.
fn page_of(user: &User) -> String {
    format!("/admin/people/{}", user.id)
}

/// What the portal says was done.
fn notice(page: &Page) -> String {
    let (_, rest) = page.body.split_once("class=\"notice\"").unwrap_or_default();
    let (_, rest) = rest.split_once("<span>").unwrap_or_default();
    rest.split_once("</span>").unwrap_or_default().0.to_owned()
}
