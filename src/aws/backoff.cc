#include "aws/backoff.h"

#include <algorithm>
#include <random>

namespace bauta::aws {

std::chrono::milliseconds Backoff(int attempt, std::chrono::milliseconds base,
                                  std::chrono::milliseconds cap) {
  thread_local std::minstd_rand random(std::random_device{}());
  const auto most = std::min(base * (1 << std::clamp(attempt, 0, 16)), cap);
  return std::chrono::milliseconds(
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, most.count())(random));
}

}  // namespace bauta::aws
