#include "base/jitter.h"

#include <random>

namespace bauta {

std::chrono::milliseconds Jitter(std::chrono::milliseconds least, std::chrono::milliseconds most) {
  using Rep = std::chrono::milliseconds::rep;
  thread_local std::minstd_rand random(std::random_device{}());
  return std::chrono::milliseconds(
      std::uniform_int_distribution<Rep>(least.count(), most.count())(random));
}

}  // namespace bauta
