use std::time::Duration;

use serde_json::{Value, json};
use waha_sim::{Engine, Group, Server, SessionStatus};

use super::*;

const BEA: &str = "22222222222@c.us";
const CLUB: &str = "120363000000000091@g.us";
const GROUPS: &str = "/api/default/groups";

async fn with_group(engine: Engine, describe: impl FnOnce(Group) -> Group) -> Server {
    let builder = Server::builder().engine(engine).session("default");
    let builder = builder.contact(BEA, |bea| bea.name("Bea").lid("2000")).contact("333", |carl| carl.refuses_groups());
    builder.group(CLUB, |club| describe(club.subject("Club"))).start().await.unwrap()
}

/// The roles of the members, by id.
async fn roles(server: &Server, group: &str) -> Value {
    let members = get(server, &format!("{GROUPS}/{group}/participants/v2")).await.json(200);
    members
        .as_array()
        .unwrap()
        .iter()
        .map(|member| (member["id"].as_str().unwrap().to_owned(), member["role"].clone()))
        .collect()
}

fn people(ids: &[&str]) -> Value {
    json!({ "participants": ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>() })
}

/// The payloads of an event that were sent so far.
fn payloads(server: &Server, event: &str) -> Vec<Value> {
    let events = server.events().into_iter().filter(|envelope| envelope["event"] == event);
    events.map(|mut envelope| envelope["payload"].take()).collect()
}

#[tokio::test]
async fn a_new_group_has_those_who_could_be_added() {
    for engine in ENGINES {
        let server = with_group(engine, |club| club).await;
        let body = json!({ "name": "New", "participants": people(&[BEA, "333@c.us", "99@c.us"])["participants"] });
        let created = post(&server, GROUPS, body).await.json(201);
        let codes = |outcome: &str| ["333@c.us", "99@c.us"].map(|id| created["participants"][id][outcome].clone());
        match engine {
            Engine::Gows => {
                let errors: Vec<_> =
                    created["Participants"].as_array().unwrap().iter().map(|it| &it["Error"]).collect();
                assert_eq!(errors, [0, 0, 403, 404]);
                assert!(created["Participants"][2]["AddRequest"]["Code"].is_string());
            }
            Engine::Noweb => assert_eq!(created["size"], 2),
            Engine::Webjs => assert_eq!(codes("statusCode"), [403, 404]),
            _ => assert_eq!(codes("code"), [403, 404]),
        }
        let id = "120363000000000001@g.us";
        assert_eq!(roles(&server, id).await.as_object().unwrap().len(), 2);
        assert_eq!(get(&server, &format!("{GROUPS}/count")).await.json(200), json!({ "count": 2 }));
        assert_eq!(payloads(&server, "group.v2.join")[0]["group"]["id"], id);
    }
}

#[tokio::test]
async fn members_come_and_go_and_get_roles() {
    let server = with_group(Engine::Webjs, |club| club).await;
    let club = format!("{GROUPS}/{CLUB}");
    let added = post(&server, &format!("{club}/participants/add"), people(&[BEA, BEA, "333@c.us"])).await.json(200);
    assert_eq!((&added[BEA]["code"], &added["333@c.us"]["code"]), (&json!(409), &json!(403)));
    assert_eq!(roles(&server, CLUB).await[BEA], "participant");
    // By the hidden id as well.
    post(&server, &format!("{club}/admin/promote"), people(&["2000@lid"])).await.json(200);
    assert_eq!(roles(&server, CLUB).await[BEA], "admin");
    post(&server, &format!("{club}/admin/demote"), people(&[BEA])).await.json(200);
    assert_eq!(roles(&server, CLUB).await[BEA], "participant");
    post(&server, &format!("{club}/participants/remove"), people(&[BEA])).await.json(200);
    assert!(roles(&server, CLUB).await.get(BEA).is_none());

    let told: Vec<_> = payloads(&server, "group.v2.participants").iter().map(|it| it["type"].clone()).collect();
    assert_eq!(told, ["join", "promote", "demote", "leave"]);
}

#[tokio::test]
async fn who_is_no_admin_is_refused_in_the_way_of_the_engine() {
    for engine in ENGINES {
        let server = with_group(engine, |club| club.owned_by(BEA)).await;
        let club = format!("{GROUPS}/{CLUB}");
        let setting = format!("{club}/settings/security/info-admin-only");
        let answer = put(&server, &setting, json!({ "adminsOnly": true })).await;
        match engine {
            Engine::Webjs | Engine::Wpp => assert_eq!(answer.text(200), "false"),
            Engine::Noweb => assert_eq!(answer.json(500)["exception"]["data"], 403),
            _ => assert!(answer.json(500)["exception"]["message"].as_str().unwrap().ends_with("403: forbidden")),
        }
        assert_eq!(get(&server, &setting).await.json(200), json!({ "adminsOnly": false }));
        // What all members may do they may do.
        put(&server, &format!("{club}/subject"), json!({ "subject": "Boats" })).await;
        assert_eq!(payloads(&server, "group.v2.update")[0]["group"]["subject"], "Boats");
        post(&server, &format!("{club}/admin/promote"), people(&[BEA])).await.json(500);
    }
}

