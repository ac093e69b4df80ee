#include "cli/when.h"

#include <gtest/gtest.h>

namespace bauta::cli {
namespace {

constexpr WallTime kNow{std::chrono::milliseconds(1'000'000'000)};

TEST(ParseWhen, ReadsMomentsAndTimesAgo) {
  const struct {
    const char* text;
    std::optional<std::int64_t> millis;
  } cases[] = {
      {"1970-01-01", 0},
      {"1970-01-02T00:00", 86'400'000},
      {"1970-01-01T01:02:03Z", 3'723'000},
      {"1970-01-01T00:00:00.123Z", 123},
      {"1970-01-01 00:00:01", 1000},
      {"2026-11-21T07:00:00.123Z", 1'795'244'400'123},
      {"2s", 999'998'000},
      {"", std::nullopt},
      {"yesterday", std::nullopt},
      {"2026-13-01", std::nullopt},
      {"2026-02-30", std::nullopt},
      {"2026-02-03T", std::nullopt},
      {"2026-02-03T24:00", std::nullopt},
      {"2026-02-03T10", std::nullopt},
      {"2026-02-03T10:00Zx", std::nullopt},
      {"2026-02-03T10:00:00.12", std::nullopt},
      {"2026-2-3", std::nullopt},
  };
  for (const auto& c : cases) EXPECT_EQ(ParseWhen(c.text, kNow), c.millis) << c.text;
}

}  // namespace
}  // namespace bauta::cli
