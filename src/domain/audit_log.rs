//! The audit log as it is read back.

use super::id::UserId;
use super::time::Timestamp;

/// A line as it is read back, with the subject's username where the person still exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub activity: String,
    /// Who.
    pub actor: Option<String>,
    /// On whom.
    pub subject: Option<String>,
    /// Their username.
    pub username: Option<String>,
    /// How pages address them.
    pub display_name: Option<String>,
    /// The username of whoever did it, where that is a person who still exists.
    pub actor_username: Option<String>,
    /// Through which application.
    pub client: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// Whether it went through.
    pub success: bool,
    /// The true reason.
    pub detail: String,
    /// Its number in the chain, once it is sealed.
    pub seq: Option<i64>,
}

impl Line {
    /// The line as exports have it. Its number in the chain is said where it no longer changes.
    pub fn document(&self) -> serde_json::Value {
        let mut document = serde_json::json!({
            "id": self.id,
            "activityDateTime": self.at,
            "activity": self.activity,
            "success": self.success,
            "detail": self.detail,
            "actor": self.actor,
            "subject": self.subject,
            "username": self.username,
            "clientId": self.client,
            "address": self.address,
        });
        if let Some(seq) = self.seq {
            document["seq"] = seq.into();
        }
        document
    }

    /// What its hash covers, as its `seq`-th line.
    pub fn covered(&self, seq: i64) -> String {
        serde_json::json!([
            seq,
            self.id,
            self.at.micros(),
            self.activity,
            self.actor,
            self.subject,
            self.client,
            self.address,
            self.success,
            self.detail,
        ])
        .to_string()
    }
}

/// A part of the log that is often asked for on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Sign-ins with a pass, a key, a recovery code or an upstream.
    SignIns,
    /// All else.
    Changes,
}

/// Which lines are looked for. What is absent matches every line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Which part of the log.
    pub part: Option<Part>,
    /// What happened, by name; any of these.
    pub activities: Vec<String>,
    /// Who did it.
    pub actor: Option<String>,
    /// On whom it was done.
    pub subject: Option<UserId>,
    /// Through which application.
    pub client: Option<String>,
    /// Whether it went through.
    pub success: Option<bool>,
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
    /// Older than the line with this time and id: where the page before ended.
    pub older_than: Option<(Timestamp, String)>,
    /// Newer than this line: where the page before ended, if the oldest come first.
    pub newer_than: Option<(Timestamp, String)>,
    /// Whether the oldest come first, and not the newest.
    pub oldest_first: bool,
}
