//! The command line. Every flag can also be an environment variable; a flag wins over a variable,
//! and both win over the configuration file.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use suanpan_server::config::Environment;
use suanpan_wechat::{id::RequestId, knowledge::Language};

/// Take WeChat payments with one binary you can count on. 算盘：可靠的微信支付服务。
#[derive(Debug, Parser)]
#[command(name = "suanpan", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// How the log on stderr is written. `SUANPAN_LOG` filters it, for example `info,suanpan_acts=debug`.
    #[arg(long, global = true, env = "SUANPAN_LOG_FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for collectors.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the payment server.
    Serve(ServeArguments),
    /// Run WeChat on this machine: WeChat's paths, a forward proxy, and a phone in the browser.
    Simulate(SimulateArguments),
    /// Run a program unchanged, with WeChat's host names leading into the simulator.
    ///
    /// Sets proxy and trust for curl, Python, Node, Java, Go, PHP, Ruby and Rust programs. Other
    /// hosts are refused unless --direct names them. Exit code and signals pass through.
    Run(RunArguments),
    /// Run simulator, server, sample shop and phone in one process.
    Demo(DemoArguments),
    /// Write a commented configuration file for real money.
    Init(InitArguments),
    /// Make an API key: shown once; its digest goes into the configuration file.
    ApiKey(ApiKeyArguments),
    /// Turn the merchant console's apiclient_cert.p12 into the two PEM files everything here takes.
    ConvertP12(ConvertP12Arguments),
    /// Explain an error of WeChat: what it means, whose turn it is, what to do.
    ///
    /// Knows codes, statuses, numbers of a Request-ID, errcodes of api.weixin.qq.com, messages, and
    /// what a phone shows. For example: `explain SIGN_ERROR`, `explain 403 NOT_ENOUGH`,
    /// `explain 40029`, or `curl -i … | suanpan explain`. With --request it says why a signature is
    /// refused: what was signed in place of what WeChat checks.
    Explain(ExplainArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// Status, code, number, Request-ID or message, in any order; without any, WeChat's answer is
    /// read from standard input.
    #[arg(value_name = "WORD", allow_negative_numbers = true)]
    pub(crate) words: Vec<String>,

    /// The header of the same name.
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<RequestId>,

    /// A request whose signature is refused, as it went over the wire or as `curl -v` prints it; or
    /// an answer or notification you cannot verify. `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["words", "request_id"])]
    pub(crate) request: Option<PathBuf>,

    /// The body of that request, byte for byte, where the copy has none: `curl -v` prints none.
    #[arg(long, value_name = "FILE", requires = "request")]
    pub(crate) body: Option<PathBuf>,

    /// Management address of the simulator to ask, which must know the merchant [default: the one
    /// at http://127.0.0.1:9702, or, where none answers, one of its own].
    #[arg(long, env = "SUANPAN_SIMULATOR", value_name = "URL")]
    pub(crate) simulator: Option<String>,

    /// Of that simulator's management surface, where it has one.
    #[arg(long, env = "SUANPAN_MANAGEMENT_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,

    /// `zh` or `en`, or a locale; what is not Chinese is English.
    #[arg(long, env = "LANG", value_name = "LANGUAGE", default_value = "en")]
    pub(crate) lang: Locale,

    /// Print one JSON object, in both languages.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A language, as locales name it: `zh`, `zh_CN.UTF-8`, `C`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Locale(pub(crate) Language);

impl std::str::FromStr for Locale {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_chinese = text.to_ascii_lowercase().starts_with("zh");
        Ok(Self(if is_chinese { Language::Chinese } else { Language::English }))
    }
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Configuration file (TOML). Without one the server runs against the simulator on this
    /// machine, with the simulator's own merchants and apps.
    #[arg(long, env = "SUANPAN_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Where to listen [default: 127.0.0.1:8700].
    #[arg(long, env = "SUANPAN_LISTEN", value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,

    /// Where WeChat reaches this server, for example `https://pay.my.shop`.
    #[arg(long, env = "SUANPAN_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,

    /// Database and keys [default: ./data].
    #[arg(long, env = "SUANPAN_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// The simulator's management address, when there is no configuration file.
    #[arg(
        long,
        env = "SUANPAN_SIMULATOR",
        value_name = "URL",
        default_value = "http://127.0.0.1:9702"
    )]
    pub(crate) simulator: String,
}

