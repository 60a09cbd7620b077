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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// The values of the documents.
    fn example(preset: &Preset) -> Paste {
        Paste {
            issuer: "https://login.example.com".into(),
            client_id: preset.name.into(),
            secret: (!preset.public).then(|| "CLIENT-SECRET".into()),
            url: preset.base(preset.address).unwrap(),
        }
    }

    fn document(name: &str) -> String {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/integrations").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    #[test]
    fn what_is_shown_is_filled_in() {
        for preset in Preset::ALL {
            let to = example(&preset);
            let text = snippet(&preset, &to).unwrap();
            assert!(text.contains(&to.issuer) && text.contains(&to.client_id), "{text}");
            assert_eq!(
                text.matches("CLIENT-SECRET").count(),
                usize::from(!preset.public),
                "{text}"
            );
            // Where the other side is told its redirect URI, it is the one that we know.
            if matches!(preset.name, "apache" | "gitlab" | "oauth2-proxy") {
                assert!(text.contains(&format!("{}{}", to.url, preset.redirects[0])), "{text}");
            }
            assert!(!text.contains("to.") && !text.contains("&amp;"), "{text}");
        }
        let keycloak = Preset::named("keycloak").unwrap();
        let json = snippet(&keycloak, &example(&keycloak)).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["config"]["issuer"], "https://login.example.com");
    }

    #[test]
    fn each_preset_has_a_document_that_shows_what_the_command_prints() {
        let index = document("README.md");
        for preset in Preset::ALL {
            let text = document(&format!("{}.md", preset.name));
            assert!(
                text.contains(&snippet(&preset, &example(&preset)).unwrap()),
                "{}",
                preset.name
            );
            let url = preset.address.map(|url| format!(" --url {url}")).unwrap_or_default();
            let name = match preset.title {
                title if title.contains(' ') => format!("\"{title}\""),
                title => title.to_owned(),
            };
            let (of, id) = (preset.name, preset.name);
            let command = format!("firstkey client add {name} --preset {of}{url} --id {id}\n");
            assert!(text.contains(&command), "{command}");
            assert!(index.contains(&format!("[{}]({}.md)", preset.title, preset.name)), "{index}");
        }
    }
}
