#include "vault/expire.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "vault/access.h"
#include "vault/references.h"

namespace bauta::vault {
namespace {

constexpr std::array<std::string_view, 1> kFunctions = {"expire(text[], text)"};
constexpr const char* kNext =
    "SELECT token FROM pii.vault WHERE token > $1 ORDER BY token LIMIT 50000";
constexpr const char* kExpire = "SELECT pii.expire($1, $2)";
constexpr const char* kStale =
    "SELECT count(*) FROM bauta.quarantine WHERE state = 'held' "
    "AND at < now() - (SELECT quarantine_days FROM bauta.meta) * interval '1d'";
constexpr std::size_t kAtOnce = 5000;

using Texts = std::vector<std::optional<std::string_view>>;

class Expirer {
 public:
  Expirer(const ErasePlaces& places, const std::string& reason, References references)
      : places_(places), reason_(reason), references_(std::move(references)) {}

  Result<> Take(const std::vector<std::string>& tokens, ExpireMode mode) {
    // Without a lock first: most have rows.
    const Fates fates = TRY(references_.Sort(places_, tokens));
    if (mode == ExpireMode::kDryRun) {
      counts_.gone += CountOriginals(tokens, fates.forgotten);
    } else {
      for (std::span<const std::string> rest = fates.forgotten; !rest.empty();) {
        const auto some = rest.first(std::min(rest.size(), kAtOnce));
        rest = rest.subspan(some.size());
        const std::vector<std::string> these(some.begin(), some.end());
        TRY(TryErasing(places_, [&] { return Remove(these); }));
      }
    }
    counts_.looked_at += tokens.size();
    return Ok();
  }

  const ExpireCounts& counts() const { return counts_; }

 private:
  // Aliases are no originals.
  static std::uint64_t CountOriginals(const std::vector<std::string>& tokens,
                                      const std::vector<std::string>& forgotten) {
    const std::set<std::string_view> originals(tokens.begin(), tokens.end());
    return static_cast<std::uint64_t>(std::ranges::count_if(
        forgotten, [&](const std::string& token) { return originals.contains(token); }));
  }

  // Again, now that none can come to have a row.
  Result<> Remove(const std::vector<std::string>& tokens) {
    TRY(BeginErasing(places_));
    TRY(LockOutIngest(places_));
    const Fates fates = TRY(references_.Sort(places_, tokens));
    std::int64_t gone = 0;
    if (!fates.forgotten.empty()) {
      TRY(ForgetAliases(places_, fates.forgotten, reason_));
      const Texts texts(fates.forgotten.begin(), fates.forgotten.end());
      gone = TRY(places_.pii().Exec(kExpire, pg::Params().Texts(texts).Text(reason_))).Int(0, 0);
    }
    TRY(CommitErasing(places_));
    counts_.gone += static_cast<std::uint64_t>(gone);
    return Ok();
  }

  const ErasePlaces& places_;
  const std::string& reason_;
  References references_;
  ExpireCounts counts_;
};

}  // namespace

Result<> CheckExpirer(pg::Connection& connection) {
  return CheckAccess(connection, {"pii_erase", kFunctions});
}

Result<ExpireCounts> ExpireVault(const ErasePlaces& places, const std::string& reason,
                                 ExpireMode mode,
                                 const std::function<void(const ExpireCounts&)>& progress) {
  Expirer expirer(places, reason, TRY(References::Read(places.rows)));
  std::string last;
  while (true) {
    const pg::Rows rows = TRY(places.pii().Exec(kNext, pg::Params().Text(last)));
    if (rows.size() == 0) return expirer.counts();
    std::vector<std::string> tokens;
    for (int i = 0; i < rows.size(); ++i) tokens.push_back(rows.String(i, 0));
    last = tokens.back();
    TRY(expirer.Take(tokens, mode));
    if (progress) progress(expirer.counts());
  }
}

Result<std::uint64_t> ExpireBodies(pg::Connection& rows, ExpireMode mode) {
  const std::int64_t stale = TRY(rows.Query(kStale)).Int(0, 0);
  if (mode == ExpireMode::kReal) TRY(rows.Query("SELECT bauta.expire_rest()"));
  return static_cast<std::uint64_t>(stale);
}

}  // namespace bauta::vault
