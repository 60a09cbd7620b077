//! The pages of the demo relying party: deliberately another house than the provider's pages, so
//! that people see when they leave one and enter the other.

use askama::Template;

/// The demo application, signed out.
#[derive(Clone, Debug, Template)]
#[template(path = "demo/home.html")]
pub struct DemoHomePage {
    /// Where the static files live, without a trailing slash.
    pub assets: String,
    /// The provider this application trusts.
    pub issuer: String,
    /// For the demo: whom to sign in as, in words ("Sign in as kim with …").
    pub pass_hint: Option<String>,
}

/// The demo application, signed in: what it was told.
#[derive(Clone, Debug, Template)]
#[template(path = "demo/claims.html")]
pub struct DemoClaimsPage {
    /// Where the static files live, without a trailing slash.
    pub assets: String,
    /// The person's name.
    pub name: String,
    /// The claims of the ID token.
    pub claims: Vec<(String, String)>,
    /// What the userinfo endpoint added.
    pub userinfo: Vec<(String, String)>,
    /// When the access token ends, in words.
    pub access_token_expires: String,
}

/// The demo application was refused.
#[derive(Clone, Debug, Template)]
#[template(path = "demo/error.html")]
pub struct DemoErrorPage {
    /// Where the static files live, without a trailing slash.
    pub assets: String,
    /// The OAuth error code.
    pub error: String,
    /// The provider's description.
    pub description: String,
}
