#include "cli/rekey_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/pause.h"
#include "base/text.h"
#include "cli/vault_wiring.h"
#include "cli/wiring.h"
#include "config/codes.h"
#include "vault/rekey.h"

namespace bauta::cli {

Result<RekeyPlaces> OpenRekeyPlaces(const config::Config& config, Blame& blame) {
  RekeyPlaces places{TRY(Connect(config, blame, "bauta rekey")), std::nullopt};
  if (config.vault.url) places.apart.emplace(TRY(ConnectVault(config, blame, "bauta rekey")));
  TRY(blame.On(config::codes::kPrivilege, paths::kUrl, vault::CheckRekeyer(places.target)));
  if (places.apart) {
    TRY(blame.On(config::codes::kPrivilege, VaultUrlPath(config),
                 vault::CheckRekeyer(*places.apart)));
  }
  return places;
}

RekeyWork::RekeyWork(const Context& context, std::uint64_t rate, std::stop_token stop)
    : rate_(rate),
      stop_(std::move(stop)),
      progress_(context.Interactive(), [this] { return Line(); }) {}

void RekeyWork::Begin(const char* what, std::int64_t total) {
  what_ = what;
  total_ = static_cast<std::uint64_t>(total);
  done_ = 0;
}

Result<> RekeyWork::Advance(std::uint64_t done, std::uint64_t items) {
  done_ = done;
  items_ += items;
  if (rate_ > 0) {
    const auto due = started_ + std::chrono::milliseconds(items_ * 1000 / rate_);
    const auto wait = due - SystemClock().SteadyNow();
    if (wait.count() > 0) Pause(std::chrono::ceil<std::chrono::milliseconds>(wait), stop_);
  }
  if (!stop_.stop_requested()) return Ok();
  return Fatal("stopped; what is done is done", "run it again: it goes on from there");
}

double RekeyWork::Seconds() const {
  return std::chrono::duration<double>(SystemClock().SteadyNow() - started_).count();
}

std::string RekeyWork::Line() const {
  const std::uint64_t total = total_, done = std::min<std::uint64_t>(done_, total);
  const auto marks = total == 0 ? 20 : static_cast<std::size_t>(done * 20 / total);
  return fmt::format("{} [{}{}] {} of {}", what_.load(), std::string(marks, '#'),
                     std::string(20 - marks, '.'), WithCommas(done), WithCommas(total));
}

Result<std::int64_t> CountVault(pg::Connection& vault, const std::string& where,
                                const std::string& name) {
  return TRY(vault.Exec("SELECT count(*) FROM pii.vault WHERE " + where, pg::Params().Text(name)))
      .Int(0, 0);
}

}  // namespace bauta::cli
