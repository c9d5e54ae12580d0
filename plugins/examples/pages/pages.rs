//! Manual pages and completions.

use std::fs;
use std::io;
use std::path::Path;

use clap_complete::Shell;
use healthd_plugins::applets;

/// The shells, their directory, and what each has before and after a name for the file of it.
const SHELLS: [(Shell, &str, &str, &str); 3] =
    [(Shell::Bash, "bash", "", ""), (Shell::Zsh, "zsh", "_", ""), (Shell::Fish, "fish", "", ".fish")];

/// Writes `man/NAME.1`, `bash/NAME`, `zsh/_NAME` and `fish/NAME.fish` for every name.
///
/// # Errors
/// The directory cannot be written to.
pub(crate) fn write(directory: &Path) -> io::Result<()> {
    let man = directory.join("man");
    fs::create_dir_all(&man)?;
    for applet in applets::ALL {
        let mut page = Vec::new();
        clap_mangen::Man::new(applet.command()).manual("healthd").render(&mut page)?;
        fs::write(man.join(format!("{}.1", applet.name)), page)?;
        for (shell, name, before, after) in SHELLS {
            let scripts = directory.join(name);
            fs::create_dir_all(&scripts)?;
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut applet.completed(), applet.name, &mut script);
            if shell == Shell::Fish {
                script.extend(first_words(&applet.completed(), applet.name).into_bytes());
            }
            fs::write(scripts.join(format!("{before}{}{after}", applet.name)), script)?;
        }
    }
    Ok(())
}

/// What fish proposes for the first word: clap_complete leaves the words that are no options out of its script.
fn first_words(command: &clap::Command, name: &str) -> String {
    let words = command.get_positionals().flat_map(clap::Arg::get_possible_values);
    words.map(|word| format!("complete -c {name} -n __fish_is_first_token -f -a {}\n", word.get_name())).collect()
}