/// Where a simulator listens and keeps its world.
#[derive(Debug, Clone, Args)]
pub(crate) struct SimulatorAddresses {
    /// WeChat's paths, plain HTTP.
    #[arg(
        long,
        env = "SUANPAN_PROTOCOL",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:9700"
    )]
    pub(crate) protocol: SocketAddr,

    /// The forward proxy that answers for WeChat's host names.
    #[arg(long, env = "SUANPAN_PROXY", value_name = "ADDRESS", default_value = "127.0.0.1:9701")]
    pub(crate) proxy: SocketAddr,

    /// Phone and management.
    #[arg(
        long,
        env = "SUANPAN_MANAGEMENT",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:9702"
    )]
    pub(crate) management: SocketAddr,

    /// TLS under WeChat's host names, for programs that can be given nothing but a hosts file;
    /// those want port 443.
    #[arg(long, env = "SUANPAN_TLS", value_name = "ADDRESS", default_value = "127.0.0.1:9703")]
    pub(crate) tls: SocketAddr,
}

/// `DIR` or `APPID=DIR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedFolder {
    pub(crate) appid: Option<String>,
    pub(crate) folder: PathBuf,
}

impl std::str::FromStr for NamedFolder {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A folder may have `=` in its name; an appid has letters and digits alone.
        let named = text.split_once('=').filter(|(appid, _)| {
            !appid.is_empty() && appid.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        Ok(match named {
            Some((appid, folder)) => {
                Self { appid: Some(appid.to_owned()), folder: PathBuf::from(folder) }
            }
            None => Self { appid: None, folder: PathBuf::from(text) },
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    #[command(flatten)]
    pub(crate) addresses: SimulatorAddresses,

    /// Keep the world here between starts; without it the world is forgotten at the end.
    #[arg(long, env = "SUANPAN_SIMULATOR_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// A mini program to run on the phone, repeatable; without APPID it gets the world's first.
    #[arg(long, env = "SUANPAN_MINIPROGRAM", value_name = "[APPID=]DIR")]
    pub(crate) miniprogram: Vec<NamedFolder>,

    /// What a fresh world's chance comes from, to have the same world again.
    #[arg(long, env = "SUANPAN_SEED", value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,

    /// A story to play as soon as it runs; see docs/simulator/scenarios.md. The simulator goes on
    /// when the story has ended as told, and stops with an error when it has not.
    #[arg(long, env = "SUANPAN_SCENARIO", value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,

    /// A bad day at WeChat: a mixture of faults, drawn from the seed.
    #[arg(long, env = "SUANPAN_NASTY")]
    pub(crate) nasty: bool,

    /// Demanded by the management surface; needed to listen beyond this machine.
    #[arg(long, env = "SUANPAN_MANAGEMENT_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,

    /// Print one JSON object with the addresses instead of words.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Management address of the simulator to use [default: the one at http://127.0.0.1:9702, or,
    /// where none answers, one of its own for as long as the program runs].
    #[arg(long, env = "SUANPAN_SIMULATOR", value_name = "URL")]
    pub(crate) simulator: Option<String>,

    /// Of that simulator's management surface, where it has one.
    #[arg(long, env = "SUANPAN_MANAGEMENT_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,

    /// A host the program shall reach without the proxy, repeatable; this machine always is one.
    #[arg(long, value_name = "HOST")]
    pub(crate) direct: Vec<String>,

    #[command(flatten)]
    pub(crate) inherited: Inherited,

    /// The program and its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// Variables that are added to, not replaced.
#[derive(Debug, Default, Args)]
pub(crate) struct Inherited {
    #[arg(long, hide = true, env = "NO_PROXY")]
    pub(crate) no_proxy: Option<String>,
    #[arg(long, hide = true, env = "no_proxy")]
    pub(crate) no_proxy_lower_case: Option<String>,
    #[arg(long, hide = true, env = "NODE_OPTIONS")]
    pub(crate) node_options: Option<String>,
    #[arg(long, hide = true, env = "JAVA_TOOL_OPTIONS")]
    pub(crate) java_tool_options: Option<String>,
    #[arg(long, hide = true, env = "PHP_INI_SCAN_DIR")]
    pub(crate) php_ini_scan_dir: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    #[command(flatten)]
    pub(crate) addresses: SimulatorAddresses,

    /// Where the payment server listens.
    #[arg(long, env = "SUANPAN_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8700")]
    pub(crate) listen: SocketAddr,

    /// Where the sample shop listens.
    #[arg(long, env = "SUANPAN_SHOP", value_name = "ADDRESS", default_value = "127.0.0.1:8701")]
    pub(crate) shop: SocketAddr,

    /// The mini program on the phone [default: examples/miniprogram, where that exists].
    #[arg(long, env = "SUANPAN_MINIPROGRAM", value_name = "DIR")]
    pub(crate) miniprogram: Option<PathBuf>,

    /// World, orders, keys and clock are kept here: the next start goes on where this one ended.
    #[arg(long, env = "SUANPAN_DATA", value_name = "DIR", default_value = "./data")]
    pub(crate) data: PathBuf,

    /// Print one JSON object with addresses, API key and webhook secret instead of words.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The file to write; an existing one is left alone.
    #[arg(long, value_name = "FILE", default_value = "suanpan.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ApiKeyArguments {
    /// Whose key: the account's id in the configuration file.
    #[arg(long, value_name = "ID")]
    pub(crate) account: String,

    /// Where the money is.
    #[arg(long, value_enum, default_value = "live")]
    pub(crate) environment: KeyEnvironment,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertP12Arguments {
    /// The file from the merchant console.
    #[arg(value_name = "FILE", default_value = "apiclient_cert.p12")]
    pub(crate) p12: PathBuf,

    /// The merchant number, which is also the file's password. For a service provider, its own.
    #[arg(long, value_name = "MCHID")]
    pub(crate) mchid: String,

    /// The password, where somebody changed it.
    #[arg(long, env = "SUANPAN_P12_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<String>,

    /// Where apiclient_key.pem and apiclient_cert.pem are written; existing ones are left alone.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
}

/// For which environment a key is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyEnvironment {
    /// Real money.
    Live,
    /// The simulator.
    Simulator,
}

impl From<KeyEnvironment> for Environment {
    fn from(environment: KeyEnvironment) -> Self {
        match environment {
            KeyEnvironment::Live => Environment::Live,
            KeyEnvironment::Simulator => Environment::Simulator,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_mini_program_may_be_given_its_appid() {
        let named: NamedFolder = "wx1=shop/a=b".parse().unwrap();
        assert_eq!(named.appid.as_deref(), Some("wx1"));
        assert_eq!(named.folder, PathBuf::from("shop/a=b"));
        for plain in ["shop", "./a=b", "=shop"] {
            let unnamed: NamedFolder = plain.parse().unwrap();
            assert_eq!((unnamed.appid, unnamed.folder), (None, PathBuf::from(plain)));
        }
    }

    #[test]
    fn defaults_are_the_documented_addresses() {
        let arguments = Arguments::try_parse_from(["suanpan", "demo"]).unwrap();
        let Command::Demo(demo) = arguments.command else { panic!("demo was asked for") };
        let addresses = [
            demo.listen,
            demo.shop,
            demo.addresses.protocol,
            demo.addresses.proxy,
            demo.addresses.management,
            demo.addresses.tls,
        ];
        let ports = addresses.map(|address| (address.ip().is_loopback(), address.port()));
        assert_eq!(ports, [8700, 8701, 9700, 9701, 9702, 9703].map(|port| (true, port)));
    }
}
