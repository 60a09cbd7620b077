//! Whom an upstream adds, and with which address: one that is its own to give, and nobody else's.

use firstkey::domain::audit::Activity;
use firstkey::domain::upstream::{LinkBy, NameClaim};
use firstkey::service::caller::Caller;
use futures::future::join_all;
use serde_json::{Value, json};

use super::upstream_people::edit;
use crate::support::client_key::ClientKey;
use crate::support::database::on_both_engines;
use crate::support::upstream::{
    ADA, Pretender, SECRET, Stage, UPSTREAM, back_with, change_upstream, contoso, depart, person,
};
use crate::support::visitor::Request;

const OTHER: &str = "fabrikam";

/// Somebody new comes, whose account has this name and this address: what they are added with.
async fn come(stage: &Stage, name: &str, email: Value, verified: Value) -> Option<String> {
    let claims = |it: &mut Value| {
        (it["sub"], it["preferred_username"]) = (json!(name), json!(name));
        (it["email"], it["email_verified"]) = (email, verified);
    };
    let page = stage.come(&mut stage.app.visitor(), claims).await;
    assert!(page.heading().starts_with("Welcome, "), "{:?}", page.alert());
    stage.app.services.find_user(name).await.unwrap().email
}

on_both_engines! {
    /// [Attacks] OIDC Core §5.7 · a newcomer with an address of somebody else's domain
    async fn an_upstream_gives_addresses_of_its_own_domains_alone(stage: Stage) {
        change_upstream(&stage.app, |it| it.provision = true).await;
        for (number, (email, verified, kept)) in [
            (json!("boss@bank.example"), json!(true), false),
            (json!("x@sub.contoso.example"), json!(true), false),
            (json!("x@contoso.example.evil.example"), json!(true), false),
            (json!("x@contoso.example"), json!(false), false),
            (json!("x@contoso.example"), Value::Null, false),
            (json!("x@CONTOSO.example"), json!(true), true),
        ].into_iter().enumerate() {
            let name = format!("n{number}@contoso.example");
            let added = come(&stage, &name, email.clone(), verified).await;
            assert_eq!(added, kept.then(|| email.as_str().unwrap().to_owned()), "{email}");
        }
    }

    /// [Attacks] OIDC Core §5.7 · a newcomer with a colleague's address
    async fn nobody_is_added_with_an_address_that_somebody_goes_by(stage: Stage) {
        change_upstream(&stage.app, |it| it.provision = true).await;
        for name in ["bob@contoso.example", "carol@home.example", "dan@home.example"] {
            person(&stage.app, name).await;
        }
        edit(&stage, "carol@home.example", |user| user.email = Some("Carol@contoso.example".into())).await;
        edit(&stage, "dan@home.example", |user| {
            user.email = None;
            user.profile.alternate_email = Some("dan@contoso.example".into());
        }).await;
        edit(&stage, "bob@contoso.example", |user| user.email = None).await;
        for (number, email) in
            ["bob@contoso.example", "carol@Contoso.example", "dan@contoso.example"].iter().enumerate()
        {
            let name = format!("n{number}@contoso.example");
            assert_eq!(come(&stage, &name, json!(email), json!(true)).await, None, "{email}");
        }
        // And who has one keeps it, whatever their account says later.
        let (name, free) = ("eve.new@contoso.example", "eve@contoso.example");
        for said in [free, "other@contoso.example"] {
            let has = come(&stage, name, json!(said), json!(true)).await;
            assert_eq!(has.as_deref(), Some(free));
        }
    }

    /// [Attacks] OIDC Core §5.7 · a newcomer of an upstream that has no domains
    async fn an_upstream_that_serves_everybody_gives_the_address_that_names_people(stage: Stage) {
        change_upstream(&stage.app, |it| {
            (it.provision, it.everybody, it.domains) = (true, true, Vec::new());
        }).await;
        let boss = json!("boss@bank.example");
        assert_eq!(come(&stage, "new", boss.clone(), json!(true)).await, None);
        change_upstream(&stage.app, |it| {
            (it.claim, it.link_existing_by) = (NameClaim::Email, LinkBy::Username);
        }).await;
        let named = "newer@bank.example";
        assert_eq!(come(&stage, named, json!(named), json!(true)).await.as_deref(), Some(named));
    }

    /// [Attacks] OIDC Core §5.7 · newcomers with one address, side by side and by two upstreams
    async fn of_newcomers_who_bring_one_address_at_once_one_is_added_with_it(stage: Stage) {
        let key = ClientKey::new("fabrikam-1");
        let other = Pretender::start(&key).await;
        let (operator, services) = (&Caller::OPERATOR, &stage.app.services);
        let (id, settings) = (OTHER.parse().unwrap(), contoso(&other.issuer));
        services.add_upstream(operator, id, settings, Some(SECRET)).await.unwrap();
        for id in [UPSTREAM, OTHER] {
            let provision = |it: &mut firstkey::domain::upstream::UpstreamSettings, _: &mut bool| {
                it.provision = true;
                Ok(())
            };
            services.edit_upstream(operator, id, None, provision).await.unwrap();
        }
        for round in 0..6 {
            let email = format!("shared{round}@contoso.example");
            let (mut visitors, mut backs, mut names) = (Vec::new(), Vec::new(), Vec::new());
            for number in 0..6 {
                let mut visitor = stage.app.visitor();
                let (name, code) = (format!("n{round}-{number}@contoso.example"), format!("{round}-{number}"));
                let (provider, key) = if number % 2 == 0 { (&stage.contoso, &stage.key) } else { (&other, &key) };
                let request = Request::of(&stage.payroll);
                let away = if number % 2 == 0 {
                    depart(&mut visitor, &request, ADA).await
                } else {
                    visitor.authorize(&request).await.page();
                    visitor.identify(ADA).await.page();
                    visitor.submit("upstream", &[("upstream", OTHER)]).await.away()
                };
                let mut claims = provider.claims(&stage.app, &away);
                (claims["sub"], claims["preferred_username"]) = (json!(name), json!(name));
                (claims["email"], claims["email_verified"]) = (json!(email), json!(true));
                provider.gives_for(&code, &key.sign(&claims));
                backs.push(back_with(&away, &code));
                visitors.push(visitor);
                names.push(name);
            }
            let coming = visitors.iter_mut().zip(&backs).map(|(visitor, back)| visitor.open(back));
            for page in join_all(coming).await {
                let page = page.page();
                assert!(page.heading().starts_with("Welcome, "), "{:?}", page.alert());
            }
            let mut holders = 0;
            for name in names {
                holders += usize::from(services.find_user(&name).await.unwrap().email.is_some());
            }
            assert_eq!(holders, 1, "round {round}");
        }
        assert_eq!(stage.app.audited(Activity::UserAdded).await.len(), 36);
    }
}
