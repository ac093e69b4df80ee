// `bauta keys rotate`: another key becomes the primary.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/keys_verbs.h"
#include "cli/rotation.h"
#include "cli/wiring.h"

namespace bauta::cli {
namespace {

struct Flags {
  std::string kid;
  bool accept_broken_joins = false;
};

// The database first: no instance can begin to use what it does not know.
Result<> Rotate(Context& context, const config::Config& config, const Flags& flags) {
  keys::KeyRingEdit edit = TRY(EditRing(config.keyring, context.blame));
  const keys::KeyRing before = TRY(edit.Ring());
  const std::string kid = TRY(NextPrimary(before, flags.kid));
  const std::vector<BrokenJoin> broken = BrokenJoins(config);
  std::string list;
  for (const BrokenJoin& one : broken) list += fmt::format("\n  {}: {}", one.column, one.why);
  if (!broken.empty() && !flags.accept_broken_joins) {
    return ConfigError("new tokens would not join with the old ones of:" + list,
                       "if that is meant: --accept-broken-joins.  Nothing was changed");
  }
  TRY(edit.MakePrimary(kid));
  const keys::KeyRing ring = TRY(edit.Ring());
  pg::Connection connection = TRY(Connect(config, context.blame, "bauta keys"));
  TRY(PublishRing(config, ring, connection,
                  broken.empty() ? schema::NewTokens::kRefuse : schema::NewTokens::kAccept,
                  context.blame));
  TRY(edit.Save());
  const std::string& old = before.primary().kid;
  TellKeys(
      context, config.keyring,
      fmt::format("new tokens are made with {} from now on; {} stays ENABLED, and instances say "
                  "which new token stands for which old one",
                  kid, old),
      fmt::format("bring the key ring to all hosts and into its backup, and restart or SIGHUP the "
                  "instances;\nwhen all of them are on {}: `bauta rekey`, then `bauta keys retire "
                  "{}`{}",
                  kid, old, list.empty() ? "" : "\njoins that break:" + list),
      fmt::format(R"("primary":"{}","old":"{}","broken_joins":{})", kid, old, broken.size()));
  return Ok();
}

}  // namespace

void AddKeysRotate(CLI::App& keys_app, Context& context) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* const app = keys_app.add_subcommand(
      "rotate", "Make the key that was added the primary; the old one stays ENABLED");
  app->add_option("--to", flags->kid, "Which (default: the one that was added last)")
      ->type_name("KID");
  app->add_flag("--accept-broken-joins", flags->accept_broken_joins,
                "Also where old tokens of a column can't be moved to the new key");
  app->callback([flags, &context] {
    context.WithConfig(
        [&](const config::Config& config) { return Rotate(context, config, *flags); });
  });
}

}  // namespace bauta::cli
