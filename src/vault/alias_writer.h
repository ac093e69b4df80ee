// Which new token stands for which old one, into pii.token_alias, in the transaction of their rows.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/batch.h"
#include "pg/connection.h"
#include "vault/known_tokens.h"

namespace bauta::vault {

using Kids = std::set<std::string, std::less<>>;  // Names of keys.

// One thread at a time: every worker has its own.
class AliasWriter {
 public:
  // `known`: the old tokens whose aliases are there, shared by all workers; it must outlive the
  // writer.  Null: nothing is remembered.
  explicit AliasWriter(KnownTokens* known = nullptr) : known_(known) {}

  // Inserts those whose events have rows and that are not known to be there, but for old tokens of
  // `retired` keys: where a key ring lags behind they would outlive their key.  The transaction
  // began with VaultWriter::kBegin, which gave `generation`; last before COMMIT, after the vault.
  Result<> Write(pg::Connection& connection, std::int64_t generation,
                 std::span<const Alias> aliases, const std::vector<bool>& has_row,
                 const Kids& retired);

  // As of VaultWriter.
  void Reconnected();
  void Committed();
  void Forget() { written_.clear(); }

 private:
  KnownTokens* known_;
  std::vector<TokenBits> written_;
  std::int64_t generation_ = 0;
  std::uint64_t epoch_ = 0;
};

}  // namespace bauta::vault