#[tokio::test]
async fn settings_are_kept_and_their_answers_differ() {
    for engine in ENGINES {
        let server = with_group(engine, |club| club).await;
        let security = format!("{GROUPS}/{CLUB}/settings/security");
        for (setting, member) in [
            ("info-admin-only", "adminsOnly"),
            ("messages-admin-only", "adminsOnly"),
            ("member-add-mode", "membersCanAddNewMember"),
            ("membership-approval", "newMembersApprovalRequired"),
        ] {
            let path = format!("{security}/{setting}");
            let before = get(&server, &path).await.json(200)[member].as_bool().unwrap();
            let answer = put(&server, &path, json!({ member: !before })).await;
            match engine {
                Engine::Gows | Engine::Noweb if setting != "membership-approval" => answer.empty(200),
                _ => assert_eq!(answer.text(200), "true"),
            }
            assert_eq!(get(&server, &path).await.json(200), json!({ member: !before }), "{setting}");
        }
        let history = get(&server, &format!("{security}/member-share-history-mode")).await;
        match engine {
            Engine::Gows | Engine::Noweb => assert_eq!(history.json(200), json!({ "membersCanShareHistory": false })),
            Engine::Wpp => drop(history.json(501)),
            _ => assert_eq!(history.status, 200),
        }
    }
}

#[tokio::test]
async fn a_name_must_not_be_empty() {
    for engine in ENGINES {
        let server = with_group(engine, |club| club).await;
        put(&server, &format!("{GROUPS}/{CLUB}/subject"), json!({ "subject": "" })).await.json(400);
        post(&server, GROUPS, json!({ "name": "", "participants": [] })).await.json(400);
    }
}

#[tokio::test]
async fn invites_are_links_or_codes_and_revoking_depends_on_the_engine() {
    for engine in ENGINES {
        let server = with_group(engine, |club| club).await;
        let path = format!("{GROUPS}/{CLUB}/invite-code");
        let before = get(&server, &path).await.text(200).to_owned();
        assert_eq!(before.starts_with("https://chat.whatsapp.com/"), engine == Engine::Gows);
        let after = post(&server, &format!("{path}/revoke"), json!({})).await.text(200).to_owned();
        assert_eq!(after == before, engine == Engine::Gows);
        assert_eq!(get(&server, &path).await.text(200), after);
        get(&server, &format!("{GROUPS}/join-info?code={before}")).await.json(if after == before { 200 } else { 500 });
    }
}

#[tokio::test]
async fn joining_takes_an_invite_and_sometimes_an_admin() {
    for engine in ENGINES {
        let server = with_group(engine, |club| club.owned_by(BEA).without_account().invite_code("CODE")).await;
        assert_eq!(get(&server, &format!("{GROUPS}/count")).await.json(200)["count"], 0);
        get(&server, &format!("{GROUPS}/{CLUB}")).await.json(500);
        post(&server, &format!("{GROUPS}/join"), json!({ "code": "WRONG" })).await.json(500);
        let link = json!({ "code": "https://chat.whatsapp.com/CODE" });
        assert_eq!(post(&server, &format!("{GROUPS}/join"), link).await.json(200), json!({ "id": CLUB }));
        get(&server, &format!("{GROUPS}/{CLUB}")).await.json(200);
        assert_eq!(payloads(&server, "group.v2.join").len(), 1);
    }
    let strict =
        with_group(Engine::Noweb, |club| club.owned_by(BEA).without_account().approves_members().invite_code("CODE"));
    let strict = strict.await;
    assert_eq!(post(&strict, &format!("{GROUPS}/join"), json!({ "code": "CODE" })).await.json(200), json!({}));
    get(&strict, &format!("{GROUPS}/{CLUB}")).await.json(500);
}

