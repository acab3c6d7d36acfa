//! `[customers]`: what is known of who calls from outside.

use crate::finding::Report;
use crate::sections::Customers;
use crate::table::Table;
use std::time::Duration;

/// Fields of a customer.
const FIELDS: usize = 32;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Reads it.
pub(super) fn read(table: Option<Table<'_>>, customers: &mut Customers, report: &mut Report) {
    let Some(mut table) = table else { return };
    let within = DAY..=36_500 * DAY;
    for field in table.strings("fields", report).unwrap_or_default() {
        let known = customers.fields.contains(&field.text);
        let says = !field.text.trim().is_empty() && field.text.len() <= 64 && !field.text.contains('=');
        if known || !says || customers.fields.len() >= FIELDS {
            let message = format!("{:?} is no further field of a customer", field.text);
            let finding = report.error(field.at, "bad-field", message);
            finding.help(format!("{FIELDS} at most, each with another name, of 64 characters without \"=\""));
        } else {
            customers.fields.push(field.text);
        }
    }
    customers.keep = table.duration("keep", within.clone(), report);
    customers.keep_notes = table.duration("keep_notes", within, report);
    table.finish(report);
}
