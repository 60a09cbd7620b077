//! Settings, and what is offered to whom.

use uuid::Uuid;

use super::*;
use crate::domain::id::UserId;
use crate::domain::role::Role;

fn settings() -> UpstreamSettings {
    UpstreamSettings {
        display_name: " Contoso ".into(),
        issuer: "https://login.contoso.example".into(),
        client_id: "firstkey".into(),
        scopes: vec!["openid".into(), "profile".into()],
        domains: vec!["@Contoso.example".into(), "contoso.example".into()],
        ..UpstreamSettings::default()
    }
}

type Break = fn(&mut UpstreamSettings);

#[test]
fn settings_are_tidied_and_checked() {
    let mut tidy = settings();
    tidy.validate().unwrap();
    assert_eq!((tidy.display_name.as_str(), tidy.scopes), ("Contoso", vec!["profile".to_owned()]));
    assert_eq!(tidy.domains, ["contoso.example"]);
    let cases: [(Break, &str); 11] = [
        (|s| s.display_name = " ".into(), "displayName"),
        (|s| s.client_id.clear(), "clientId"),
        (|s| s.issuer = "http://login.contoso.example".into(), "issuer"),
        (|s| s.issuer = "https://login.contoso.example/?x=1".into(), "issuer"),
        (|s| s.scopes = vec!["two words".into()], "scopes"),
        (|s| s.domains = vec!["@".into()], "domains"),
        (|s| s.domains.clear(), "domains"),
        (|s| s.everybody = true, "domains"),
        (|s| s.link_existing_by = LinkBy::Email, "linkExistingBy"),
        (|s| s.link_existing_by = LinkBy::ExternalId, "linkExistingBy"),
        (|s| (s.claim, s.provision) = (NameClaim::Sub, true), "provision"),
    ];
    for (break_it, field) in cases {
        let mut broken = settings();
        break_it(&mut broken);
        assert_eq!(broken.validate().unwrap_err().field, field);
    }
}

#[test]
fn what_is_offered_depends_on_the_typed_name_alone() {
    let at = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
    let make = |id: &str, enabled, change: fn(&mut UpstreamSettings)| {
        let mut settings = settings();
        settings.domains = vec!["contoso.example".into()];
        change(&mut settings);
        let id = id.parse().unwrap();
        Upstream { id, settings, sealed_secret: None, enabled, version: 1, created_at: at }
    };
    let everybody = |s: &mut UpstreamSettings| (s.everybody, s.domains) = (true, Vec::new());
    let all =
        [make("domain", true, |_| ()), make("all", true, everybody), make("off", false, everybody)];
    let names = |typed: Option<&str>| {
        let typed = typed.map(|name| Username::parse(name).unwrap());
        offered(&all, typed.as_ref()).map(|it| it.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None), ["all"]);
    assert_eq!(names(Some("ada")), ["all"]);
    assert_eq!(names(Some("Ada@CONTOSO.example")), ["domain", "all"]);
    assert_eq!(names(Some("ada@contoso.example@evil.example")), ["all"]);
    assert_eq!(names(Some("ada@sub.contoso.example")), ["all"]);
}

#[test]
fn an_address_names_somebody_only_where_it_is_verified() {
    let mut settings = settings();
    settings.claim = NameClaim::Email;
    let mut identity = Identity { subject: "1".into(), ..Identity::default() };
    assert_eq!(settings.name_of(&identity), Err(Refusal::NoName));
    identity.email = Some("ada@contoso.example".into());
    assert_eq!(settings.name_of(&identity), Err(Refusal::Unverified));
    identity.email_verified = true;
    assert_eq!(settings.name_of(&identity), Ok("ada@contoso.example"));
    settings.claim = NameClaim::Sub;
    assert_eq!(settings.name_of(&identity), Ok("1"));
}

#[test]
fn the_disabled_the_foreign_and_admins_are_not_admitted() {
    let at = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
    let mut settings = settings();
    settings.validate().unwrap();
    let username = Username::parse("ada@contoso.example").unwrap();
    let mut ada = User::new(UserId(Uuid::nil()), Uuid::nil(), username, at);
    assert_eq!(settings.admits(&ada), Ok(()));
    ada.roles.insert(Role::GlobalReader);
    assert_eq!(settings.admits(&ada), Err(Refusal::Admin));
    settings.admins = true;
    assert_eq!(settings.admits(&ada), Ok(()));
    ada.username = Username::parse("ada").unwrap();
    assert_eq!(settings.admits(&ada), Err(Refusal::NotServed));
    ada.enabled = false;
    assert_eq!(settings.admits(&ada), Err(Refusal::Disabled));
}

#[test]
fn how_recent_a_sign_in_must_be() {
    let asked = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
    let ago = |seconds| Some(asked.minus(Duration::from_secs(seconds)));
    let any = Freshness::default();
    let anew = Freshness { anew: true, max_age: None };
    let young = Freshness { anew: false, max_age: Some(300) };
    let both = Freshness { anew: true, ..young };
    let ever = Freshness { anew: false, max_age: Some(u64::MAX) };
    for (wanted, auth_time, met) in [
        (any, None, Ok(())),
        (any, ago(100_000), Ok(())),
        (anew, None, Err(Refusal::Undated)),
        (anew, ago(0), Ok(())),
        (anew, ago(60), Ok(())),
        (anew, ago(61), Err(Refusal::TooOld)),
        (young, None, Err(Refusal::Undated)),
        (young, ago(360), Ok(())),
        (young, ago(361), Err(Refusal::TooOld)),
        (both, ago(61), Err(Refusal::TooOld)),
        (ever, ago(100_000), Ok(())),
    ] {
        assert_eq!(wanted.check(auth_time, asked), met, "{wanted:?} {auth_time:?}");
    }
    assert_eq!((any.limit(), anew.limit(), young.limit()), (None, Some(0), Some(300)));
}

#[test]
fn an_address_is_an_upstreams_to_give_in_its_own_domains_alone() {
    let mut settings = settings();
    settings.validate().unwrap();
    let named = |email: &str, email_verified| Identity {
        subject: "1".into(),
        email: Some(email.into()),
        email_verified,
        ..Identity::default()
    };
    let own = named("Ada@Contoso.example", true);
    assert_eq!(settings.address_of(&own).as_deref(), Some("Ada@Contoso.example"));
    for (email, verified) in [
        ("ada@contoso.example", false),
        ("ada@bank.example", true),
        ("ada@sub.contoso.example", true),
        ("ada@contoso.example@bank.example", true),
        ("contoso.example", true),
    ] {
        assert_eq!(settings.address_of(&named(email, verified)), None, "{email}");
    }
    (settings.everybody, settings.domains) = (true, Vec::new());
    assert_eq!(settings.address_of(&own), None);
    settings.claim = NameClaim::Email;
    assert!(settings.address_of(&own).is_some());
}
