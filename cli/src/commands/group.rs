//! `waha group`: groups and their members.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use waha::{
    ContactId, Error, GroupId, Json,
    views::{GroupMember, GroupSummary, ParticipantOutcome},
};

use super::view;
use crate::{
    Context,
    exit::{Code, Failure},
    plan::Plan,
};

/// Create groups, and administer their members
#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct Group {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the groups that the account is in
    List,
    /// Create a group
    Create {
        /// Name of the group
        name: String,
        /// Phone numbers or ids of the people to add at once
        people: Vec<ContactId>,
    },
    /// Add people
    Add(People),
    /// Remove people
    Remove(People),
    /// Make members administrators
    Promote(People),
    /// Take the rights of administrators away
    Demote(People),
    /// Show the members
    Members {
        /// Id of the group
        group: GroupId,
    },
    /// Leave a group
    Leave {
        /// Id of the group
        group: GroupId,
    },
    /// Show the link by which people join
    Invite {
        /// Id of the group
        group: GroupId,
        /// Make a new link; the old one is of no use any more
        #[arg(long)]
        revoke: bool,
    },
}

#[derive(Args, Debug)]
struct People {
    /// Id of the group, such as 111111111111111111@g.us
    group: GroupId,
    /// Phone numbers or ids of the people
    #[arg(required = true)]
    people: Vec<ContactId>,
}

/// Does it.
///
/// # Errors
///
/// As for any call; and if some of the people were refused.
pub async fn run(context: &Context, args: Group) -> Result<(), Failure> {
    match args.action {
        Action::List => {
            let plan = context.plan("groups_list")?;
            shown::<GroupSummary>(context, &plan, GroupSummary::list, "no groups").await
        }
        Action::Create { name, people } => {
            let plan = context.plan("groups_create")?.set("name", name).set("participants", references(&people));
            let Some(answer) = context.run(&plan).await? else { return Ok(()) };
            let group = view::<GroupSummary>(&answer)?;
            let value = json!({ "id": group.id, "subject": group.subject });
            context.output.either(&format!("created {}", group.id), &value)
        }
        Action::Add(people) => change(context, "groups_add_participants", &people).await,
        Action::Remove(people) => change(context, "groups_remove_participants", &people).await,
        Action::Promote(people) => change(context, "groups_promote_to_admin", &people).await,
        Action::Demote(people) => change(context, "groups_demote_from_admin", &people).await,
        Action::Members { group } => {
            let plan = of_group(context, "groups_get_participants", &group)?;
            shown::<GroupMember>(context, &plan, GroupMember::list, "no members").await
        }
        Action::Leave { group } => {
            let plan = of_group(context, "groups_leave", &group)?;
            let Some(answer) = context.run(&plan).await? else { return Ok(()) };
            context.output.either(&format!("left {group}"), &answer)
        }
        Action::Invite { group, revoke } => {
            let operation = if revoke { "groups_revoke_invite_code" } else { "groups_get_invite_code" };
            let plan = context.plan(operation)?.param("id", group.as_str());
            let Some(answer) = context.run(&plan).await? else { return Ok(()) };
            let code = answer.as_str().unwrap_or_default();
            // Some engines answer with the link.
            let link = if code.contains("://") { code.to_owned() } else { format!("https://chat.whatsapp.com/{code}") };
            context.output.either(&link, &json!({ "link": link }))
        }
    }
}

fn references(people: &[ContactId]) -> Value {
    people.iter().map(|person| json!({ "id": person.as_str() })).collect()
}

fn of_group(context: &Context, operation: &str, group: &GroupId) -> Result<Plan, Failure> {
    Ok(context.plan(operation)?.param("id", group.as_str()))
}

async fn change(context: &Context, operation: &str, people: &People) -> Result<(), Failure> {
    let plan = of_group(context, operation, &people.group)?.set("participants", references(&people.people));
    let Some(answer) = context.run(&plan).await? else { return Ok(()) };
    let json = Json::new(&answer).map_err(|error| Failure::usage(error.to_string()))?;
    let outcomes = ParticipantOutcome::list(json)?;
    let lines: Vec<_> = outcomes.iter().map(ToString::to_string).collect();
    let value = outcomes.iter().map(|outcome| {
        json!({ "id": outcome.id, "success": outcome.success, "code": outcome.code, "message": outcome.message })
    });
    // Some engines say no more than that it was done.
    let people_text = if lines.is_empty() { "done".to_owned() } else { lines.join("\n") };
    context.output.either(&people_text, &value.collect())?;
    let refused = outcomes.iter().filter(|outcome| !outcome.success).count();
    match refused {
        0 => Ok(()),
        refused if refused == outcomes.len() => Err(Failure::new(Code::NotAllowed, "all of them were refused")),
        refused => Err(Failure::new(Code::Partial, format!("{refused} of {} were refused", outcomes.len()))),
    }
}

/// Shows a list: a line of each item for people, and else the answer as it is.
async fn shown<V: ToString>(
    context: &Context,
    plan: &Plan,
    read: impl FnOnce(Json) -> Result<Vec<V>, Error>,
    nothing: &str,
) -> Result<(), Failure> {
    let Some(answer) = context.run(plan).await? else { return Ok(()) };
    if !context.output.is_for_people() {
        return context.output.value(&answer);
    }
    let json = Json::new(&answer).map_err(|error| Failure::usage(error.to_string()))?;
    let lines: Vec<_> = read(json)?.iter().map(ToString::to_string).collect();
    if lines.is_empty() {
        context.output.note(nothing);
    }
    context.output.either(&lines.join("\n"), &answer)
}
