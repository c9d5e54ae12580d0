//! The statements of the drill itself, over the socket of a database. A round has hundreds of them: a process for each,
//! as in the tests, would take much of the machine from what is measured.

use std::collections::BTreeMap;
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder, Row, Value};
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::Server;

/// The output of a statement: a line for each row, with tabs between the values.
pub(crate) fn text(server: &Server, deadline: Duration, sql: &str) -> Result<String, String> {
    let rows = rows(server, deadline, sql)?;
    let line = |row: Row| row.unwrap_raw().into_iter().map(shown).collect::<Vec<_>>().join("\t");
    Ok(rows.into_iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// The first row of a statement by column name, if there is one.
pub(crate) fn first(
    server: &Server,
    deadline: Duration,
    sql: &str,
) -> Result<Option<BTreeMap<String, String>>, String> {
    let Some(row) = rows(server, deadline, sql)?.into_iter().next() else { return Ok(None) };
    let names: Vec<String> = row.columns_ref().iter().map(|column| column.name_str().into_owned()).collect();
    Ok(Some(names.into_iter().zip(row.unwrap_raw().into_iter().map(shown)).collect()))
}

fn rows(server: &Server, deadline: Duration, sql: &str) -> Result<Vec<Row>, String> {
    let options: Opts = OptsBuilder::default()
        .socket(Some(server.socket().display().to_string()))
        .user(Some("root"))
        .max_allowed_packet(Some(1 << 20))
        .wait_timeout(Some(60))
        .into();
    let asking = async {
        let mut conn = Conn::new(options).await?;
        let rows = conn.query(sql).await?;
        conn.disconnect().await?;
        Ok::<_, mysql_async::Error>(rows)
    };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    match runtime.block_on(async { timeout(deadline, asking).await }) {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {deadline:?}")),
    }
}

fn shown(value: Option<Value>) -> String {
    match value {
        Some(Value::Bytes(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Some(Value::NULL) | None => "NULL".to_owned(),
        Some(other) => other.as_sql(true),
    }
}
