//! Data directories with the users that tests log in as, made once per version of a server and copied for each start.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use rustix::fs::{FlockOperation, flock};

use crate::account::{Account, run};
use crate::flavor::Flavor;
use crate::workdir::target;

/// Part of a template's name. Raise it with each change of the content.
const VERSION: u32 = 1;

/// Users and their privileges besides `root`, who has no password. Each password is the user's name.
///
/// `mon` has exactly what the manual asks an administrator to grant.
const USERS: [(&str, Grants); 4] = [
    ("mon", Grants { mariadb: "PROCESS, BINLOG MONITOR, SLAVE MONITOR", mysql: "PROCESS, REPLICATION CLIENT" }),
    ("app", Grants { mariadb: APP, mysql: APP }),
    ("adm", Grants { mariadb: "ALL", mysql: "ALL" }),
    ("repl", Grants { mariadb: "REPLICATION SLAVE", mysql: "REPLICATION SLAVE" }),
];

const APP: &str = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, REFERENCES";

struct Grants {
    mariadb: &'static str,
    mysql: &'static str,
}

/// Copies the template of a flavor to `datadir`, which must not exist. Creates the template first if there is none.
pub fn copy(flavor: Flavor, datadir: &Path) -> io::Result<()> {
    let template = template(flavor)?;
    let mut cp = Command::new("cp");
    cp.args(["-a", "--reflink=auto"]).arg(template).arg(datadir);
    run(&mut cp)
}

/// The template of a flavor.
fn template(flavor: Flavor) -> io::Result<PathBuf> {
    let dir = target().join("templates");
    fs::create_dir_all(&dir)?;
    let changed = fs::metadata(flavor.binary())?.modified()?;
    let changed = changed.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let ready = dir.join(format!("{flavor}-{VERSION}-{changed}"));
    if ready.exists() {
        return Ok(ready);
    }
    // Tests are threads and several processes. The lock belongs to the open file, so it excludes both.
    let lock = File::create(dir.join(format!("{flavor}.lock")))?;
    flock(&lock, FlockOperation::LockExclusive)?;
    if ready.exists() {
        return Ok(ready);
    }
    let work = dir.join(format!("{flavor}.new"));
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir(&work)?;
    let data = work.join("data");
    match flavor {
        Flavor::MariaDb | Flavor::MariaDb118 => make_mariadb(flavor, &work, &data)?,
        Flavor::MySql97 => make_mysql(flavor, &work, &data)?,
        Flavor::MySql56 => make_mysql_56(flavor, &work, &data)?,
    }
    // Two servers with one UUID do not replicate from each other.
    fs::remove_file(data.join("auto.cnf")).or_else(none_is_fine)?;
    fs::rename(&data, &ready)?;
    fs::remove_dir_all(&work)?;
    Ok(ready)
}

/// What `mariadb-install-db` does. That script cannot be used for a server that needs its own loader.
fn make_mariadb(flavor: Flavor, work: &Path, data: &Path) -> io::Result<()> {
    fs::create_dir_all(data.join("mysql"))?;
    let mut sql = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n".to_owned();
    for part in [
        "system_tables.sql",
        "performance_tables.sql",
        "system_tables_data.sql",
        "maria_add_gis_sp_bootstrap.sql",
        "sys_schema.sql",
    ] {
        let text = read_sql(&flavor.share(), part)?;
        // Users for a host name of this machine, which only the script can fill in.
        for line in text.lines().filter(|line| !line.contains("@current_hostname")) {
            sql.extend([line, "\n"]);
        }
    }
    sql.push_str(&users(flavor));
    bootstrap(flavor, work, data, &sql)
}

/// The tarball has a data directory whose only users are root and anonymous ones.
fn make_mysql_56(flavor: Flavor, work: &Path, data: &Path) -> io::Result<()> {
    let mut cp = Command::new("cp");
    cp.arg("-r").arg(flavor.fetched().join("data/mysql")).arg(data);
    run(&mut cp)?;
    let anonymous = "DELETE FROM mysql.user WHERE User='';\n";
    bootstrap(flavor, work, data, &format!("{anonymous}{}", users(flavor)))
}

fn make_mysql(flavor: Flavor, work: &Path, data: &Path) -> io::Result<()> {
    fs::create_dir(data)?;
    let init = work.join("users.sql");
    fs::write(&init, users(flavor))?;
    let init_file = format!("--init-file={}", init.display());
    make(flavor, work, data, &["--initialize-insecure", &init_file], None)
}

fn bootstrap(flavor: Flavor, work: &Path, data: &Path, sql: &str) -> io::Result<()> {
    let file = work.join("bootstrap.sql");
    fs::write(&file, sql)?;
    let options = ["--bootstrap", "--skip-grant-tables"];
    make(flavor, work, data, &options, Some(&file))
}

/// Runs the server once to fill `data`, with a file as its input.
fn make(flavor: Flavor, work: &Path, data: &Path, options: &[&str], input: Option<&Path>) -> io::Result<()> {
    let account = Account::reaching(work);
    account.own(work)?;
    let config = work.join("my.cnf");
    fs::write(
        &config,
        format!(
            "[mysqld]\n{}user={}\ndatadir={}\ntmpdir={}\n",
            flavor.base_config(),
            account.option(),
            data.display(),
            work.display()
        ),
    )?;
    let mut server = flavor.command();
    // This option must come first on the command line.
    server.arg(format!("--defaults-file={}", config.display()));
    server.args(options);
    let mut timeout = Command::new("timeout");
    timeout.args(["-s", "KILL", "120"]).arg(server.get_program()).args(server.get_args());
    let log = work.join("log");
    let output = File::create(&log)?;
    let mut command = account.wrap(&timeout);
    command.stdout(output.try_clone()?).stderr(output);
    if let Some(input) = input {
        command.stdin(File::open(input)?);
    }
    let status = command.status()?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("template of {flavor}: {status}\n{}", fs::read_to_string(&log)?)))
}

/// The name of the file begins with the old or the new name of the server.
fn read_sql(share: &Path, part: &str) -> io::Result<String> {
    ["", "mariadb_", "mysql_"]
        .iter()
        .map(|prefix| share.join(format!("{prefix}{part}")))
        .find(|file| file.exists())
        .ok_or_else(|| io::Error::other(format!("no {part} in {}", share.display())))
        .and_then(fs::read_to_string)
}

/// One statement per line, as a bootstrapping server reads them.
fn users(flavor: Flavor) -> String {
    let mut sql = String::new();
    if flavor != Flavor::MySql97 {
        // Loads the grant tables, with which the bootstrap did not begin.
        sql.push_str("FLUSH PRIVILEGES;\n");
    }
    for (name, grants) in &USERS {
        let grants = if flavor.is_mariadb() { grants.mariadb } else { grants.mysql };
        let also = if *name == "adm" { " WITH GRANT OPTION" } else { "" };
        for host in ["127.0.0.1", "localhost"] {
            let user = format!("'{name}'@'{host}'");
            sql.extend([
                format!("CREATE USER {user} IDENTIFIED BY '{name}';\n"),
                format!("GRANT {grants} ON *.* TO {user}{also};\n"),
            ]);
        }
    }
    sql
}

fn none_is_fine(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}
