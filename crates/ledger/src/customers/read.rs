//! Customers as they are looked for, shown, and picked from.

use super::hand::fields_of;
use super::{Customer, CustomerCard, Note, Visit, folded};
use crate::{Reader, Result};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use terms::{CallRef, ContactId, Pii, Wall};

const ONE: &str = "SELECT * FROM customers WHERE customer = ?1";
const NUMBERS: &str = "SELECT number FROM customer_numbers WHERE customer = ?1 ORDER BY number";
const WITH_NUMBER: &str = "SELECT customers.* FROM customer_numbers JOIN customers USING (customer)
    WHERE number = ?1 ORDER BY customer LIMIT ?2";
/// By name and fields without case and accents, or by a piece of a number; who called last comes first.
const FOUND: &str = "SELECT * FROM customers WHERE ?1 = '' OR instr(folded, ?1) > 0
    OR ?2 <> '' AND EXISTS (SELECT 1 FROM customer_numbers
        WHERE customer_numbers.customer = customers.customer AND instr(number, ?2) > 0)
    ORDER BY seen DESC, customer DESC LIMIT ?3";
const NOTES: &str = "SELECT * FROM notes WHERE customer = ?1 ORDER BY at DESC, note DESC LIMIT ?2";
const VISITS: &str = "SELECT calls.call, calls.started, calls.outcome, calls.contact, queues.name AS queue,
        agents.name AS agent, (SELECT disposition FROM segments WHERE segments.call = calls.call
            AND disposition IS NOT NULL ORDER BY entered DESC LIMIT 1) AS disposition
    FROM calls LEFT JOIN names AS queues ON queues.kind = 'queue' AND queues.id = calls.queue
    LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = calls.agent
    WHERE calls.customer = ?1 ORDER BY calls.started DESC, calls.call DESC LIMIT ?2";

/// Digits that are looked for in numbers.
const DIGITS: usize = 3;

impl Reader {
    /// A customer with his notes and calls, so many of each.
    pub async fn customer(&self, who: i64, limit: u32) -> Result<Option<CustomerCard>> {
        let Some(row) = sqlx::query(ONE).bind(who).fetch_optional(self.pool()).await? else { return Ok(None) };
        let customer = self.customer_of(&row).await?;
        let notes = sqlx::query(NOTES).bind(who).bind(limit).fetch_all(self.pool()).await?;
        let visits = sqlx::query(VISITS).bind(who).bind(limit).fetch_all(self.pool()).await?;
        Ok(Some(CustomerCard {
            customer,
            notes: notes.iter().map(note).collect::<sqlx::Result<_>>()?,
            visits: visits.iter().map(visit).collect::<sqlx::Result<_>>()?,
        }))
    }

    /// Those whose name, fields or numbers have this text; everybody where it is empty.
    pub async fn customers(&self, text: &str, limit: u32) -> Result<Vec<Customer>> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let spelt = text.chars().any(char::is_alphabetic) || digits.len() < DIGITS;
        let digits = if spelt { "" } else { digits.trim_start_matches('0') };
        let sql = sqlx::query(FOUND).bind(folded(text.trim())).bind(digits).bind(limit);
        self.all(sql.fetch_all(self.pool()).await?).await
    }

    /// Those with this number, in its international form.
    pub async fn customers_with(&self, number: &str, limit: u32) -> Result<Vec<Customer>> {
        self.all(sqlx::query(WITH_NUMBER).bind(number).bind(limit).fetch_all(self.pool()).await?).await
    }

    async fn all(&self, rows: Vec<SqliteRow>) -> Result<Vec<Customer>> {
        let mut all = vec![];
        for row in &rows {
            all.push(self.customer_of(row).await?);
        }
        Ok(all)
    }

    async fn customer_of(&self, row: &SqliteRow) -> Result<Customer> {
        let customer: i64 = row.try_get("customer")?;
        let numbers = sqlx::query(NUMBERS).bind(customer).fetch_all(self.pool()).await?;
        let number = |row: &SqliteRow| row.try_get::<String, _>(0).map(Pii::new);
        Ok(Customer {
            customer,
            name: row.try_get("name")?,
            numbers: numbers.iter().map(number).collect::<sqlx::Result<_>>()?,
            fields: fields_of(row)?,
            created: Wall::from_millis(row.try_get("created")?),
            seen: Wall::from_millis(row.try_get("seen")?),
            version: row.try_get("version")?,
        })
    }
}

fn contact(row: &SqliteRow) -> sqlx::Result<Option<ContactId>> {
    Ok(row.try_get::<Option<i64>, _>("contact")?.map(|id| ContactId(id.cast_unsigned())))
}

fn note(row: &SqliteRow) -> sqlx::Result<Note> {
    Ok(Note {
        note: row.try_get("note")?,
        at: Wall::from_millis(row.try_get("at")?),
        author: row.try_get("author")?,
        text: row.try_get("text")?,
        contact: contact(row)?,
    })
}

fn visit(row: &SqliteRow) -> sqlx::Result<Visit> {
    Ok(Visit {
        call: CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()),
        started: Wall::from_millis(row.try_get("started")?),
        outcome: row.try_get("outcome")?,
        contact: contact(row)?,
        queue: row.try_get("queue")?,
        agent: row.try_get("agent")?,
        disposition: row.try_get("disposition")?,
    })
}
