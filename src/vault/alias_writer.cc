#include "vault/alias_writer.h"

#include <map>
#include <optional>
#include <string_view>

#include "vault/rekey_sql.h"
#include "vault/token_parts.h"

namespace bauta::vault {
namespace {

struct Pair {
  std::string_view new_token, domain;
};

}  // namespace

Result<> AliasWriter::Write(pg::Connection& connection, std::int64_t generation,
                            std::span<const Alias> aliases, const std::vector<bool>& has_row,
                            const Kids& retired) {
  written_.clear();
  std::vector<const Alias*> all;
  std::vector<TokenBits> bits;
  for (const Alias& alias : aliases) {
    const std::optional<TokenBits> of = BitsOf(alias.old_token);
    if (!has_row[alias.event] || !of || retired.contains(KidOfToken(alias.old_token))) continue;
    all.push_back(&alias);
    bits.push_back(*of);
  }
  if (all.empty()) return Ok();
  std::map<std::string_view, Pair> fresh;  // Each once.
  const auto take = [&](std::size_t i) {
    fresh[all[i]->old_token] = {all[i]->new_token, all[i]->domain};
  };
  if (known_ == nullptr) {
    for (std::size_t i = 0; i < all.size(); ++i) take(i);
  } else {
    generation_ = generation;
    epoch_ = known_->epoch();
    for (const std::uint32_t i : known_->Unknown(bits, generation)) {
      take(i);
      written_.push_back(bits[i]);
    }
  }
  if (fresh.empty()) return Ok();
  std::vector<std::optional<std::string_view>> olds, news, domains;
  for (const auto& [old_token, pair] : fresh) {
    olds.emplace_back(old_token);
    news.emplace_back(pair.new_token);
    domains.emplace_back(pair.domain);
  }
  const Result<pg::Rows> inserted =
      connection.Exec(kInsertAliases, pg::Params().Texts(olds).Texts(news).Texts(domains));
  if (inserted.ok()) return Ok();
  written_.clear();
  Error error = inserted.error();
  error.message = "the aliases of old tokens: " + error.message;
  if (error.code != ErrorCode::kRetryable && error.hint.empty()) {
    error.hint = "run `bauta init`, then `bauta check`";
  }
  return error;
}

void AliasWriter::Reconnected() {
  if (known_ != nullptr) known_->Forget();
}

void AliasWriter::Committed() {
  if (known_ != nullptr && !written_.empty()) known_->Add(written_, generation_, epoch_);
  written_.clear();
}

}  // namespace bauta::vault
