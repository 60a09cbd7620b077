//! Telling people by mail: queued in the transaction in which it happens, sent by the server.

use super::{Failure, Services};
use crate::domain::audit::Activity;
use crate::domain::branding::BrandingPolicy;
use crate::domain::id::new_uuid;
use crate::domain::mail::{GIVE_UP, Mail, Sender, pause};
use crate::domain::time::Timestamp;
use crate::service::Origin;
use crate::store::outbox::{self, Claimed};
use crate::store::{self, Conn, audit};

/// A mail that is ready to be put into the queue.
#[derive(Clone, Debug)]
pub struct Letter {
    id: String,
    sealed: String,
}

/// A mail to be sent now.
#[derive(Debug)]
pub struct Outgoing {
    /// The mail.
    pub mail: Mail,
    claimed: Claimed,
}

impl Letter {
    /// Puts it into the queue, in the transaction of what it tells.
    pub(super) async fn queue(&self, conn: &mut Conn, now: Timestamp) -> store::Result<()> {
        outbox::insert(conn, &self.id, &self.sealed, now).await
    }
}

impl Services {
    /// Who writes.
    pub(super) fn sender(&self) -> Sender {
        let branding = self.branding();
        let BrandingPolicy { help_desk_text, help_desk_phone, help_desk_url, .. } = &*branding;
        let address = help_desk_url.as_deref().map(|url| url.trim_start_matches("mailto:"));
        let help = [help_desk_text.as_deref(), help_desk_phone.as_deref(), address];
        Sender {
            brand: self.brand(),
            issuer: self.issuer_text().to_owned(),
            help: help.into_iter().flatten().map(str::to_owned).collect(),
        }
    }

    /// Seals a mail for the queue; none where no mail is sent from here.
    pub(super) fn letter(&self, mail: Option<Mail>) -> Result<Option<Letter>, Failure> {
        let Some(mail) = mail.filter(|_| self.sends_mail) else { return Ok(None) };
        let id = new_uuid(self.now(), self.random.as_ref()).to_string();
        let text =
            serde_json::to_vec(&mail).map_err(|error| Failure::Internal(error.to_string()))?;
        let sealed = self.master.seal(&format!("mail {id}"), &text);
        Ok(Some(Letter { id, sealed }))
    }

    /// Queues a mail in the transaction of what it tells, where that is known there and not before.
    pub(super) async fn tell(
        &self,
        conn: &mut Conn,
        mail: Option<Mail>,
        now: Timestamp,
    ) -> store::Result<()> {
        let letter = self.letter(mail).map_err(|_| store::Error::Corrupt("mail"))?;
        match letter {
            Some(letter) => letter.queue(conn, now).await,
            None => Ok(()),
        }
    }

    /// Takes a mail that is due, for one try.
    pub async fn next_mail(&self) -> Result<Option<Outgoing>, Failure> {
        let now = self.now();
        if !outbox::is_due(&mut *self.store.reader().await?, now).await? {
            return Ok(None);
        }
        let until = now.plus(pause(1));
        let claimed = self
            .store
            .write(move |conn| Box::pin(async move { outbox::claim(conn, now, until).await }))
            .await?;
        let Some(claimed) = claimed else { return Ok(None) };
        let opened = self.master.open(&format!("mail {}", claimed.id), &claimed.sealed);
        let mail = opened.ok().and_then(|text| serde_json::from_slice(&text).ok());
        let Some(mail) = mail else {
            self.forget(claimed.id.clone()).await?;
            return Err(Failure::Internal(format!("mail {} cannot be opened", claimed.id)));
        };
        Ok(Some(Outgoing { mail, claimed }))
    }

    /// It was sent: nothing of it stays.
    pub async fn mail_sent(&self, sent: Outgoing) -> Result<(), Failure> {
        self.forget(sent.claimed.id).await?;
        self.store.metrics().mail("sent");
        Ok(())
    }

    /// It was not sent: it waits for another try, or is given up. `lasting` says that no other try
    /// will help, such as an address that nobody has.
    pub async fn mail_failed(
        &self,
        failed: Outgoing,
        lasting: bool,
        reason: &str,
    ) -> Result<(), Failure> {
        let now = self.now();
        let Claimed { id, attempts, created_at, .. } = failed.claimed;
        if !lasting && now.since(created_at) < GIVE_UP {
            let next_at = now.plus(pause(attempts));
            self.store.metrics().mail("postponed");
            return Ok(self
                .store
                .write(move |conn| {
                    Box::pin(async move { outbox::postpone(conn, &id, next_at).await })
                })
                .await?);
        }
        self.store.metrics().mail("given_up");
        let entry = self.entry(Activity::MailFailed, Origin::default());
        let event = entry.refused(format!("{}: {reason}", failed.mail.subject)).done();
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    outbox::delete(conn, &id).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await?)
    }

    async fn forget(&self, id: String) -> Result<(), Failure> {
        Ok(self
            .store
            .write(move |conn| Box::pin(async move { outbox::delete(conn, &id).await }))
            .await?)
    }
}
