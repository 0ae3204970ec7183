//! Members come, go, and get other roles; each change is true when it is answered.

use serde_json::{Value, json};

use crate::support::{Actor, Studio, text};

async fn user_id(actor: &Actor) -> String {
    text(&actor.get("/users").send().await.ok(), "id").to_owned()
}

#[tokio::test]
async fn member_of_the_account_is_put_into_a_workspace_and_out_again_at_once() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let member = studio.key_with(&["member"]).await;
    let path = format!("/workspaces/members/{}", user_id(&member).await);
    member.get("/workspaces").send().await.refused(403, "workspace_forbidden");

    let put = admin.post(&format!("{path}?roles=viewer")).send().await.ok();
    let mine = member.get("/workspaces").send().await.ok()["roles"]["roles"].clone();
    member.post("/workspaces/folders?folder=/a").send().await.refused(403, "role_missing");
    let raised = admin.post(&path).json(&json!({"roles": ["Manage_Art", "review"]})).send().await.ok();
    member.post("/workspaces/folders?folder=/a").send().await.ok();
    let repeated = admin.post(&format!("{path}?roles=viewer&roles=review")).send().await.ok();

    assert_eq!((&put["roles"], &mine), (&json!(["viewer"]), &json!(["viewer"])));
    assert_eq!(
        (&put["user"]["username"], &put["workspace_id"]),
        (&json!("test key"), &json!(studio.workspace))
    );
    assert_eq!(raised["roles"], json!(["manage_art", "review"]));
    assert_eq!(
        (&repeated["roles"], &repeated["created_at"]),
        (&json!(["review", "viewer"]), &put["created_at"])
    );
    assert_eq!(admin.get("/workspaces/members").send().await.ok(), json!([repeated]));
    admin.delete(&path).send().await.ok_empty(204);
    member.get("/workspaces").send().await.refused(403, "workspace_forbidden");
    admin.delete(&path).send().await.refused(404, "not_found");
    let trail = admin.get("/accounts/audit?outcome=allowed&limit=2").send().await.ok();
    assert_eq!(
        (&trail[0]["action"], &trail[1]["action"]),
        (&json!("member.removed"), &json!("member.roles_changed"))
    );
    assert_eq!(trail[1]["details"]["to"], json!(["review", "viewer"]));
}

#[tokio::test]
async fn membership_takes_nothing_away_from_a_key_with_roles_everywhere() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let artist = studio.key_with(&["manage_art"]).await;
    let path = format!("/workspaces/members/{}", user_id(&artist).await);

    admin.post(&format!("{path}?roles=viewer")).send().await.refused(409, "conflict");
    let more = admin.post(&format!("{path}?roles=manage_art,review")).send().await.ok();
    admin.delete(&path).send().await.refused(409, "conflict");

    assert_eq!(more["roles"], json!(["manage_art", "review"]));
    assert_eq!(
        artist.get("/workspaces").send().await.ok()["roles"]["roles"],
        json!(["manage_art", "review"])
    );
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_have() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let member = studio.key_with(&["member"]).await;
    let narrow = json!({"name": "narrow", "roles": ["admin"], "scopes": ["workspaces:write"]});
    let narrow = owner.post("/accounts/api-keys").json(&narrow).send().await.ok();
    let narrow = studio.actor_of(&narrow).await;
    let in_workspace = format!("/workspaces/members/{}", user_id(&member).await);
    let of_owner = format!("/accounts/members/{}", user_id(&owner).await);

    let given = narrow.post(&format!("{in_workspace}?roles=viewer")).send().await;
    let taken = admin.delete(&of_owner).send().await;

    assert_eq!(given.refused(403, "exceeds_caller")["fields"][0]["field"], "scopes");
    taken.refused(403, "exceeds_caller");
    owner.get("/users").send().await.ok();
}

#[tokio::test]
async fn key_taken_out_of_the_account_is_revoked_and_the_last_owner_stays() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let second = studio.key_with(&["owner"]).await;
    let member = studio.key_with(&["viewer"]).await;
    let [first_id, second_id, member_id] =
        [user_id(&owner).await, user_id(&second).await, user_id(&member).await];
    let put = owner.put(&format!("/accounts/members/{member_id}?roles=admin")).send().await;

    assert!(text(&put.refused(409, "conflict"), "message").contains("PATCH /accounts/api-keys/mdl_key_"));
    owner.delete(&format!("/accounts/members/{member_id}")).send().await.ok_empty(204);
    member.get("/users").send().await.refused(401, "invalid_token");
    owner.delete(&format!("/accounts/members/{second_id}")).send().await.ok_empty(204);
    owner.delete(&format!("/accounts/members/{first_id}")).send().await.refused(409, "conflict");
    let left = owner.get("/accounts/members").send().await.ok();
    let ids: Vec<&Value> = left.as_array().unwrap().iter().map(|member| &member["user_id"]).collect();
    assert_eq!(ids, [&json!(first_id)]);
}

#[tokio::test]
async fn strangers_and_roles_that_are_none_are_refused() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    let me = user_id(&owner).await;
    let never = "0198c0de-0000-7000-8000-00000000dead";
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let stranger =
        studio.admin(&["key", "create", "--account", text(&other, "id"), "--name", "x", "--role", "owner"]);
    let stranger = text(&stranger, "user_id").to_owned();

    for id in [never, &stranger] {
        owner.post(&format!("/workspaces/members/{id}?roles=viewer")).send().await.refused(404, "not_found");
        owner.delete(&format!("/workspaces/members/{id}")).send().await.refused(404, "not_found");
        owner.put(&format!("/accounts/members/{id}?roles=member")).send().await.refused(404, "not_found");
        owner.delete(&format!("/accounts/members/{id}")).send().await.refused(404, "not_found");
    }
    for roles in [json!([]), json!(["root"]), json!("owner"), json!(7), json!(["viewer", null])] {
        let refused =
            owner.post(&format!("/workspaces/members/{me}")).json(&json!({"roles": roles})).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], "roles", "{roles}");
    }
    owner.post(&format!("/workspaces/members/{me}")).send().await.refused(400, "invalid_input");
    owner.put(&format!("/accounts/members/{me}?roles=viewer")).send().await.refused(400, "invalid_input");
}
