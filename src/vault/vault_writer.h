// Originals into pii.vault, in the transaction of their rows; or before it, where the vault is kept
// in a database of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/original.h"
#include "keys/key_ring.h"
#include "pg/connection.h"
#include "vault/known_tokens.h"

namespace bauta::vault {

// One thread at a time: every worker has its own.
class VaultWriter {
 public:
  struct Options {
    std::string recipient;  // Who may open it: id and key.
    keys::PublicKey recipient_key{};
    KnownTokens* known = nullptr;  // Must outlive the writer; shared by all workers.
    std::optional<pg::ConnectOptions> apart = {};  // The vault's own database.
  };
  explicit VaultWriter(Options options) : options_(std::move(options)) {}

  bool is_apart() const { return options_.apart.has_value(); }

  // Before a transaction that is going to Write or WriteApart: forgets what the last one wrote, if
  // Committed was not called.  For Options::apart it fails as WriteApart would if that database is
  // known to be away, before anything is written to the rows' own.
  Result<> Prepare(std::span<const Original> originals);
  // Two statements, for the begin of a transaction that is going to Write: they keep erasures out
  // until its end, and the last one's only value is the generation.
  static const char* const kBegin;
  static Result<std::int64_t> GenerationOf(const pg::Connection::Progress& begun);

  // Seals and inserts those whose events have rows and that are not known to be there, under one
  // fresh setup; the connection is in a transaction at READ COMMITTED that began with kBegin.  Last
  // before COMMIT: who meets the same new token waits for this transaction.
  // Not for Options::apart.
  Result<> Write(pg::Connection& connection, std::int64_t generation,
                 std::span<const Original> originals, const std::vector<bool>& has_row);
  // The same for Options::apart: in a transaction of its own there, and committed.  kRetryable also
  // where it is not known to be, and for a read-only standby.
  Result<> WriteApart(std::span<const Original> originals, const std::vector<bool>& has_row);

  // Write's connection reaches another server, perhaps: what the old one had is not known to be
  // there.
  void Reconnected();
  // The transaction of the last Write has committed.
  void Committed();

 private:
  Result<> OpenApart();
  Result<std::int64_t> BeginApart();
  Result<> CommitApart(std::span<const Original> originals, const std::vector<bool>& has_row);
  Error ExplainApart(Error error);

  Options options_;
  std::vector<TokenBits> written_;
  std::int64_t generation_ = 0;
  std::uint64_t epoch_ = 0;
  std::optional<pg::Connection> connection_;  // For Options::apart.
};

}  // namespace bauta::vault
