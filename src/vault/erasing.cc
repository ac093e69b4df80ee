#include "vault/erasing.h"

#include <array>
#include <optional>
#include <string_view>

#include "pg/our_schema.h"
#include "vault/access.h"

namespace bauta::vault {
namespace {

constexpr int kTries = 5;

constexpr const char* kBegin =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    "SELECT set_config('lock_timeout', '30s', true), set_config('client_min_messages', 'warning', "
    "true), set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN "
    "('off', 'local') THEN 'on' ELSE current_setting('synchronous_commit') END, true)";
constexpr std::array<std::string_view, 1> kFunctions = {"expire(text[], text)"};
constexpr std::array<TableNeed, 1> kTables = {{{"token_alias"}}};

bool RollBack(const ErasePlaces& places) {
  const bool rows = places.rows.Rollback();
  const bool vault = places.vault == nullptr || places.vault->Rollback();
  return rows && vault;
}

}  // namespace

Result<bool> AliasesWithRows(pg::Connection& rows) {
  if (!TRY(HasPii(rows))) return false;
  TRY(CheckAccess(rows, {"pii_erase", kFunctions, kTables}));
  return true;
}

Result<> BeginErasing(const ErasePlaces& places) {
  TRY(places.rows.Query(kBegin));
  return Ok();
}

Result<> LockOutIngest(const ErasePlaces& places) {
  TRY(places.rows.Query(pg::kLockVault));
  if (places.vault == nullptr) return Ok();
  TRY(places.vault->Query(kBegin));
  TRY(places.vault->Query(pg::kLockVault));
  return Ok();
}

Result<> ForgetAliases(const ErasePlaces& places, const std::vector<std::string>& tokens,
                       const std::string& reason) {
  if (!places.aliases_with_rows || tokens.empty()) return Ok();
  const std::vector<std::optional<std::string_view>> texts(tokens.begin(), tokens.end());
  TRY(places.rows.Exec("SELECT pii.expire($1, $2)", pg::Params().Texts(texts).Text(reason)));
  return Ok();
}

Result<> CommitErasing(const ErasePlaces& places) {
  if (places.vault != nullptr) TRY(places.vault->Commit());
  return places.rows.Commit();
}

Result<> TryErasing(const ErasePlaces& places, const std::function<Result<>()>& step) {
  Result<> done = step();
  for (int i = 1; i < kTries && !done.ok(); ++i) {
    if (!RollBack(places) || done.error().code != ErrorCode::kRetryable) return done;
    done = step();
  }
  return done;
}

}  // namespace bauta::vault
