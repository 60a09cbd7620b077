//! What is not counted here but looked up when somebody asks for numbers.

use std::time::Duration;

/// What waits, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// How many.
    pub count: u32,
    /// Since when the one has waited that waits for longest.
    pub oldest: Duration,
}

/// What is looked up in the database when somebody asks for numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Mail that waits to be sent.
    pub mail: Depth,
    /// Applications that wait to be told of the end of a session.
    pub logouts: Depth,
    /// Lines of the audit log that are not sealed yet.
    pub unsealed: Depth,
}

/// What people have, which is looked up less often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct People {
    /// How many there are.
    pub all: u32,
    /// How many of those who may sign in have registered nothing yet.
    pub without_method: u32,
    /// How many passes have not ended.
    pub open_passes: u32,
}

/// Connections to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// How many are there.
    pub open: u32,
    /// How many of them nobody uses.
    pub idle: u32,
    /// How many there may be.
    pub max: u32,
    /// Changes that wait for the one writer; always none where there are many.
    pub writer: u32,
}
