#include "cli/samples.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace bauta::cli {
namespace {

// SplitMix64: the standard's distributions differ between libraries, this does not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t Below(std::uint64_t n) { return Next() % n; }
  bool Percent(std::uint64_t p) { return Below(100) < p; }

 private:
  std::uint64_t state_;
};

constexpr std::string_view kWrongType = R"({"foo":"oops_wrong_msg_type","bar":"123"})";
constexpr std::array<std::string_view, 16> kLocales = {
    "RU", "PH", "ID", "FR", "PT", "CN", "DE", "BR", "KR", "VN", "PL", "US", "JP", "UA", "CA", "MX"};

std::string MakeUserId(Dice& dice) {
  const std::uint64_t high = dice.Next(), low = dice.Next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xfff, 0x8000 | ((low >> 48) & 0x3fff), low & 0xffffffffffff);
}

// "2.3.0", "0.96", "3.7"
std::string MakeVersion(Dice& dice) {
  const std::uint64_t major = dice.Below(10);
  if (dice.Percent(60)) return fmt::format("{}.{}.{}", major, dice.Below(10), dice.Below(10));
  return fmt::format("{}.{}", major, dice.Below(dice.Percent(50) ? 10 : 100));
}

// The `which`th address of a network that the documentation ranges would make up.
std::string AddressOf(std::uint64_t which) {
  constexpr std::array<std::string_view, 3> kNetworks = {"192.0.2", "198.51.100", "203.0.113"};
  if (which % 10 == 9) {
    return fmt::format("2001:db8::{:x}:{:x}", (which + 1) >> 16 & 0xffff, (which + 1) & 0xffff);
  }
  return fmt::format("{}.{}", kNetworks[which % 3], 1 + which / 3 % 254);
}

std::string DeviceOf(std::uint64_t which) {
  Dice digits(which);
  return fmt::format("{:03}-{:02}-{:04}", digits.Below(1000), digits.Below(100),
                     digits.Below(10000));
}

// Mostly somewhere in 0..pool; but one in ten is one of the three that everybody shares (an office
// behind one address, a device in a shop), the first of them most.
std::uint64_t Pick(Dice& dice, std::uint64_t pool) {
  if (!dice.Percent(10)) return dice.Below(pool);
  return dice.Percent(50) ? 0 : 1 + dice.Below(2);
}

std::string MakeLogin(Dice& dice, std::uint64_t pool) {
  const std::string user = MakeUserId(dice);
  const std::string version = MakeVersion(dice);
  const std::string_view system = dice.Percent(50) ? "android" : "ios";
  const std::string address = AddressOf(Pick(dice, pool));
  const std::string locale =
      dice.Percent(33) ? "null" : fmt::format("\"{}\"", kLocales[dice.Below(kLocales.size())]);
  const std::string device = DeviceOf(Pick(dice, pool));
  return fmt::format(
      R"({{"user_id":"{}","app_version":"{}","device_type":"{}","ip":"{}","locale":{},"device_id":"{}"}})",
      user, version, system, address, locale, device);
}

}  // namespace

std::vector<std::string> SampleLogins(std::size_t n, std::uint64_t seed) {
  Dice dice(seed);
  std::vector<std::string> bodies;
  bodies.reserve(n);
  if (n == 0) return bodies;
  const std::size_t wrong = dice.Below(n);
  const std::uint64_t pool = n + 3;
  for (std::size_t i = 0; i < n; ++i)
    bodies.push_back(i == wrong ? std::string(kWrongType) : MakeLogin(dice, pool));
  return bodies;
}

}  // namespace bauta::cli
