//! What to write on the side of an application that was set up by a preset: one template for each,
//! which the command line, the portal and `docs/integrations` show alike.

use askama::Template;
use url::Url;

use crate::domain::client::{Client, Preset};

/// What is filled in.
#[derive(Clone, Debug)]
pub struct Paste {
    /// Our issuer.
    pub issuer: String,
    /// The application's `client_id`.
    pub client_id: String,
    /// Its secret; none for a public one.
    pub secret: Option<String>,
    /// Its own address.
    pub url: String,
}

impl Paste {
    /// What is filled in for an application that was just registered.
    pub fn new(issuer: &str, client: &Client, secret: Option<&str>, url: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client.id.to_string(),
            secret: secret.map(str::to_owned),
            url: url.to_owned(),
        }
    }

    fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or_default()
    }

    /// The issuer's host, with the port where that is not the usual one.
    fn issuer_host(&self) -> String {
        let Ok(issuer) = Url::parse(&self.issuer) else { return String::new() };
        let host = issuer.host_str().unwrap_or_default();
        issuer.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// One template for each preset, by the preset's name.
macro_rules! snippets {
    ($($kind:ident = $name:literal at $path:literal),+ $(,)?) => {
        $(
            #[derive(Template)]
            #[template(path = $path, escape = "none")]
            struct $kind<'a> {
                to: &'a Paste,
            }
        )+

        /// The settings of the other side, filled in.
        pub fn snippet(preset: &Preset, to: &Paste) -> askama::Result<String> {
            let text = match preset.name {
                $($name => $kind { to }.render()?,)+
                _ => String::new(),
            };
            Ok(text.trim_end().to_owned())
        }
    };
}

snippets! {
    Apache = "apache" at "presets/apache.txt",
    ArgoCd = "argocd" at "presets/argocd.txt",
    Authentik = "authentik" at "presets/authentik.txt",
    GitLab = "gitlab" at "presets/gitlab.txt",
    Grafana = "grafana" at "presets/grafana.txt",
    HomeAssistant = "home-assistant" at "presets/home-assistant.txt",
    Keycloak = "keycloak" at "presets/keycloak.txt",
    Kubernetes = "kubernetes" at "presets/kubernetes.txt",
    Nextcloud = "nextcloud" at "presets/nextcloud.txt",
    OAuth2Proxy = "oauth2-proxy" at "presets/oauth2-proxy.txt",
}
