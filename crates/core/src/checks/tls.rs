use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::counted;
use crate::reading::outcome::Outcome;
use crate::text::civil;

const DAY: f64 = 86_400.0;

metrics! {
    CERTIFICATE_LEFT: "certificate_left", Seconds, "time until the certificate expires; negative afterward";
}

pub(super) const CHECK: Check = Check {
    name: "tls",
    topic: Topic::Operations,
    about: "remaining validity of the server's certificate, and weak TLS settings",
    why: "When the certificate expires, every client that verifies it is locked out, including replicas and \
        healthd's probes. TLS 1.0 and 1.1 are broken and forbidden by most policies. A server that does not require \
        TLS also accepts passwords in plain text, unless each account has `REQUIRE SSL`.",
    formula: "`Ssl_server_not_after` − now. On MariaDB it is reported only over TLS connections: connect over TCP \
        with `ssl-mode=REQUIRED` in the option file. WARNING if `tls_version` includes TLS 1.0 or 1.1",
    metrics: METRICS,
    warning: "2592000:",
    critical: "604800:",
    named: "",
    needs: &[
        Need::Status(&["Ssl_server_not_after"]),
        Need::Variables(&["tls_version", "require_secure_transport", "have_ssl", "ssl_cert"]),
    ],
    servers: "all with TLS",
    modes: &[],
    measure: |input| {
        let variables = input.variable_values()?;
        let has_no_tls = variables.text("have_ssl").is_some_and(|have| have != "YES");
        let without_certificate = variables.text("ssl_cert").is_none_or(str::is_empty);
        let end = input.status_values()?.text("Ssl_server_not_after").unwrap_or_default();
        let mut notes = Vec::new();
        let versions = variables.text("tls_version").unwrap_or_default();
        let old: Vec<&str> =
            versions.split(',').filter(|version| matches!(*version, "TLSv1" | "TLSv1.0" | "TLSv1.1")).collect();
        if !old.is_empty() {
            notes.push(format!("{} is allowed", old.join(" and ")));
        }
        if variables.number("require_secure_transport") != Some(1.0) {
            notes.push("TLS is not required".to_owned());
        }
        let says_so = variables.text("have_ssl").is_some();
        // MariaDB since 11.4 generates a certificate, which no variable names.
        if has_no_tls || (end.is_empty() && without_certificate && !says_so) {
            return Ok(Finding::new("this server has no TLS", Vec::new()).at_least(Outcome::Warning));
        }
        if end.is_empty() {
            return Err(Cannot::Usage(
                "this server reports its certificate only over TLS connections: connect over TCP (-H) with \
                 ssl-mode=REQUIRED in the option file"
                    .to_owned(),
            ));
        }
        let Some(until) = seconds_of(end) else {
            return Err(Cannot::Usage(format!(
                "Ssl_server_not_after is `{}`, which is not a date",
                crate::text::clean::one_line(end, 40)
            )));
        };
        #[expect(clippy::cast_precision_loss, reason = "no date is 2^53 seconds away")]
        let left = until as f64 - input.facts.read_at.as_secs_f64();
        let days = counted((left.abs() / DAY).floor(), "day", "days");
        let validity = if left < 0.0 { format!("expired {days} ago") } else { format!("expires in {days}") };
        let notes: String = notes.iter().map(|note| format!(", {note}")).collect();
        let least = if old.is_empty() { Outcome::Ok } else { Outcome::Warning };
        let reading = CERTIFICATE_LEFT.reading(left.round());
        Ok(Finding::new(format!("the certificate {validity} ({end}){notes}"), vec![reading]).at_least(least))
    },
};

/// OpenSSL's form of a date, `Nov 22 10:21:49 2036 GMT`, in seconds since 1970.
fn seconds_of(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [month, day, time, year, "GMT"] = *words.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    civil::seconds(&format!("{year}-{month}-{day} {time}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_openssl_s() {
        for (text, expected) in [
            ("Nov 22 10:21:49 2036 GMT", Some(2_110_962_109)),
            ("Jan  1 00:00:00 1970 GMT", Some(0)),
            ("Feb 29 23:59:59 2028 GMT", Some(1_835_481_599)),
            ("Feb 30 00:00:00 2028 GMT", None),
            ("2036-11-22 10:21:49", None),
            ("Nov 22 10:21:49 2036 CET", None),
            ("Nov 22 25:00:00 2036 GMT", None),
            ("", None),
        ] {
            assert_eq!(seconds_of(text), expected, "{text}");
        }
    }
}
