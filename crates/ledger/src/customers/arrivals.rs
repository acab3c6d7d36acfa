//! Who called: found by the number, or made, as the posting writes the call's row, in the same transaction. A call waits
//! for none of it.
//!
//! A number is one in its international form, which a trunk with a `country` makes of every carrier's; whoever withholds
//! his has none, and a call of the house's own has no customer. Of several customers with one number none is taken.

use crate::Result;
use crate::batch::Batch;
use sqlx::SqliteConnection;

/// The calls of this posting that may have one. What was erased has no number any more, so that nobody is made again.
macro_rules! arrivals {
    () => {
        "WITH arrivals AS MATERIALIZED (SELECT call, caller AS number, started FROM calls
            WHERE call IN (SELECT value FROM json_each(?1)) AND source_kind = 'trunk' AND customer IS NULL
            AND caller GLOB '+[1-9]*' AND length(caller) BETWEEN 8 AND 16 AND substr(caller, 2) NOT GLOB '*[^0-9]*')
        "
    };
}

/// Ids go on where they were, even if the last customer is gone.
const NUMBERS: &str = concat!(
    arrivals!(),
    "INSERT INTO customer_numbers (number, customer)
     SELECT number, (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'customers')
         + row_number() OVER (ORDER BY min(started), number)
     FROM arrivals WHERE NOT EXISTS (SELECT 1 FROM customer_numbers AS known WHERE known.number = arrivals.number)
     GROUP BY number"
);
const MADE: &str = concat!(
    arrivals!(),
    "INSERT INTO customers (customer, created, seen)
     SELECT known.customer, min(started), max(started) FROM arrivals
     JOIN customer_numbers AS known ON known.number = arrivals.number
     WHERE NOT EXISTS (SELECT 1 FROM customers WHERE customers.customer = known.customer) GROUP BY known.customer"
);
const SEEN: &str = concat!(
    arrivals!(),
    "UPDATE customers SET seen = max(seen, at) FROM (SELECT customer_numbers.customer AS who, max(started) AS at
        FROM arrivals JOIN customer_numbers ON customer_numbers.number = arrivals.number GROUP BY who
        HAVING (SELECT count(*) FROM customer_numbers AS others WHERE others.number = arrivals.number) = 1)
     WHERE customers.customer = who"
);
const NAMED: &str = concat!(
    arrivals!(),
    "UPDATE calls SET customer = found.who FROM (SELECT call AS which, min(customer_numbers.customer) AS who
        FROM arrivals JOIN customer_numbers ON customer_numbers.number = arrivals.number
        GROUP BY call HAVING count(*) = 1) AS found
     WHERE calls.call = found.which"
);

/// Names the customers of the calls that this posting has written.
pub(crate) async fn write(db: &mut SqliteConnection, batch: &Batch) -> Result<()> {
    let opened = batch.opened.values().filter(|line| line.may_have_a_customer()).map(|line| line.call());
    let closed = batch.closed.values().filter(|line| line.may_have_a_customer()).map(|line| line.call());
    let calls: Vec<i64> = opened.chain(closed).collect();
    if calls.is_empty() {
        return Ok(());
    }
    let calls = serde_json::to_string(&calls)?;
    for sql in [NUMBERS, MADE, SEEN, NAMED] {
        sqlx::query(sql).bind(&calls).execute(&mut *db).await?;
    }
    Ok(())
}
