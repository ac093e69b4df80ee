#include "cli/hash_rates.h"

#include <fmt/format.h>
#include <time.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/digest.h"
#include "crypto/hmac.h"

namespace bauta::cli {
namespace {

constexpr std::uint32_t kRound = 1000;  // Between two looks at the clock.

std::string_view Quad(std::uint32_t address, std::array<char, 16>& room) {
  char* const end = fmt::format_to(room.data(), FMT_STRING("{}.{}.{}.{}"), address >> 24,
                                   address >> 16 & 255, address >> 8 & 255, address & 255);
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

// Of this thread: others may have the machine.
double CpuSeconds() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

template <class Try>
double RateOf(std::chrono::milliseconds how_long, Try&& attempt) {
  const double start = CpuSeconds();
  std::uint32_t tried = 0;
  double spent = 0;
  do {
    for (std::uint32_t i = 0; i < kRound; ++i) attempt(0xc0000200u + tried++);
    spent = CpuSeconds() - start;
  } while (spent < std::chrono::duration<double>(how_long).count());
  return tried / spent;
}

}  // namespace

HashRates MeasureHashRates(std::chrono::milliseconds each) {
  HashRates rates;
  std::array<char, 16> room{};
  rates.sha256 = RateOf(each, [&](std::uint32_t n) { crypto::Sha256(Quad(n, room)); });

  const std::array<unsigned char, 32> key{};
  const crypto::Hmac hmac(key);
  std::array<unsigned char, 32> tag{};
  rates.token = RateOf(each, [&](std::uint32_t n) { hmac.Sign(Quad(n, room), tag.data()); });
  return rates;
}

}  // namespace bauta::cli
