//! Keys by policy in the portal: profiles, what makers vouch for, and keys for others.

use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::{Admin, notice, page_of, with_roles};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::maker::Maker;
use crate::support::visitor::{Page, Request};

const FIDO2: &str = "/admin/policies/fido2";

/// The options that the page has for its script.
fn options(page: &Page) -> Value {
    let (_, rest) = page.body.split_once("data-options=\"").expect("options");
    let text = rest.split_once('"').unwrap().0;
    let text = text.replace("&#34;", "\"").replace("&#38;", "&").replace("&#39;", "'");
    json!({ "publicKey": serde_json::from_str::<Value>(&text).unwrap() })
}

#[tokio::test]
async fn profiles_of_keys_are_edited_and_nothing_of_them_is_lost() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::AuthenticationPolicyAdministrator).await;
    app.services.add_group(&Caller::OPERATOR, "Staff").await.unwrap();
    let profiles = json!([{
        "id": "hardware", "name": "Hardware", "passkeyTypes": "deviceBound",
        "attestationEnforcement": "registrationOnly",
        "keyRestrictions": { "isEnforced": false, "enforcementType": "block", "aaGuids": [] },
    }])
    .to_string();
    let form = |targets: &'static str, profiles: &str| {
        vec![
            ("state".to_owned(), "on".to_owned()),
            ("isSelfServiceRegistrationAllowed".into(), "on".into()),
            ("keyRestrictions.enforcementType".into(), "block".into()),
            ("keyRestrictions.aaGuids".into(), String::new()),
            ("includeTargets".into(), targets.into()),
            ("excludeTargets".into(), String::new()),
            ("passkeyProfiles".into(), profiles.to_owned()),
            ("defaultPasskeyProfile".into(), String::new()),
        ]
    };
    for (targets, profiles, said) in [
        ("all=>gone", profiles.as_str(), "no profile with this id"),
        ("all", "[{", "Profiles: EOF"),
        ("all", "[{}]", "Profiles: missing field"),
    ] {
        let form = form(targets, profiles);
        let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        let page = admin.post(FIDO2, &form).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let form = form("group:Staff=>hardware\nall", &profiles);
    let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
    let page = admin.post(FIDO2, &form).await;
    assert!(notice(&page).contains("was saved"), "{}", page.body);
    assert!(page.body.contains("Hardware (hardware)"), "the list names them");
    let policy = app.services.fido2_policy().await.unwrap();
    let named = policy.include_targets[0].allowed_passkey_profiles.as_deref();
    assert_eq!(named, Some(&["hardware".to_owned()][..]));
    assert_eq!(policy.default_passkey_profile, None);
    // The form has it all, so that saving it again changes nothing.
    let page = admin.get(FIDO2).await;
    assert!(page.body.contains("group:Staff=&#62;hardware\nall"), "{}", page.body);
    assert!(page.body.contains("registrationOnly"));
}

#[tokio::test]
async fn an_admin_with_a_key_in_hand_makes_it_somebody_elses() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let ada = app.person("ada").await;
    let maker = Maker::new("Acme");
    let caller = &Caller::OPERATOR;
    app.services.add_attestation_root(caller, maker.root(), &[], vec![]).await.unwrap();
    app.policy("Fido2", json!({ "isAttestationEnforced": true })).await;
    let path = format!("{}/key/new", page_of(&ada));
    assert!(admin.get(&page_of(&ada)).await.body.contains("Register a key for them"));
    let page = admin.get(&path).await;
    assert_eq!(page.heading(), "A key for Ada Example");
    let asked = options(&page);
    assert_eq!(asked["publicKey"]["user"]["name"], "ada", "it is theirs");
    assert_eq!(asked["publicKey"]["attestation"], "direct");

    // What the policy does not take is refused with the reason, and may be tried again at once.
    let made = SoftAuthenticator::new().create(&app.issuer, asked).await.to_string();
    let page = admin.post(&path, &[("label", "Red key"), ("answer", &made)]).await;
    assert_eq!(page.status, 422);
    assert!(page.alert().unwrap().contains("a trusted maker vouches for"), "{:?}", page.alert());
    assert_eq!(page.value("label").as_deref(), Some("Red key"));
    for nonsense in ["", "{}", "x"] {
        assert_eq!(admin.post(&path, &[("answer", nonsense)]).await.status, 422, "{nonsense}");
    }
    let mut key = SoftAuthenticator::new().made_by(&maker);
    let made = key.create(&app.issuer, options(&page)).await.to_string();
    let page = admin.post(&path, &[("label", "Red key"), ("answer", &made)]).await;
    assert_eq!(notice(&page), "Red key is Ada Example&#39;s key now.");
    assert!(page.body.contains("vouched for by CN=Acme Root"), "{}", page.body);
    // An answer is taken once, and for the person it is for.
    assert_eq!(admin.post(&path, &[("answer", &made)]).await.status, 422);
    let request = Request::of(&app.client("payroll").await);
    app.one_method_is_enough().await;
    let mut visitor = app.visitor();
    visitor.authorize(&request).await.page();
    visitor.use_passkey(&mut key).await.code();

    // Nobody makes a key their own like this, and whoever may not is not asked.
    let own = format!("{}/key/new", page_of(&admin.user));
    assert_eq!(admin.get(&own).await.status, 404);
    let mut reader = Admin::new_with(&app, "reader", Role::GlobalReader, &maker).await;
    assert_eq!(reader.get(&path).await.status, 404);
    assert!(!reader.get(&page_of(&ada)).await.body.contains("Register a key for them"));
    assert_eq!(reader.post(&path, &[("answer", &made)]).await.status, 403);
}

/// [Attacks] four eyes · an admin opens another admin's account with a key of their own, in the portal
#[tokio::test]
async fn an_admin_gets_no_key_from_one_admin_alone_where_two_are_wanted() {
    const OFFER: &str = "Register a key for them";
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let ada = with_roles(&app, "ada", &[Role::GlobalReader]).await;
    let path = format!("{}/key/new", page_of(&ada));
    let asked = options(&admin.get(&path).await);
    assert!(admin.get(&page_of(&ada)).await.body.contains(OFFER));
    app.policy("TemporaryAccessPass", json!({ "isApprovalRequiredForAdmins": true })).await;
    assert!(!admin.get(&page_of(&ada)).await.body.contains(OFFER));
    let page = admin.get(&path).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(page.body.contains("a second admin"), "{}", page.body);
    let made = SoftAuthenticator::new().create(&app.issuer, asked).await.to_string();
    admin.get(&page_of(&ada)).await;
    let page = admin.post(&path, &[("answer", &made)]).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(app.services.show_user("ada").await.unwrap().methods.is_empty());
}
