//! Presets: how applications that are well known want to be set up, so that an admin types an
//! address and nothing else. What to write on their side is in `templates/presets`.

use url::Url;

use super::super::error::Invalid;
use super::super::language::{Text, say};
use super::super::redirect;
use super::{AuthMethod, ClientSettings, Scope, SigningAlgorithm};

/// How one application wants to be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// An address as an admin types it; none where it is at no address of its own.
    pub address: Option<&'static str>,
    /// Which address that is.
    pub address_of: &'static str,
    /// Where codes are sent: below the address, or whole.
    pub redirects: &'static [&'static str],
    /// Where people may go after signing out.
    pub after_sign_out: &'static [&'static str],
    /// Where it is told that somebody signed out elsewhere (OIDC Back-Channel Logout §2.2).
    pub told_of_sign_out: Option<&'static str>,
    /// Whether it keeps no secret, and PKCE stands for it.
    pub public: bool,
    /// Whether it runs on people's devices (RFC 8252).
    pub native: bool,
    /// How its ID tokens are signed.
    pub algorithm: SigningAlgorithm,
    /// What it may ask for.
    pub scopes: &'static [Scope],
    /// The file or the place that its settings go to.
    pub place: &'static str,
    /// What to know before one begins.
    pub notes: &'static [&'static str],
}

/// Who somebody is, and in which groups.
const WHO: &[Scope] = &[Scope::OpenId, Scope::Profile, Scope::Email, Scope::Groups];

/// The same, and to stay signed in.
const WHO_AND_STAY: &[Scope] = &Scope::SIGN_IN;

impl Preset {
    /// A web application with a secret.
    const WEB: Self = Self {
        name: "",
        title: "",
        address: None,
        address_of: "Its address",
        redirects: &[],
        after_sign_out: &[],
        told_of_sign_out: None,
        public: false,
        native: false,
        algorithm: SigningAlgorithm::Rs256,
        scopes: WHO,
        place: "",
        notes: &[],
    };

