//! What a visitor does on the pages of a sign-in.

use serde_json::{Value, json};

use super::super::authenticator::SoftAuthenticator;
use super::{Landing, Request, Visitor};

impl Visitor {
    /// Says who they are.
    pub async fn identify(&mut self, username: &str) -> Landing {
        self.submit("identify", &[("username", username)]).await
    }

    /// Says who they are and types a pass.
    pub async fn sign_in(&mut self, username: &str, pass: &str) -> Landing {
        self.identify(username).await.page();
        self.submit("pass", &[("pass", pass)]).await
    }

    /// Presses "Add a passkey", and sees where that led.
    pub async fn register(&mut self, device: &mut SoftAuthenticator) -> Landing {
        let (status, answer) = self.try_register(device, "passkey").await;
        assert_eq!(status, 200, "{answer}");
        let location = answer["location"].as_str().expect("a location").to_owned();
        self.open(&location).await
    }

    /// Registers what the device makes; returns the server's answer.
    pub async fn try_register(
        &mut self,
        device: &mut SoftAuthenticator,
        kind: &str,
    ) -> (u16, Value) {
        let (status, begun) = self.fetch("register/options", &json!({ "kind": kind })).await;
        if status != 200 {
            return (status, begun);
        }
        let credential = device.create(&self.issuer, begun["options"].clone()).await;
        let answer = json!({ "ceremony": begun["ceremony"], "credential": credential });
        self.fetch("register", &answer).await
    }

    /// Presses "Use a passkey", and sees where that led.
    pub async fn use_passkey(&mut self, device: &mut SoftAuthenticator) -> Landing {
        let (status, answer) = self.try_passkey(device).await;
        assert_eq!(status, 200, "{answer}");
        let location = answer["location"].as_str().expect("a location").to_owned();
        self.open(&location).await
    }

    /// Signs in with what the device has; returns the server's answer.
    pub async fn try_passkey(&mut self, device: &mut SoftAuthenticator) -> (u16, Value) {
        let (status, begun) = self.fetch("passkey/options", &json!({})).await;
        if status != 200 {
            return (status, begun);
        }
        let credential = device.get(&self.issuer, begun["options"].clone()).await;
        let answer = json!({ "ceremony": begun["ceremony"], "credential": credential });
        self.fetch("passkey", &answer).await
    }

    /// The whole first day: pass, one passkey, no second one, back to the application.
    pub async fn day_one(
        &mut self,
        request: &Request,
        username: &str,
        pass: &str,
        device: &mut SoftAuthenticator,
    ) -> Landing {
        self.authorize(request).await.page();
        let page = self.sign_in(username, pass).await.page();
        assert!(page.heading().starts_with("Welcome"), "{} {:?}", page.heading(), page.alert());
        let page = self.register(device).await.page();
        if page.heading() != "You're all set" {
            let page = self.submit("continue", &[]).await.page();
            assert_eq!(page.heading(), "You're all set");
        }
        self.submit("finish", &[]).await
    }
}
