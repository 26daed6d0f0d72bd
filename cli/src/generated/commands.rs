//! The commands, from the table of operations.

use clap::{
    Arg, ArgAction, Command,
    builder::{PossibleValuesParser, ValueParser},
    value_parser,
};

use crate::table::{self, Answer, Body, Input, Kind, Operation, Place, RESOURCES, Resource};

/// Flags that a person need not see first.
const PAGING: &str = "Pages";

/// The commands of all resources. What is within one is made only when it is asked for, so that the program starts
/// fast.
pub fn resources() -> impl Iterator<Item = Command> {
    RESOURCES.iter().map(|resource| {
        let command = Command::new(resource.name).about(resource.about).subcommand_required(true);
        command.arg_required_else_help(true).hide(true).defer(with_operations)
    })
}

fn with_operations(command: Command) -> Command {
    let operations = table::resource(command.get_name()).map_or(&[][..], |resource: &Resource| resource.operations);
    command.subcommands(operations.iter().map(of_operation))
}

fn of_operation(operation: &'static Operation) -> Command {
    let about = if operation.is_deprecated {
        format!("{} (deprecated)", operation.summary)
    } else {
        operation.summary.to_owned()
    };
    let since = operation.since.map(|release| format!("\nSince WAHA {release}.")).unwrap_or_default();
    let after = format!("{} {}{since}", operation.method, operation.path);
    let mut command = Command::new(operation.action).about(about.clone()).after_help(after);
    command = command.long_about(format!("{about}\n\n{}", operation.description));
    let mut seen: Vec<&str> = Vec::new();
    for input in operation.inputs {
        // A name in the path and in the body is given once.
        if !seen.contains(&input.flag) {
            seen.push(input.flag);
            command = command.arg(flag(operation, input));
        }
    }
    if operation.body != Body::None {
        let help = "The body as JSON, as @FILE, or as - for stdin; flags replace its properties";
        command = command.arg(Arg::new("body").long("body").value_name("JSON").help(help).allow_hyphen_values(true));
    }
    if operation.answer == Answer::Bytes {
        let help = "The file to save the answer as; stdout by default, if that is no terminal";
        command = command.arg(
            Arg::new("out").long("out").value_name("FILE").help(help).value_parser(value_parser!(std::path::PathBuf)),
        );
    }
    if operation.paging.is_some() {
        command = command
            .arg(number("limit", "N", "How many items at most, over several pages if necessary").conflicts_with("all"))
            .arg(number("page-size", "N", "How many items to ask for at once").default_value("100"))
            .arg(
                Arg::new("all")
                    .long("all")
                    .action(ArgAction::SetTrue)
                    .help("All items, page by page")
                    .help_heading(PAGING),
            );
    }
    command
}

fn number(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    let arg = Arg::new(name).long(name).value_name(value).help(help).help_heading(PAGING);
    arg.value_parser(value_parser!(u64).range(1..))
}

/// The flag of an input.
fn flag(operation: &Operation, input: &'static Input) -> Arg {
    let mut arg = Arg::new(input.flag).long(input.flag).help(input.help).value_parser(parser(input));
    arg = match (input.kind, input.is_list) {
        (Kind::Boolean, false) => {
            arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("true|false")
        }
        (kind, _) => arg.value_name(value_name(kind, input)).allow_hyphen_values(true),
    };
    if input.is_list {
        arg = arg.action(ArgAction::Append);
        // A text may have a comma in it.
        if input.id.is_some() || !input.choices.is_empty() || input.kind == Kind::Reference {
            arg = arg.value_delimiter(',');
        }
    }
    // What belongs to the body may be in `--body`, and is looked for later.
    let is_always_required = input.is_required && matches!(input.place, Place::Path | Place::Query);
    let is_required_without_body = input.is_required && operation.body != Body::None;
    match (is_always_required, is_required_without_body) {
        (true, _) => arg.required(true),
        (false, true) => arg.required_unless_present("body"),
        (false, false) => arg,
    }
}

fn value_name(kind: Kind, input: &Input) -> &'static str {
    match kind {
        Kind::Text if input.id.is_some() => "ID",
        Kind::Text => "TEXT",
        Kind::Integer | Kind::Number => "NUMBER",
        Kind::Boolean => "true|false",
        Kind::File { .. } => "FILE|URL",
        Kind::Reference => "ID",
        Kind::Json => "JSON|@FILE",
    }
}

/// Every value stays a text, which is checked here and read later.
fn parser(input: &'static Input) -> ValueParser {
    if !input.choices.is_empty() {
        return PossibleValuesParser::new(input.choices).into();
    }
    match (input.id, input.kind) {
        (Some(id), _) => ValueParser::new(move |text: &str| id.check(text)),
        (None, Kind::Integer) => ValueParser::new(|text: &str| checked::<i64>(text)),
        (None, Kind::Number) => ValueParser::new(|text: &str| checked::<f64>(text)),
        (None, Kind::Boolean) => PossibleValuesParser::new(["true", "false"]).into(),
        _ => ValueParser::string(),
    }
}

fn checked<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<String, String> {
    text.parse::<T>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}
