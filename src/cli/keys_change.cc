// What the verbs of `bauta keys` share that change a ring.
#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "cli/keys_verbs.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "crypto/process.h"

namespace bauta::cli {

Result<keys::KeyRingEdit> EditRing(const std::string& path, Blame& blame) {
  TRY(crypto::SelfTest());
  return blame.On(config::codes::kKeyRing, "keys.file", keys::KeyRingEdit::Open(path));
}

Result<> PublishRing(const config::Config& config, const keys::KeyRing& ring,
                     pg::Connection& connection, schema::NewTokens new_tokens, Blame& blame) {
  std::string setting;
  Result<std::vector<std::string>> did =
      schema::Init(connection, MakeRegistry(config, ring),
                   {.vault = NeedsPii(config, ring), .new_tokens = new_tokens}, &setting);
  if (did.ok()) return Ok();
  if (setting.empty()) return did.error();
  return blame.On(config::codes::kRegistry, setting, Result<>(did.error()));
}

void TellKeys(const Context& context, const std::string& ring, const std::string& did,
              const std::string& next, const std::string& json) {
  if (context.json) {
    fmt::print("{{\"file\":{},{}}}\n", JsonString(ring), json);
  } else if (!context.quiet) {
    fmt::print("{}: {}\n{}{}", ring, did, next, next.empty() ? "" : "\n");
  }
}

}  // namespace bauta::cli