    /// Every preset, by title.
    pub const ALL: [Self; 10] = [
        Self {
            name: "apache",
            title: "Apache mod_auth_openidc",
            address: Some("https://intranet.example.com"),
            redirects: &["/redirect_uri"],
            after_sign_out: &["/"],
            told_of_sign_out: Some("/redirect_uri?logout=backchannel"),
            place: "the virtual host of Apache",
            notes: &[
                "The redirect URI is a path that nothing else is at; Apache answers it itself.",
                "Require claim groups:NAME lets in the people of one group.",
            ],
            ..Self::WEB
        },
        Self {
            name: "argocd",
            title: "Argo CD",
            address: Some("https://argocd.example.com"),
            redirects: &["/auth/callback", "/pkce/verify", "http://localhost:8085/auth/callback"],
            after_sign_out: &["", "/"],
            public: true,
            scopes: WHO_AND_STAY,
            place: "the ConfigMaps argocd-cm and argocd-rbac-cm",
            notes: &[
                "It has no secret: the command line signs in as the same client, by PKCE.",
                "The path /pkce/verify is what versions before 3.0 use; newer ones use /auth/callback.",
                "Who is in none of the groups of argocd-rbac-cm has what policy.default says.",
            ],
            ..Self::WEB
        },
        Self {
            name: "authentik",
            title: "authentik",
            address: Some("https://authentik.example.com"),
            redirects: &["/source/oauth/callback/firstkey/"],
            place: "a blueprint, or Directory > Federation and Social login > OpenID OAuth Source",
            notes: &[
                "The slug of the source must be firstkey: it is in the redirect URI.",
                "PKCE must be set to S256. A version that has no such setting needs --profile legacy.",
            ],
            ..Self::WEB
        },
        Self {
            name: "gitlab",
            title: "GitLab",
            address: Some("https://gitlab.example.com"),
            redirects: &["/users/auth/openid_connect/callback"],
            place: "/etc/gitlab/gitlab.rb, then gitlab-ctl reconfigure",
            notes: &[
                "Signing out of GitLab ends GitLab's session only.",
                "Groups are read by the paid editions only.",
            ],
            ..Self::WEB
        },
        Self {
            name: "grafana",
            title: "Grafana",
            address: Some("https://grafana.example.com"),
            redirects: &["/login/generic_oauth"],
            after_sign_out: &["/login"],
            scopes: WHO_AND_STAY,
            place: "grafana.ini",
            notes: &[
                "root_url in the section [server] must be the address that was given.",
                "The groups in role_attribute_path are examples: put the names of yours there.",
            ],
            ..Self::WEB
        },
        Self {
            name: "home-assistant",
            title: "Home Assistant",
            address: Some("https://home.example.com"),
            redirects: &["/auth/oidc/callback"],
            public: true,
            place: "configuration.yaml",
            notes: &[
                "Home Assistant itself knows no OpenID Connect: install the community's integration \
                 hass-oidc-auth first.",
                "It has no secret, as that integration recommends; PKCE stands for it.",
            ],
            ..Self::WEB
        },
        Self {
            name: "keycloak",
            title: "Keycloak",
            address: Some("https://keycloak.example.com/realms/main"),
            address_of: "The address of the realm",
            redirects: &["/broker/firstkey/endpoint"],
            after_sign_out: &["/broker/firstkey/endpoint/logout_response"],
            place: "firstkey.json, for kcadm.sh create identity-provider/instances",
            notes: &[
                "The alias of the identity provider must be firstkey: it is in the redirect URI.",
                "Groups arrive as a claim: add a mapper in Keycloak for those that it shall know.",
            ],
            ..Self::WEB
        },
        Self {
            name: "kubernetes",
            title: "Kubernetes API server",
            redirects: &["http://localhost:8000", "http://localhost:18000"],
            public: true,
            native: true,
            scopes: WHO_AND_STAY,
            place: "the file of kube-apiserver's --authentication-config, and each kubeconfig",
            notes: &[
                "The API server must reach the issuer by https.",
                "People sign in by the kubectl plugin oidc-login (kubelogin), at one of two ports.",
            ],
            ..Self::WEB
        },
        Self {
            name: "nextcloud",
            title: "Nextcloud",
            address: Some("https://cloud.example.com"),
            redirects: &["/apps/user_oidc/code", "/index.php/apps/user_oidc/code"],
            after_sign_out: &["/"],
            told_of_sign_out: Some("/index.php/apps/user_oidc/backchannel-logout/firstkey"),
            place: "a terminal on the server, as the user of the web server",
            notes: &[
                "The app user_oidc must be installed: occ app:install user_oidc",
                "Accounts and groups are called by a hash, so that nobody gets into one that is there \
                 already under the same name.",
                "Who is in Nextcloud's own group admin is decided in Nextcloud.",
            ],
            ..Self::WEB
        },
        Self {
            name: "oauth2-proxy",
            title: "oauth2-proxy",
            address: Some("https://app.example.com"),
            redirects: &["/oauth2/callback"],
            after_sign_out: &["/"],
            scopes: WHO_AND_STAY,
            place: "oauth2-proxy.cfg",
            notes: &[
                "Everybody needs an e-mail address: oauth2-proxy lets in nobody without one.",
                "The cookie secret is yours to make: openssl rand -base64 32 | tr -- '+/' '-_'",
            ],
            ..Self::WEB
        },
    ];