#[tokio::test]
async fn admins_decide_about_requests() {
    let server = with_group(Engine::Gows, |club| club.approves_members()).await;
    server.join_group(CLUB, BEA);
    server.join_group(CLUB, "333@c.us");
    let path = format!("{GROUPS}/{CLUB}/participants/join-requests");
    let waiting = get(&server, &path).await.json(200);
    assert_eq!(waiting.as_array().unwrap().len(), 2);
    assert!(payloads(&server, "group.v2.participants.join-request").iter().all(|it| it["action"] == "created"));

    let approved = post(&server, &format!("{path}/approve"), people(&[BEA, "9@c.us"])).await.json(200);
    let verdicts: Vec<_> = approved.as_array().unwrap().iter().map(|it| (&it["success"], &it["error"])).collect();
    assert_eq!(verdicts, [(&json!(true), &Value::Null), (&json!(false), &json!(404))]);
    post(&server, &format!("{path}/reject"), people(&["333@c.us"])).await.json(200);
    assert_eq!(get(&server, &path).await.json(200), json!([]));
    assert_eq!(payloads(&server, "group.v2.participants.join-request")[2]["action"], "rejected");
    assert_eq!(roles(&server, CLUB).await.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn who_leaves_keeps_the_chat_in_a_browser() {
    for engine in ENGINES {
        let server = with_group(engine, |club| club.member(BEA)).await;
        let club = format!("{GROUPS}/{CLUB}");
        let browser = matches!(engine, Engine::Webjs | Engine::Wpp);
        if browser {
            assert_eq!(delete(&server, &club).await.text(200), "false");
        } else {
            delete(&server, &club).await.json(501);
        }
        post(&server, &format!("{club}/leave"), json!({})).await.empty(200);
        assert_eq!(payloads(&server, "group.v2.leave")[0]["group"], json!({ "id": CLUB }));
        assert_eq!(get(&server, &format!("{GROUPS}/count")).await.json(200)["count"], 0);
        let left = get(&server, &club).await;
        if browser {
            assert_eq!(left.json(200)["isReadOnly"], true);
            assert_eq!(delete(&server, &club).await.text(200), "true");
            get(&server, &club).await.json(500);
        } else {
            left.json(500);
        }
        post(&server, &format!("{club}/leave"), json!({})).await.json(500);
    }
}

#[tokio::test]
async fn the_sessions_hear_of_what_others_do() {
    let server = with_group(Engine::Gows, |club| club).await;
    server.join_group(CLUB, BEA);
    server.join_group(CLUB, BEA);
    server.leave_group(CLUB, BEA);
    let told = payloads(&server, "group.v2.participants");
    assert_eq!(told.iter().map(|it| it["type"].as_str().unwrap()).collect::<Vec<_>>(), ["join", "leave"]);
    assert_eq!(told[0]["participants"][0]["role"], "participant");

    server.set_status("default", SessionStatus::Stopped);
    server.join_group(CLUB, BEA);
    assert_eq!(payloads(&server, "group.v2.participants").len(), 2);
}

#[tokio::test]
async fn groups_are_sorted_cut_and_thinned() {
    let builder = Server::builder().session("default");
    let builder = builder.group("3@g.us", |it| it.subject("A")).group("1@g.us", |it| it.subject("C"));
    let server = builder.group("2@g.us", |it| it.subject("B")).start().await.unwrap();
    let ids = async |query: &str| {
        let rows = get(&server, &format!("{GROUPS}?{query}")).await.json(200);
        rows.as_array().unwrap().iter().map(|row| row["JID"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, ["1@g.us", "2@g.us", "3@g.us"]);
    assert_eq!(ids("sortBy=subject&limit=2").await, ["3@g.us", "2@g.us"]);
    assert_eq!(ids("sortBy=id&sortOrder=desc&limit=1&offset=1").await, ["2@g.us"]);
    let thin = get(&server, &format!("{GROUPS}?exclude=participants")).await.json(200);
    assert!(thin[0].get("Participants").is_none());
}

#[tokio::test]
async fn a_changed_picture_is_seen_after_three_seconds() {
    let server = with_group(Engine::Gows, |club| club.picture("https://pps/old")).await;
    let path = format!("{GROUPS}/{CLUB}/picture");
    let old = json!({ "url": "https://pps/old" });
    assert_eq!(get(&server, &path).await.json(200), old);
    let file = json!({ "file": { "data": "AAAA" } });
    assert_eq!(put(&server, &path, file).await.json(200), json!({ "success": true }));
    assert_eq!(get(&server, &path).await.json(200), old);
    server.advance(Duration::from_secs(3));
    let new = get(&server, &path).await.json(200);
    assert!(new != old && new["url"].is_string());
    delete(&server, &path).await.json(200);
    server.advance(Duration::from_secs(3));
    assert_eq!(get(&server, &path).await.json(200), json!({ "url": null }));
    put(&server, &path, json!({ "file": { "data": "no base64" } })).await.json(500);
}
