//! Upstreams: adding, changing and removing them, and linking their accounts to people by hand.

use super::caller::Caller;
use super::{AdminError, Failure, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::error::Invalid;
use crate::domain::upstream::{Upstream, UpstreamId, UpstreamSettings, is_subject};
use crate::store::upstreams::Link;
use crate::store::{audit, sessions, upstreams};

/// The longest secret of ours at an upstream, in bytes.
const SECRET_MAX: usize = 1024;

impl Services {
    /// Adds an upstream, with our secret there.
    pub async fn add_upstream(
        &self,
        caller: &Caller,
        id: UpstreamId,
        mut settings: UpstreamSettings,
        secret: Option<&str>,
    ) -> Result<Upstream, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::UpstreamAdded, None).await?;
        settings.validate()?;
        let sealed_secret =
            secret.map(|secret| self.seal_upstream_secret(&id, secret)).transpose()?;
        let created_at = self.now();
        let upstream =
            Upstream { id, settings, sealed_secret, enabled: true, version: 1, created_at };
        let entry = self.entry_by(Activity::UpstreamAdded, caller);
        let event = entry.detail(format!("{}: {}", upstream.id, upstream.settings.issuer)).done();
        let new = upstream.clone();
        let added = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !upstreams::insert(conn, &new).await? {
                        return Ok(false);
                    }
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if !added {
            return Err(AdminError::Exists(format!("upstream {}", upstream.id)));
        }
        Ok(upstream)
    }

    /// Every upstream.
    pub async fn list_upstreams(&self) -> Result<Vec<Upstream>, Failure> {
        Ok(upstreams::list(&mut *self.store.reader().await?).await?)
    }

    /// The upstream with this id.
    pub async fn find_upstream(&self, id: &str) -> Result<Upstream, AdminError> {
        let missing = || AdminError::NotFound(format!("upstream {id}"));
        let name: UpstreamId = id.parse().map_err(|_| missing())?;
        upstreams::by_id(&mut *self.store.reader().await?, &name).await?.ok_or_else(missing)
    }

    /// How many of its accounts are linked.
    pub async fn count_upstream_links(&self, upstream: &Upstream) -> Result<u32, Failure> {
        Ok(upstreams::count_links(&mut *self.store.reader().await?, &upstream.id).await?)
    }

    /// Changes an upstream: `edit` gets it as it is now and says what it shall be. Its issuer stays.
    /// Disabling it ends what rests on it alone.
    pub async fn edit_upstream(
        &self,
        caller: &Caller,
        id: &str,
        secret: Option<&str>,
        edit: impl FnOnce(&mut UpstreamSettings, &mut bool) -> Result<(), Invalid>,
    ) -> Result<Upstream, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::UpstreamChanged, None).await?;
        let before = self.find_upstream(id).await?;
        let mut after = before.clone();
        edit(&mut after.settings, &mut after.enabled)?;
        after.settings.validate()?;
        if after.settings.issuer != before.settings.issuer {
            let message = "the issuer stays: its accounts are another's; add another upstream";
            return Err(Invalid::new("issuer", message).into());
        }
        if let Some(secret) = secret {
            after.sealed_secret = Some(self.seal_upstream_secret(&after.id, secret)?);
        }
        if after == before {
            return Ok(before);
        }
        let entry = self.entry_by(Activity::UpstreamChanged, caller);
        let event = entry.detail(format!("{}: {}", after.id, changes(&before, &after))).done();
        let (new, now) = (after.clone(), self.now());
        let changed = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !upstreams::update(conn, &new).await? {
                        return Ok(false);
                    }
                    // What is let in while this waits for the row is seen here.
                    if !new.enabled {
                        sessions::end_by_upstream(conn, &new.id, None, now).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if !changed {
            return Err(AdminError::Changed);
        }
        after.version += 1;
        Ok(after)
    }

    /// Removes an upstream with its links, and ends what rests on it alone.
    pub async fn remove_upstream(&self, caller: &Caller, id: &str) -> Result<Upstream, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::UpstreamRemoved, None).await?;
        let upstream = self.find_upstream(id).await?;
        let entry = self.entry_by(Activity::UpstreamRemoved, caller);
        let event = entry.detail(format!("{}: {}", upstream.id, upstream.settings.issuer)).done();
        let (name, now) = (upstream.id.clone(), self.now());
        let removed = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    // First: who is let in at this moment is let in before, and their session ends,
                    // or not at all.
                    if !upstreams::delete(conn, &name).await? {
                        return Ok(false);
                    }
                    sessions::end_by_upstream(conn, &name, None, now).await?;
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if removed { Ok(upstream) } else { Err(AdminError::NotFound(format!("upstream {id}"))) }
    }

    /// Links an account of an upstream to a person.
    pub async fn link_upstream(
        &self,
        caller: &Caller,
        id: &str,
        subject: &str,
        user: &str,
    ) -> Result<Link, AdminError> {
        let upstream = self.find_upstream(id).await?;
        let user = self.find_user(user).await?;
        self.permit(caller, Action::IssuePass, Activity::UpstreamLinked, Some(&user)).await?;
        if !is_subject(subject) {
            return Err(Invalid::new("subject", "1 to 255 characters are needed").into());
        }
        let entry = self.entry_by(Activity::UpstreamLinked, caller).on(Some(user.id));
        let event = entry.detail(format!("{}: linked to {subject}", upstream.id)).done();
        let now = self.now();
        let link =
            Link { subject: subject.to_owned(), user_id: user.id, created_at: now, used_at: None };
        let (name, new) = (upstream.id.clone(), link.clone());
        let linked = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !upstreams::link(conn, &name, &new.subject, new.user_id, now).await? {
                        return Ok(false);
                    }
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if linked {
            return Ok(link);
        }
        let name = user.username.as_str();
        Err(AdminError::Exists(format!("a link of {name} or of this account at {}", upstream.id)))
    }

    /// Parts a person from their account at an upstream, and ends what rests on it alone.
    pub async fn unlink_upstream(
        &self,
        caller: &Caller,
        id: &str,
        user: &str,
    ) -> Result<(), AdminError> {
        let upstream = self.find_upstream(id).await?;
        let user = self.find_user(user).await?;
        self.permit(caller, Action::RemoveMethod, Activity::UpstreamLinked, Some(&user)).await?;
        let entry = self.entry_by(Activity::UpstreamLinked, caller).on(Some(user.id));
        let (name, person, now) = (upstream.id.clone(), user.id, self.now());
        let parted = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let Some(subject) = upstreams::unlink(conn, &name, person).await? else {
                        return Ok(false);
                    };
                    sessions::end_by_upstream(conn, &name, Some(person), now).await?;
                    let detail = format!("{name}: parted from {subject}");
                    audit::insert(conn, &entry.detail(detail).done()).await?;
                    Ok(true)
                })
            })
            .await?;
        if !parted {
            let name = user.username.as_str();
            return Err(AdminError::NotFound(format!("link of {name} to {}", upstream.id)));
        }
        Ok(())
    }

    fn seal_upstream_secret(&self, id: &UpstreamId, secret: &str) -> Result<String, Invalid> {
        let secret = secret.trim();
        if secret.is_empty() || secret.len() > SECRET_MAX {
            return Err(Invalid::new(
                "clientSecret",
                format!("1 to {SECRET_MAX} bytes are needed"),
            ));
        }
        Ok(self.master.seal(&context(id), secret.as_bytes()))
    }

    pub(super) fn open_upstream_secret(
        &self,
        upstream: &Upstream,
        sealed: &str,
    ) -> Result<String, Failure> {
        let opened = self.master.open(&context(&upstream.id), sealed).ok();
        opened
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Failure::Internal("the secret of an upstream cannot be opened".into()))
    }
}

