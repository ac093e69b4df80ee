#include "cli/identity.h"

#include <cstdlib>
#include <utility>

#include "cli/passphrase.h"
#include "keys/identity.h"

namespace bauta::cli {

Result<OpenedIdentity> OpenIdentity(const Context& context, const std::string& file,
                                    const std::string& passphrase_file) {
  const char* const variable = std::getenv("BAUTA_IDENTITY");
  const std::string path = !file.empty() ? file : variable != nullptr ? variable : "";
  if (path.empty()) {
    return ConfigError("what is in the quarantine is sealed: the identity that opens it is needed",
                       "give --identity FILE or set BAUTA_IDENTITY (keys generate made it: "
                       "identity-q1.json)");
  }
  const auto ask = [&]() -> Result<crypto::SecretBytes> {
    if (passphrase_file.empty()) return AskPassphrase(context, "Passphrase of " + path);
    return ReadPassphraseFile(passphrase_file);
  };
  OpenedIdentity identity;
  identity.secret = TRY(keys::OpenIdentity(path, keys::Purpose::kQuarantine, ask, &identity.id));
  return identity;
}

}  // namespace bauta::cli
