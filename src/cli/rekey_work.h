// `bauta rekey`, and what its two kinds share.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "config/config.h"
#include "pg/connection.h"

namespace bauta::cli {

struct RekeyFlags {
  std::string from, recipient, why, identity, passphrase_file;
  std::uint64_t rate = 0;
  bool dry_run = false;
};

// The databases, as a user who may.
struct RekeyPlaces {
  pg::Connection target;
  std::optional<pg::Connection> apart;  // The vault's own.

  pg::Connection& vault() { return apart ? *apart : target; }
  pg::Connection* aliases() { return apart ? &target : nullptr; }
};
Result<RekeyPlaces> OpenRekeyPlaces(const config::Config& config, Blame& blame);

// The rows of pii.vault `where`, in which $1 is `name`.
Result<std::int64_t> CountVault(pg::Connection& vault, const std::string& where,
                                const std::string& name);

// How far it has come: for the line on stderr, and to keep below --rate.  One thread.
class RekeyWork {
 public:
  RekeyWork(const Context& context, std::uint64_t rate, std::stop_token stop);

  void Begin(const char* what, std::int64_t total);
  // `done` of the total, after `items` more have been worked on.  kFatal: somebody stopped it.
  Result<> Advance(std::uint64_t done, std::uint64_t items);
  double Seconds() const;

 private:
  std::string Line() const;

  const std::uint64_t rate_;
  const std::stop_token stop_;
  const SteadyTime started_ = SystemClock().SteadyNow();
  std::atomic<const char*> what_ = "";
  std::atomic<std::uint64_t> total_ = 0, done_ = 0;
  std::uint64_t items_ = 0;
  Progress progress_;
};

// bauta rekey --recipient.
Result<> RekeyRecipient(Context& context, const config::Config& config, const RekeyFlags& flags,
                        const std::string& reason);

}  // namespace bauta::cli
