#include "cli/identity.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

#include "cli/kms.h"
#include "cli/passphrase.h"
#include "keys/generate.h"
#include "keys/identity.h"

namespace bauta::cli {

Result<OpenedIdentity> OpenIdentity(const Context& context, const std::string& file,
                                    const std::string& passphrase_file, keys::Purpose purpose) {
  const char* const variable = std::getenv("BAUTA_IDENTITY");
  const std::string path = !file.empty() ? file : variable != nullptr ? variable : "";
  if (path.empty()) {
    const bool vault = purpose == keys::Purpose::kVault;
    return ConfigError(
        fmt::format("what is in the {} is sealed: the identity that opens it is needed",
                    keys::PurposeName(purpose)),
        fmt::format("give --identity FILE or set BAUTA_IDENTITY (keys generate made it: {})",
                    vault ? keys::kVaultIdentityFile : keys::kQuarantineIdentityFile));
  }
  const auto ask = [&]() -> Result<crypto::SecretBytes> {
    if (passphrase_file.empty()) return AskPassphrase(context, "Passphrase of " + path);
    return ReadPassphraseFile(passphrase_file);
  };
  OpenedIdentity identity;
  identity.secret = TRY(keys::OpenIdentity(path, purpose, ask, &identity.id, UnwrapByKms()));
  return identity;
}

void AddIdentityFlags(CLI::App& command, std::string& file, std::string& passphrase_file,
                      const char* what) {
  command.add_option("--identity", file, what)->type_name("FILE");
  command
      .add_option("--passphrase-file", passphrase_file,
                  "Its passphrase, else asked on the terminal")
      ->type_name("FILE");
}

}  // namespace bauta::cli
