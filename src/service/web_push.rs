//! Waking phones when somebody signs in with them, by Web Push (RFC 8030). It is a convenience: the
//! phone asks for what is open itself, so a message that is lost loses nothing, and the message says
//! nothing but that there is something.

use std::time::Duration;

use futures::future;
use openidconnect::HttpRequest;
use openidconnect::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use openidconnect::http::{HeaderValue, Method};
use serde_json::json;

use super::dpop::Proof;
use super::phones::PhoneError;
use super::{Failure, Services};
use crate::crypto::signing;
use crate::crypto::web_push::{self, VapidKey};
use crate::domain::client::SigningAlgorithm;
use crate::domain::id::{MethodId, UserId};
use crate::domain::push::{Delivery, PushSubscription};
use crate::store::push;

/// What our key is sealed for.
const KEY: &str = "web push key";

impl Services {
    /// Our key, as browsers want it when they subscribe (`applicationServerKey`): an uncompressed
    /// point on P-256, base64url.
    pub async fn push_public_key(&self) -> Result<String, Failure> {
        Ok(self.vapid_key().await?.public().to_owned())
    }

    /// The same, for a phone that proves that it is paired.
    pub async fn push_key_for_phone(&self, proof: Proof<'_>) -> Result<String, PhoneError> {
        self.phone_of(proof).await?;
        Ok(self.push_public_key().await?)
    }

    /// Remembers where a phone wants to be woken, in the place of where it wanted before.
    pub async fn subscribe_phone(
        &self,
        proof: Proof<'_>,
        subscription: &PushSubscription,
    ) -> Result<(), PhoneError> {
        let phone = self.phone_of(proof).await?.phone.id;
        subscription.validate().map_err(|invalid| {
            tracing::info!(%invalid, "a phone's subscription was refused");
            PhoneError::Malformed
        })?;
        if !web_push::is_usable(subscription) {
            return Err(PhoneError::Malformed);
        }
        let text = serde_json::to_string(subscription)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        let (sealed, now) = (self.master.seal(&context(phone), text.as_bytes()), self.now());
        let kept = self
            .store
            .write(move |conn| {
                Box::pin(async move { push::subscribe(conn, phone, &sealed, now).await })
            })
            .await?;
        if kept { Ok(()) } else { Err(PhoneError::Unknown) }
    }

    /// Forgets where a phone wants to be woken.
    pub async fn unsubscribe_phone(&self, proof: Proof<'_>) -> Result<(), PhoneError> {
        let phone = self.phone_of(proof).await?.phone.id;
        Ok(self
            .store
            .write(move |conn| Box::pin(async move { push::unsubscribe(conn, phone).await }))
            .await?)
    }

    /// Wakes every phone of a person that wants to be, within `lifetime`: later it is not worth
    /// waking. Does not wait for the push services.
    pub fn wake_phones(&self, user: UserId, lifetime: Duration) {
        let services = self.clone();
        tokio::spawn(async move {
            let _counted = services.store.metrics().pushes();
            if let Err(error) = services.wake(user, lifetime).await {
                tracing::warn!(%error, "phones cannot be woken");
            }
        });
    }

    async fn wake(&self, user: UserId, lifetime: Duration) -> Result<(), Failure> {
        let phones = push::of_user(&mut *self.store.reader().await?, user).await?;
        // One that cannot be woken keeps no other from it.
        let woken = phones.iter().map(async |(phone, sealed)| {
            if let Err(error) = self.wake_one(*phone, sealed, lifetime).await {
                tracing::warn!(%phone, %error, "a phone cannot be woken");
            }
        });
        future::join_all(woken).await;
        Ok(())
    }

    async fn wake_one(
        &self,
        phone: MethodId,
        sealed: &str,
        lifetime: Duration,
    ) -> Result<(), Failure> {
        let internal = |error: String| Failure::Internal(format!("Web Push: {error}"));
        let opened =
            self.master.open(&context(phone), sealed).map_err(|it| internal(it.to_string()))?;
        let subscription: PushSubscription =
            serde_json::from_slice(&opened).map_err(|it| internal(it.to_string()))?;
        let request = self.wake_request(&subscription, lifetime).await?;
        let outcome = match self.push.send(request).await {
            Ok(answer) => Delivery::of(answer.status().as_u16()),
            Err(error) => {
                tracing::info!(%phone, %error, "a phone's push service");
                Delivery::Failed
            }
        };
        self.store.metrics().push(match outcome {
            Delivery::Taken => "taken",
            Delivery::Failed => "failed",
            Delivery::Gone => "gone",
        });
        match outcome {
            Delivery::Taken => {}
            Delivery::Failed => tracing::info!(%phone, "a phone was not woken"),
            Delivery::Gone => {
                let sealed = sealed.to_owned();
                self.store
                    .write(move |conn| {
                        Box::pin(async move { push::forget(conn, phone, &sealed).await })
                    })
                    .await?;
            }
        }
        Ok(())
    }

    /// The message to a push service (RFC 8030 §5): one that was not delivered is replaced by the
    /// next.
    async fn wake_request(
        &self,
        to: &PushSubscription,
        lifetime: Duration,
    ) -> Result<HttpRequest, Failure> {
        let internal = |error: String| Failure::Internal(format!("Web Push: {error}"));
        let message = json!({ "type": "signInRequest" }).to_string();
        let content =
            web_push::encrypt(to, message.as_bytes()).map_err(|it| internal(it.to_string()))?;
        let authorization = self
            .vapid_key()
            .await?
            .authorization(to, self.issuer_text(), self.now())
            .map_err(|it| internal(it.to_string()))?;
        let mut authorization =
            HeaderValue::from_str(&authorization).map_err(|it| internal(it.to_string()))?;
        authorization.set_sensitive(true);

        let mut request = HttpRequest::new(content);
        *request.method_mut() = Method::POST;
        *request.uri_mut() =
            to.endpoint.as_str().parse().map_err(|_| internal("no address".into()))?;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("aes128gcm"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert("ttl", lifetime.as_secs().into());
        headers.insert("urgency", HeaderValue::from_static("high"));
        headers.insert("topic", HeaderValue::from_static("sign-in"));
        Ok(request)
    }

    /// Our key, which is made when it is first needed; instances that need it at the same moment
    /// agree on one.
    async fn vapid_key(&self) -> Result<&VapidKey, Failure> {
        self.vapid.get_or_try_init(|| self.read_vapid_key()).await
    }

    async fn read_vapid_key(&self) -> Result<VapidKey, Failure> {
        let internal = |error: String| Failure::Internal(format!("the key of Web Push: {error}"));
        let stored = push::key(&mut *self.store.reader().await?).await?;
        let sealed = if let Some(sealed) = stored {
            sealed
        } else {
            let made = signing::generate(SigningAlgorithm::Es256)
                .map_err(|error| internal(error.to_string()))?;
            let (sealed, now) = (self.master.seal(KEY, &made), self.now());
            self.store
                .write(move |conn| {
                    Box::pin(async move { push::keep_key(conn, &sealed, now).await })
                })
                .await?
        };
        let pkcs8 = self.master.open(KEY, &sealed).map_err(|error| internal(error.to_string()))?;
        VapidKey::from_pkcs8(&pkcs8).map_err(|error| internal(error.to_string()))
    }
}

/// What a phone's subscription is sealed for.
fn context(phone: MethodId) -> String {
    format!("push subscription {phone}")
}
