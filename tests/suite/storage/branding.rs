//! Logos: the ones in use stay, and of the others only so many.

use firstkey::domain::branding::BrandingPolicy;
use firstkey::store::{Store, branding};

use super::fixtures::{change, minutes, noon};
use crate::support::database::on_both_engines;

on_both_engines! {
    async fn of_images_that_are_not_in_use_the_oldest_make_room(store: Store) {
        let add = async |number: u32| {
            let until = noon().plus(minutes(number.into()));
            let name = format!("{number}.png");
            change!(store, |conn| branding::add(conn, &name, b"content", until));
        };
        let there = async |number: u32| {
            let mut conn = store.reader().await.unwrap();
            branding::exists(&mut conn, &format!("{number}.png")).await.unwrap()
        };
        add(0).await;
        let policy = BrandingPolicy { logo: Some("0.png".into()), ..BrandingPolicy::default() };
        change!(store, |conn| branding::hold(conn, &policy, noon()));
        for number in 1..=53 {
            add(number).await;
        }
        assert!(there(0).await, "the logo went");
        for (number, kept) in [(1, false), (3, false), (4, true), (53, true)] {
            assert_eq!(there(number).await, kept, "{number}");
        }
    }
}
