//! Sending what is queued, by SMTP (RFC 5321).

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::domain::mail::Mail;
use crate::service::{Failure, Services};

/// How often the queue is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long a mail server may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail server, and the address that mail comes from.
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// A mail server by its URL, such as `smtps://user:password@mail.example.com`.
    pub(super) fn new(url: &str, from: &str) -> Result<Self, String> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| error.to_string())?
            .timeout(Some(PATIENCE))
            .build();
        let from = from.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { transport, from })
    }

    /// Sends what is due, for ever.
    pub(super) async fn run(self, services: Services) {
        loop {
            tokio::time::sleep(LOOK).await;
            loop {
                match self.send_one(&services).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(%error, "the mail queue cannot be worked off");
                        break;
                    }
                }
            }
        }
    }

    async fn send_one(&self, services: &Services) -> Result<bool, Failure> {
        let Some(outgoing) = services.next_mail().await? else { return Ok(false) };
        let message = match self.message(&outgoing.mail) {
            Ok(message) => message,
            Err(reason) => {
                services.mail_failed(outgoing, true, &reason).await?;
                return Ok(true);
            }
        };
        match self.transport.send(message).await {
            Ok(_) => services.mail_sent(outgoing).await?,
            Err(error) => {
                // What the server said names no text of ours.
                tracing::warn!(%error, "a mail could not be sent");
                let lasting = error.is_permanent();
                services.mail_failed(outgoing, lasting, &error.to_string()).await?;
            }
        }
        Ok(true)
    }

    fn message(&self, mail: &Mail) -> Result<Message, String> {
        let address = mail.to.parse().map_err(|error| format!("the address: {error}"))?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.name.clone()), address))
            .subject(mail.subject.clone())
            .message_id(None)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.clone())
            .map_err(|error| error.to_string())
    }
}
