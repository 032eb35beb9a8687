use suanpan_server::{SystemNonces, config::ApiKey};

use crate::{arguments::ApiKeyArguments, failure::Failure};

/// Prints a new key and what belongs into the configuration file. Nothing is stored.
pub(crate) fn run(arguments: &ApiKeyArguments) -> Result<(), Failure> {
    let environment = arguments.environment.into();
    let key = ApiKey::mint(environment, &arguments.account, &SystemNonces)?;
    eprintln!("For the backend, shown only now 请交给商户后端，仅显示这一次:");
    println!("{}", key.expose());
    eprintln!("For the configuration file 写入配置文件:\n");
    eprintln!("  [[accounts.api_keys]]\n  label = \"backend\"\n  sha256 = \"{}\"", key.sha256);
    Ok(())
}
