// `bauta rekey --recipient`: all originals sealed again, for another recipient.
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "cli/identity.h"
#include "cli/rekey_work.h"
#include "cli/signals.h"
#include "cli/wiring.h"
#include "vault/audited.h"
#include "vault/rekey.h"

namespace bauta::cli {
namespace {

constexpr int kOriginals = 1000;  // In a transaction.

Result<keys::Recipient> NewRecipient(const config::Config& config, const keys::KeyRing& ring,
                                     const std::string& name) {
  const keys::Recipient* const recipient = ring.FindRecipient(name, keys::Purpose::kVault);
  if (recipient == nullptr || !recipient->enabled) {
    return ConfigError(
        fmt::format("--recipient: the key ring has no enabled recipient \"{}\" for the vault",
                    name),
        "`bauta keys add --recipient` makes one");
  }
  if (config.vault.recipient != recipient->id) {
    return ConfigError(
        fmt::format("new originals are still sealed for {}", config.vault.recipient),
        fmt::format("set vault: {{recipient: {}}} on all hosts and restart them first",
                    recipient->id));
  }
  return *recipient;
}

// `opened_by`: the recipient whose identity opened them.
Result<> Report(const Context& context, const std::string& recipient, const std::string& opened_by,
                const vault::RekeyCounts& counts, std::int64_t left, double seconds) {
  if (context.json) {
    fmt::print(R"({{"recipient":{},"resealed":{},"other_recipient":{},"damaged":{},"left":{},)"
               R"("seconds":{:.3f}}})"
               "\n",
               JsonString(recipient), counts.moved, counts.other_recipient, counts.damaged, left,
               seconds);
  }
  if (left > 0) {
    return Fatal(fmt::format("{} originals are not sealed for {} yet",
                             WithCommas(static_cast<std::uint64_t>(left)), recipient),
                 fmt::format("{} are for another recipient than {}, {} do not open; if an instance "
                             "still seals for the old one, restart it and run this again",
                             counts.other_recipient, opened_by, counts.damaged));
  }
  if (!context.json && !context.quiet) {
    fmt::print(
        "{} originals are sealed for {} in {:.1f} s; none is left for another.\n"
        "Now `bauta keys retire --recipient {}`, and destroy every copy of its identity: "
        "then no backup of the vault can be opened.\n",
        WithCommas(counts.moved), recipient, seconds, opened_by);
  }
  return Ok();
}

}  // namespace

Result<> RekeyRecipient(Context& context, const config::Config& config, const RekeyFlags& flags,
                        const std::string& reason) {
  const keys::KeyRing ring = TRY(LoadKeyRing(config, context.blame));
  const keys::Recipient recipient = TRY(NewRecipient(config, ring, flags.recipient));
  RekeyPlaces places = TRY(OpenRekeyPlaces(config, context.blame));
  pg::Connection& vault = places.vault();
  const auto count = [&] { return CountVault(vault, "recipient <> $1", recipient.id); };
  const std::int64_t before = TRY(count());
  if (flags.dry_run) {
    if (context.json) {
      fmt::print(R"({{"recipient":{},"left":{}}})"
                 "\n",
                 JsonString(recipient.id), before);
    } else {
      fmt::print("to be sealed for {}: {} originals\n", recipient.id,
                 WithCommas(static_cast<std::uint64_t>(before)));
    }
    return Ok();
  }
  const OpenedIdentity identity =
      TRY(OpenIdentity(context, flags.identity, flags.passphrase_file, keys::Purpose::kVault));
  const std::optional<std::string_view> no_token;
  TRY(vault::LogAccess(vault, "rekey", {&no_token, 1}, reason));
  RekeyWork work(context, flags.rate, StopOnSignals());
  work.Begin("originals", before);
  vault::Resealer resealer({identity.id, &identity.secret, recipient.id, recipient.pk});
  for (std::uint64_t last = 0; TRY(resealer.Next(vault, kOriginals));) {
    const std::uint64_t seen = resealer.counts().seen();
    TRY(work.Advance(seen, seen - std::exchange(last, seen)));
  }
  const std::int64_t left = TRY(count());
  return Report(context, recipient.id, identity.id, resealer.counts(), left, work.Seconds());
}

}  // namespace bauta::cli
