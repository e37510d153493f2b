//! Groups, as the number and the other members see them.

use wa_client::{Address, Group, LinkError, MemberChange};
use wa_network::phone::NewPhone;

use crate::support::{BUSINESS, CUSTOMER, Sink, World};

const BO: &str = "5511999990003";

fn phone(number: &str) -> Address {
    Address::Phone(number.to_owned())
}

/// The members, by number where it is known, and whether each is an administrator.
fn members(group: &Group) -> Vec<(Address, bool)> {
    let numbered = |address: &&Address| matches!(address, Address::Phone(_));
    let mut found: Vec<(Address, bool)> = group
        .members
        .iter()
        .map(|member| {
            let both = std::iter::once(&member.address).chain(&member.alt);
            (
                both.clone().find(numbered).unwrap_or(&member.address).clone(),
                member.admin,
            )
        })
        .collect();
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_made_changed_and_left() {
    let world = World::new().await;
    let new = NewPhone {
        number: BO.to_owned(),
        name: "Bo".to_owned(),
        auto_reply: false,
    };
    world.network.phones().create(new).unwrap();
    let open = world.linked(&Sink::new()).await;
    let group = open.link.create_group("Bakers", &[phone(CUSTOMER)]).await.unwrap();
    assert_eq!(group.subject, "Bakers");
    let both = [(phone(BUSINESS), true), (phone(CUSTOMER), false)];
    assert_eq!(members(&group), both);
    assert_eq!(members(&open.link.group(&group.address).await.unwrap()), both);

    open.link.rename_group(&group.address, "Night bakers").await.unwrap();
    let refused = open
        .link
        .change_members(&group.address, MemberChange::Add, &[phone(BO)])
        .await;
    assert!(refused.unwrap().is_empty());
    for change in [MemberChange::Promote, MemberChange::Demote, MemberChange::Promote] {
        open.link
            .change_members(&group.address, change, &[phone(CUSTOMER)])
            .await
            .unwrap();
    }
    open.link
        .change_members(&group.address, MemberChange::Remove, &[phone(BO)])
        .await
        .unwrap();
    let all = open.link.groups().await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].subject, "Night bakers");
    assert_eq!(members(&all[0]), [(phone(BUSINESS), true), (phone(CUSTOMER), true)]);

    open.link.leave_group(&group.address).await.unwrap();
    assert!(open.link.groups().await.unwrap().is_empty());
    let renamed = open.link.rename_group(&group.address, "Gone").await;
    assert!(matches!(renamed, Err(LinkError::Forbidden)), "{renamed:?}");
    world.end(open).await;
}
