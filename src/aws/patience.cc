#include "aws/patience.h"

#include <utility>

#include "base/log.h"

namespace bauta::aws {

void Patience::Succeeded(std::string_view operation) {
  served_ = true;
  if (failing_.empty()) return;
  const auto at = failing_.find(operation);
  if (at != failing_.end()) failing_.erase(at);
}

Error Patience::Judge(std::string_view operation, Error error) {
  if (!served_ || error.code == ErrorCode::kRetryable) return error;
  const SteadyTime now = clock_.SteadyNow();
  // What ended without an answer, since nobody asked again, is no longer the same failure.
  std::erase_if(failing_, [&](const auto& entry) { return now - entry.second.latest > kLasts; });
  const bool first = failing_.empty();
  Spell& spell = failing_.try_emplace(std::string(operation), Spell{now, now}).first->second;
  spell.latest = now;
  if (now - spell.since >= kLasts) {
    error.message += "; it worked before, and has failed for five minutes now";
    return error;
  }
  error.code = ErrorCode::kRetryable;
  if (first) {
    log::Warn("aws", "this has worked until now: waiting up to five minutes for it to work again",
              {{"reason", error.message}});
  }
  return error;
}

}  // namespace bauta::aws