    /// The preset with this name.
    pub fn named(name: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|preset| preset.name == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|preset| preset.name).collect();
            Invalid::new("preset", say("invalid-one-of").with("names", names.join(", ")))
        })
    }

    /// The address as it goes into settings: without a slash at the end, and made of nothing that
    /// means something in a file of settings. Empty where the preset is at no address.
    pub fn base(&self, address: Option<&str>) -> Result<String, Invalid> {
        let refuse = |why: Text| Err(Invalid::new("address", why));
        let text = address.map(str::trim).filter(|text| !text.is_empty());
        let (text, example) = match (text, self.address) {
            (None, None) => return Ok(String::new()),
            (Some(_), None) => {
                return refuse(say("invalid-preset-no-address").with("title", self.title));
            }
            (None, Some(example)) => {
                return refuse(say("invalid-address-needed").with("example", example));
            }
            (Some(text), Some(example)) => (text, example),
        };
        let url = redirect::parse_web("address", text)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]%".contains(c);
        if !text.chars().all(plain) {
            return refuse(say("invalid-address-bare").with("example", example));
        }
        Ok(tidy(&url))
    }

    /// The settings of such an application, called `name`, at this address.
    pub fn settings(&self, name: &str, address: Option<&str>) -> Result<ClientSettings, Invalid> {
        let base = self.base(address)?;
        let all = |paths: &[&str]| -> Vec<String> {
            let whole = |path: &str| {
                if path.starts_with("http") { path.to_owned() } else { format!("{base}{path}") }
            };
            paths.iter().copied().map(whole).collect()
        };
        Ok(ClientSettings {
            client_name: name.trim().to_owned(),
            redirect_uris: all(self.redirects),
            post_logout_redirect_uris: all(self.after_sign_out),
            backchannel_logout_uri: self.told_of_sign_out.map(|path| format!("{base}{path}")),
            scope: self.scopes.to_vec(),
            native: self.native,
            token_endpoint_auth_method: self.public.then_some(AuthMethod::None),
            id_token_signed_response_alg: self.algorithm,
            ..ClientSettings::default()
        })
    }
}

/// The address without a slash at the end. The scheme and the host are in lower case, as a browser
/// and so the application itself will write them.
fn tidy(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_makes_an_application_that_holds() {
        for preset in Preset::ALL {
            let settings = preset.settings(preset.title, preset.address).unwrap();
            settings
                .validate_as(preset.public)
                .unwrap_or_else(|e| panic!("{}: {e:?}", preset.name));
            assert_eq!(Preset::named(preset.name), Ok(preset));
            assert!(settings.requires_pkce() && settings.scope.contains(&Scope::Groups));
            assert_eq!(settings.redirect_uris.len(), preset.redirects.len());
        }
        let mut titles = Preset::ALL.map(|preset| preset.title.to_lowercase());
        titles.sort_unstable();
        assert_eq!(titles, Preset::ALL.map(|preset| preset.title.to_lowercase()));
    }

    #[test]
    fn paths_are_put_below_the_address_however_it_ends() {
        let grafana = Preset::named("grafana").unwrap();
        for typed in ["https://G.example", " https://g.example/ ", "https://g.example:443//"] {
            let settings = grafana.settings("Dashboards", Some(typed)).unwrap();
            assert_eq!(settings.redirect_uris, ["https://g.example/login/generic_oauth"]);
            assert_eq!(settings.post_logout_redirect_uris, ["https://g.example/login"]);
        }
        let below = grafana.settings("Dashboards", Some("https://x.example/grafana/")).unwrap();
        assert_eq!(below.redirect_uris, ["https://x.example/grafana/login/generic_oauth"]);
        let local = grafana.settings("Dashboards", Some("http://localhost:3000")).unwrap();
        assert_eq!(local.redirect_uris, ["http://localhost:3000/login/generic_oauth"]);
    }

    #[test]
    fn an_address_that_would_be_more_than_one_is_refused() {
        let grafana = Preset::named("grafana").unwrap();
        for bad in [
            "",
            "grafana.example",
            "http://grafana.example",
            "https://grafana.example/?a=b",
            "https://grafana.example/#x",
            "https://grafana.example/\"\nadmin = yes",
            "https://grafana.example/'; rm",
            "https://grafana.example/$(id)",
            "https://user@grafana.example",
            "com.example.app:/cb",
            "javascript:alert(1)",
        ] {
            let refused = grafana.settings("Dashboards", Some(bad)).unwrap_err();
            assert_eq!(refused.field, "address", "{bad}");
        }
        assert_eq!(grafana.settings("Dashboards", None).unwrap_err().field, "address");
        let kubernetes = Preset::named("kubernetes").unwrap();
        assert!(kubernetes.settings("Cluster", Some("https://k.example")).is_err());
        assert!(kubernetes.settings("Cluster", None).is_ok());
        assert_eq!(Preset::named("jenkins").unwrap_err().field, "preset");
    }
}
