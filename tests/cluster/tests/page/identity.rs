//! A node of another cluster, and two addresses of one node: what the monitor says of them, and the lever.

use crate::scale::crowd;

const FOREIGN: &str = "[data-testid=node][data-node-index='1'][data-foreign=true]";

#[tokio::test]
async fn a_node_that_names_another_cluster_is_said_to_be_foreign_and_followed_only_when_the_person_says_so() {
    let crowd = crowd(3).await;
    crowd.wait_until_all_healthy().await;
    crowd.nodes.name(0, 8, "elsewhere");
    crowd.browser.click("[data-testid=nodes-refresh]").await;
    crowd.browser.wait_for_element(FOREIGN).await;
    crowd.browser.wait_for_text(FOREIGN, "elsewhere").await;
    crowd.browser.wait_for_element("[data-testid=cluster-status][data-healthy='2'][data-total='3']").await;
    crowd.browser.reload().await;
    crowd.browser.wait_for_element(FOREIGN).await;
    assert_eq!(crowd.browser.count("[data-testid=node-follow]").await, 1, "the others are of this cluster");

    crowd.browser.click("[data-testid=node-follow]").await;
    crowd.browser.wait_for_element("dialog[open]").await;
    crowd.browser.click("dialog[open] [data-testid=confirm-cancel]").await;
    crowd.browser.wait_for("the dialog is gone", "return !document.querySelector('dialog[open]')").await;
    assert_eq!(crowd.browser.count(FOREIGN).await, 1, "nothing was changed");
    crowd.browser.click("[data-testid=node-follow]").await;
    crowd.browser.wait_for_element("dialog[open]").await;
    crowd.browser.click("dialog[open] [data-testid=confirm-accept]").await;
    crowd.browser.wait_for_element("[data-testid=node][data-node-index='1'][data-foreign=false]").await;
    crowd.browser.wait_for_element("[data-testid=node][data-node-index='0'][data-foreign=true]").await;
}

#[tokio::test]
async fn two_addresses_that_name_one_node_are_said_to_be_one_and_counted_once() {
    let crowd = crowd(3).await;
    crowd.wait_until_all_healthy().await;
    let ours = crowd.cluster.health(0).await.expect("it answers").cluster_id.expect("it has a cluster");
    crowd.nodes.name(0, 8, &ours);
    crowd.nodes.name(1, 8, &ours);
    crowd.browser.reload().await;
    crowd.browser.wait_for_element("[data-testid=node][data-node-index='2'][data-same-as='1']").await;
    crowd.browser.wait_for_element("[data-testid=cluster-status][data-healthy='2'][data-total='2']").await;
}
