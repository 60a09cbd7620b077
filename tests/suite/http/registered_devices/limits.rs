//! How many devices somebody may have.

use firstkey::domain::registered_device::PER_PERSON_MAX;
use futures::future::join_all;

use super::*;

on_both_engines! {
    async fn nobody_has_more_devices_than_one_may_however_many_ask_at_once(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let client = device_client(&app).await;
        let mut mine = Vec::new();
        for number in 1..PER_PERSON_MAX {
            let laptop = Laptop::new(&format!("PC-{number}"));
            laptop.joins(&app, &client, &mut ada).await;
            mine.push(laptop);
        }
        // Three ask while there is room for one.
        let mut asking = Vec::new();
        for number in 0..3 {
            let laptop = Laptop::new(&format!("LATE-{number}"));
            let asked = laptop.asks(&app, &client).await;
            allows(&mut ada, &asked).await;
            asking.push((laptop, asked));
        }
        let polls = asking.iter().map(|(laptop, asked)| laptop.polls(&app, &client, asked));
        let answers = join_all(polls).await;
        assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1, "{answers:?}");
        for answer in answers.into_iter().filter(|(status, _)| *status != 200) {
            refused(answer, "access_denied");
        }
        let list = devices(&app, "ada").await;
        assert_eq!(list.len(), PER_PERSON_MAX as usize);
        // Who has so many is told so before they decide.
        let one_more = Laptop::new("MORE");
        let asked = one_more.asks(&app, &client).await;
        let page = recognises(&mut ada, &asked).await;
        assert_eq!((page.status, page.heading().as_str()), (409, "You have too many devices"));
        // One that is set up again is none more, and what is removed makes room.
        mine[0].joins(&app, &client, &mut ada).await;
        removes(&mut ada, &list[1]).await;
        one_more.joins(&app, &client, &mut ada).await;
        assert_eq!(devices(&app, "ada").await.len(), PER_PERSON_MAX as usize);
    }
}
