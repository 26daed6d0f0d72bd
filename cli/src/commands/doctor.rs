//! `waha doctor`: what is wrong, and what to do about it.

use clap::Args;
use serde_json::json;
use waha::{ErrorKind, types::SessionStatus};

use crate::{
    Context,
    exit::{Code, Failure},
    output, table, text,
};

/// Check address, key, version, engine and session, and say what to do
#[derive(Args, Debug)]
pub struct Doctor {}

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    is_good: bool,
    words: String,
    /// What to do.
    advice: Option<String>,
}

/// What was found.
#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
    /// The exit code of the first that is wrong.
    code: Option<Code>,
}

impl Report {
    fn good(&mut self, what: &'static str, words: impl Into<String>) {
        self.findings.push(Finding { what, is_good: true, words: words.into(), advice: None });
    }

    fn bad(&mut self, what: &'static str, code: Code, words: impl Into<String>, advice: impl Into<String>) {
        self.code.get_or_insert(code);
        self.findings.push(Finding { what, is_good: false, words: words.into(), advice: Some(advice.into()) });
    }

    fn write(&self, context: &Context) -> Result<(), Failure> {
        if !context.output.is_for_people() {
            let findings = self.findings.iter().map(|finding| {
                let Finding { what, is_good, words, advice } = finding;
                json!({ "check": what, "ok": is_good, "found": words, "advice": advice })
            });
            return context.output.value(&findings.collect());
        }
        for finding in &self.findings {
            let mark = if finding.is_good { "ok" } else { "NO" };
            output::print(&text::line(&format!("{mark}  {:8} {}", finding.what, finding.words)))?;
            if let Some(advice) = &finding.advice {
                output::print(&format!("             → {advice}"))?;
            }
        }
        Ok(())
    }
}

/// Looks at one thing after the other, until one is wrong without which the rest cannot be looked at.
///
/// # Errors
///
/// Something is wrong.
pub async fn run(context: &Context) -> Result<(), Failure> {
    context.no_dry_run("waha doctor changes nothing")?;
    let mut report = Report::default();
    examine(context, &mut report).await;
    report.write(context)?;
    match report.code {
        None => Ok(()),
        Some(code) => Err(Failure::new(code, "not everything is as it should be")),
    }
}

async fn examine(context: &Context, report: &mut Report) {
    let settings = &context.settings;
    let session = match settings.session() {
        Ok(session) => session,
        Err(failure) => {
            return report.bad(
                "settings",
                failure.code,
                failure.to_string(),
                "correct --server, the environment or the profile",
            );
        }
    };
    let client = session.client();
    let address = format!("{} (from {})", client.base_url(), settings.server_source);
    match client.observability().ping().await {
        Ok(_) => report.good("address", address),
        Err(error) => {
            let advice = match error.kind() {
                ErrorKind::Tls => "use an address whose certificate this machine trusts",
                ErrorKind::Connection | ErrorKind::Timeout => {
                    "start the server, or set its address: --server URL, or WAHA_BASE_URL, or waha login --server URL"
                }
                _ => "is this the address of WAHA?",
            };
            let words = format!("{address}: {error}");
            return report.bad("address", Failure::from(error).code, words, advice);
        }
    }
    let key = match settings.key {
        Some(_) => format!("from {}", settings.key_source),
        None => "none".to_owned(),
    };
    let version = match client.observability().get_version().await {
        Ok(version) => {
            report.good("key", format!("accepted ({key})"));
            version
        }
        Err(error) if error.kind() == ErrorKind::Unauthorized => {
            let advice = "set WAHA_API_KEY, or save the key: waha login --key-stdin";
            return report.bad("key", Code::NotAllowed, format!("refused ({key})"), advice);
        }
        Err(error) => {
            let words = format!("the version is not told: {error}");
            return report.bad("version", Failure::from(error).code, words, "look at the server's log");
        }
    };
    let words = format!("{} {} (this program knows {})", version.version, version.tier, table::RELEASE);
    report.good("version", words);
    report.good("engine", version.engine.to_string());
    match session.get().await {
        Ok(info) => status(report, settings.session.as_str(), &info.status, info.me.as_ref().map(|me| me.id.as_str())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let words = format!("there is no session `{}`", settings.session);
            let advice = "waha login makes one; waha status --all shows those that there are";
            report.bad("session", Code::NotFound, words, advice);
        }
        Err(error) => {
            let words = error.to_string();
            report.bad("session", Failure::from(error).code, words, "look at the server's log");
        }
    }
}

fn status(report: &mut Report, name: &str, status: &SessionStatus, account: Option<&str>) {
    let words = format!("{name} is {status}");
    let advice = match status {
        SessionStatus::Working => {
            let account = account.map(|account| format!(" as {account}")).unwrap_or_default();
            return report.good("session", format!("{words}{account}"));
        }
        SessionStatus::ScanQrCode => "pair it with a phone: waha login",
        SessionStatus::Stopped => "start it: waha login, or waha sessions start",
        SessionStatus::Starting => "wait a moment, and look again",
        _ => "start it again: waha sessions restart; then waha login",
    };
    report.bad("session", Code::NotReady, words, advice);
}
