//! What every HTML page has in common: escaping, the stylesheet, and the policy that goes with it.

/// Styles of the pages, light and dark. Inside `<style>`, without `<`.
pub const STYLE: &str = "\
:root{color-scheme:light dark;--back:#fff;--card:#f6f8fa;--text:#1f2328;--line:#8884;--up:#1a7f37;--drain:#9a6700;\
--down:#cf222e;--area:#0969da;--before:#8250df}\
@media(prefers-color-scheme:dark){:root{--back:#0d1117;--card:#161b22;--text:#e6edf3;--up:#3fb950;--drain:#d29922;\
--down:#ff7b72;--area:#4493f8;--before:#d2a8ff}}\
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;background:var(--back);\
color:var(--text)}\
h1{font-size:1.25rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .3rem;overflow-wrap:anywhere}\
a{color:var(--area)}\
.dim{opacity:.7;font-size:.875rem}\
table{border-collapse:collapse;width:100%}\
td,th{text-align:left;padding:.4rem .7rem .4rem 0;border-top:1px solid var(--line);vertical-align:top}\
th{font-weight:600;width:6rem}.state{width:6rem;font-weight:700}\
.up{color:var(--up)}.drain{color:var(--drain)}.down{color:var(--down)}\
code{font-family:ui-monospace,monospace;font-size:.875rem;overflow-wrap:anywhere}\
details table{font-size:.875rem}.alert{border:1px solid var(--down);border-radius:6px;padding:.6rem .8rem;\
margin:1rem 0 0;overflow-wrap:anywhere}\
nav{display:flex;flex-wrap:wrap;gap:.4rem;margin:1rem 0 0}\
nav a{border:1px solid var(--line);border-radius:6px;padding:.2rem .8rem;text-decoration:none}\
nav a[aria-current]{background:var(--area);border-color:var(--area);color:var(--back)}\
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem;margin:1rem 0}\
section h2{margin:0}summary{cursor:pointer}\
dl{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:.7rem 0}dt{opacity:.7;font-size:.8rem}\
dd{margin:0;font-size:1.15rem;font-weight:600;font-variant-numeric:tabular-nums}\
dd small{font-size:.8rem;font-weight:400;opacity:.7}\
.n{text-align:right;font-variant-numeric:tabular-nums;width:5rem;padding-right:0}\
.k{overflow-wrap:anywhere;width:auto;font-weight:400}\
.chart{display:block;overflow:hidden}\
.chart text{font:11px system-ui,sans-serif;fill:var(--text);paint-order:stroke;stroke:var(--card);stroke-width:3px}\
.chart .t{text-anchor:middle;opacity:.75;stroke:none}\
.grid{stroke:var(--line)}.base{stroke:var(--text);opacity:.5}\
.area{fill:var(--area);opacity:.22}.open{fill:var(--area);fill-opacity:.12;stroke:var(--area);stroke-dasharray:2 2}\
.curve{fill:none;stroke:var(--area);stroke-width:1.5}\
.before{fill:none;stroke:var(--before);stroke-width:1;stroke-dasharray:3 3;opacity:.8}\
.warning{stroke:var(--drain);stroke-dasharray:6 3}.critical{stroke:var(--down);stroke-dasharray:6 3}\
.chart text.lw{fill:var(--drain);text-anchor:end}.chart text.lc{fill:var(--down);text-anchor:end}\
.hatch{stroke:var(--text);stroke-width:1.2;opacity:.45}.gap{stroke:var(--text);stroke-opacity:.25}\
.hover rect{fill:transparent}.hover rect:hover{fill:var(--text);opacity:.12}\
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:.3rem 0 .6rem;font-size:.8rem;opacity:.85}\
.key svg{vertical-align:-2px;margin-right:.35rem}\
.bar{fill:var(--area);opacity:.55}\
@media(max-width:600px){body{margin:1rem auto;padding:0 .6rem}section{padding:.7rem .6rem}.wide{display:none}\
th{width:auto}}";

/// The Content-Security-Policy of the pages: nothing but this stylesheet, which is named by its SHA-256. No script, no
/// image, no form, no other host: text of a log that slipped through [`escape`] could load and run nothing.
/// <https://www.w3.org/TR/CSP3/#grammardef-hash-source>
pub const POLICY: &str = "default-src 'none'; style-src 'sha256-7OWstuMCi6jJ/gaA7Zr1ZWZyyCmUzH781jCJpX0w/WM='; \
    base-uri 'none'; form-action 'none'";

/// Text as HTML shows it, also inside quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A count with its thousands apart: `12,345`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (number, digit) in digits.chars().enumerate() {
        if number > 0 && (digits.len() - number).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (count, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (9_876_543, "9,876,543")]
        {
            assert_eq!(grouped(count), expected);
        }
    }
}