fn context(id: &UpstreamId) -> String {
    format!("upstream {id}")
}

/// What was changed, in words for the audit log.
fn changes(before: &Upstream, after: &Upstream) -> String {
    let (old, new) = (&before.settings, &after.settings);
    let mut words = Vec::new();
    if before.enabled != after.enabled {
        words.push(if after.enabled { "enabled" } else { "disabled" }.to_owned());
    }
    if old.provision != new.provision {
        words.push(format!("adds people: {}", new.provision));
    }
    if old.admins != new.admins {
        words.push(format!("lets admins in: {}", new.admins));
    }
    if (old.everybody, &old.domains) != (new.everybody, &new.domains) {
        let whom = if new.everybody { "everybody".into() } else { new.domains.join(" ") };
        words.push(format!("serves {whom}"));
    }
    if (old.claim, old.link_existing_by) != (new.claim, new.link_existing_by) {
        words.push(format!("links {} by {}", new.claim.name(), new.link_existing_by.name()));
    }
    for (name, changed) in [
        ("a new secret", before.sealed_secret != after.sealed_secret),
        ("display name", old.display_name != new.display_name),
        ("client id", old.client_id != new.client_id),
        ("scopes", old.scopes != new.scopes),
    ] {
        if changed {
            words.push(name.to_owned());
        }
    }
    words.join(", ")
}
