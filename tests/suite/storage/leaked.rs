//! Whoever steals the database finds nothing to sign in with.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use firstkey::crypto::token::{self, Token};
use firstkey::domain::claims::RequestedClaims;
use firstkey::domain::client::Scope;
use firstkey::domain::id::ClientId;
use firstkey::domain::journey::{AcrTerms, AuthorizationRequest, Prompt, Purpose, Step};
use firstkey::domain::pass::PassRequest;
use firstkey::domain::policy::RegistrationPolicy;
use firstkey::domain::user::Username;
use firstkey::http::session_store::DatabaseSessions;
use firstkey::service::Services;
use firstkey::service::authorization::Asked;
use firstkey::service::caller::Caller;
use firstkey::service::finishing::Finished;
use firstkey::service::journeys::Browser;
use firstkey::service::policies::REGISTRATION;
use firstkey::service::users::NewUser;
use firstkey::store::policies;
use tower_sessions::SessionStore as _;
use tower_sessions::session::{Id, Record};

use super::fixtures::{REDIRECT_URI, World, browser, change, client, minutes, origin, presented};
use crate::support::database::{Engine, dump, on_both_engines};

/// Made of letters of passes, and found nowhere by chance.
const MISTYPED: &str = "WRNGWRNGWRNG";

/// What must not be found, and by which name; and which tables hold a trace of it.
struct Secrets {
    hidden: Vec<(&'static str, String)>,
    traces: Vec<(&'static str, String)>,
}

/// Somebody signs in at an application with a pass, so that there is everything secret that there
/// can be: the pass, a client secret, a browser's cookie, a code, tokens.
async fn everything_secret(world: &World) -> Secrets {
    let services = &world.services;
    let ada = NewUser { username: "ada".into(), ..NewUser::default() };
    services.add_user(&Caller::OPERATOR, ada).await.unwrap();
    let issued =
        services.issue_pass(&Caller::OPERATOR, "ada", PassRequest::default()).await.unwrap();
    let wiki = ClientId("wiki".into());
    let added = services
        .add_client(&Caller::OPERATOR, Some(wiki), client("wiki").settings, false)
        .await
        .unwrap();
    let mut cookie = Record {
        id: Id::default(),
        data: std::collections::HashMap::default(),
        expiry_date: services.now().plus(minutes(60)).to_datetime(),
    };
    let cookies = DatabaseSessions::new(world.store.clone(), world.clock.clone(), minutes(60));
    cookies.create(&mut cookie).await.unwrap();
    let browser = browser(&token::hash("key of the browser"));

    let code = Box::pin(code_for_pass(services, &browser, issued.value.reveal())).await;
    let code_sent = presented(code.reveal());
    let tokens = services
        .exchange_code(&added.client, code_sent, Asked::default(), origin(1))
        .await
        .unwrap();
    let (secret, refresh) = (added.secret.unwrap(), tokens.refresh_token.unwrap());

    let pass = issued.value.reveal();
    let pass_hash = digest(&SHA256, pass.as_bytes());
    Secrets {
        hidden: vec![
            ("the pass", pass.to_owned()),
            ("the pass as it is shown", issued.value.reveal_grouped()),
            ("the pass in lower case", pass.to_lowercase()),
            ("a plain hash of the pass", URL_SAFE_NO_PAD.encode(pass_hash.as_ref())),
            ("a plain hash of the pass in base64", STANDARD.encode(pass_hash.as_ref())),
            ("a mistyped pass", MISTYPED.into()),
            ("the client's secret", secret.reveal().to_owned()),
            ("the cookie", cookie.id.to_string()),
            ("the browser's key", "key of the browser".into()),
            ("the code", code.reveal().to_owned()),
            ("the refresh token", refresh.reveal().to_owned()),
            ("the access token", tokens.access_token),
            ("the ID token", tokens.id_token.unwrap()),
        ],
        traces: vec![
            ("codes", code.hash()),
            ("refresh_tokens", refresh.hash()),
            ("clients", secret.hash()),
            ("browser_sessions", token::hash(&cookie.id.to_string())),
            ("passes", "$argon2id$".into()),
            ("journeys", browser.key_hash),
        ],
    }
}

async fn code_for_pass(services: &Services, browser: &Browser, pass: &str) -> Token {
    let request = AuthorizationRequest {
        client_id: ClientId("wiki".into()),
        redirect_uri: REDIRECT_URI.into(),
        response_type: firstkey::domain::client::ResponseType::default(),
        response_mode: firstkey::domain::client::ResponseMode::default(),
        resources: Vec::new(),
        dpop_jkt: None,
        claims: RequestedClaims::default(),
        scopes: vec![Scope::OpenId, Scope::OfflineAccess],
        state: None,
        nonce: None,
        code_challenge: None,
        prompt: Prompt::default(),
        max_age: None,
        acr: None,
        acr_terms: AcrTerms::default(),
        login_hint: None,
        ui_locales: Vec::new(),
        expected_user: None,
        pushed: None,
        external: None,
    };
    let position = services.preview(Purpose::Authorize(Box::new(request)), browser).await.unwrap();
    let id = services.begin(position.journey).await.unwrap();
    let position = services.look(id, browser).await.unwrap();
    services.identify(&position, Username::parse("ada").unwrap()).await.unwrap();
    let position = services.look(id, browser).await.unwrap();
    services.sign_in_with_pass(&position, browser, MISTYPED, origin(1)).await.unwrap_err();
    services.sign_in_with_pass(&position, browser, pass, origin(1)).await.unwrap();
    let position = services.look(id, browser).await.unwrap();
    services.close_registration(&position).await.unwrap();
    let position = services.look(id, browser).await.unwrap();
    assert_eq!(position.step, Step::Finish);
    match services.finish(&position, true, origin(1)).await.unwrap() {
        Finished::Code(code) => code,
        other => panic!("the journey gives a code, not {other:?}"),
    }
}

on_both_engines! {
    async fn a_stolen_database_opens_nothing(world: World) {
        let mut nothing_owed = RegistrationPolicy::default();
        nothing_owed.requirements.required_methods = 0;
        nothing_owed.requirements.recommended_methods = 0;
        let now = world.services.now();
        change!(world.store, |conn| policies::set(conn, REGISTRATION, &nothing_owed, now));
        let secrets = Box::pin(everything_secret(&world)).await;

        let dump = dump(&world.store).await;
        assert!(dump.len() >= 16, "every table is looked at: {}", dump.len());
        for (table, trace) in &secrets.traces {
            let (_, text) = dump.iter().find(|(name, _)| name == table).unwrap();
            assert!(text.contains(trace), "{table} is not looked at");
        }
        for (what, secret) in &secrets.hidden {
            for (table, text) in &dump {
                assert!(!text.contains(secret), "{table} holds {what}");
            }
        }
        // SQLite's files also hold what was deleted or has not been moved into place yet.
        let files = world.database.files();
        assert_eq!(files.is_empty(), world.store.engine() == Engine::Postgres);
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            for (what, secret) in &secrets.hidden {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{} holds {what}", file.display());
            }
        }
    }
}
