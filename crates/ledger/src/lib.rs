//! What happened: call records, queue events, bindings and the ACD journal, in SQLite.
