#include "config/interpolate.h"

#include <gtest/gtest.h>

#include "config/codes.h"

namespace bauta::config {
namespace {

const Environment kEnvironment = {{"A", "one"}, {"EMPTY", ""}, {"ODD", "${A}"}};

std::variant<Expanded, InterpolationFault> Expand(std::string_view text) {
  return Interpolate(text, kEnvironment, [](const std::string& path) -> Result<std::string> {
    if (path == "/s") return std::string("secret\r\n");
    if (path == "/nul") return std::string("a\0b", 3);
    return ConfigError("No such file or directory");
  });
}

TEST(Interpolate, ExpandsEveryForm) {
  const std::pair<const char*, const char*> cases[] = {
      {"plain", "plain"},
      {"", ""},
      {"${A}", "one"},
      {"<${A}${A}>", "<oneone>"},
      {"${EMPTY}", ""},
      {"${EMPTY:-d}", "d"},
      {"${NONE:-}", ""},
      {"${NONE:-a:b}", "a:b"},
      {"${NONE:-${A}!}", "one!"},
      {"${NONE:-${NONE:-${A}}}", "one"},
      {"${A:-${NONE}}", "one"},  // A default that is not needed may be undefined.
      {"${A:?why}", "one"},
      {"${ODD}", "${A}"},  // Values are not expanded again.
      {"$$", "$"},
      {"$${A}", "${A}"},
      {"$A $", "$A $"},
      {"${file:/s}", "secret"},
  };
  for (const auto& [text, expected] : cases) {
    const auto got = Expand(text);
    ASSERT_TRUE(std::holds_alternative<Expanded>(got)) << text;
    EXPECT_EQ(std::get<Expanded>(got).text, expected) << text;
  }
}

TEST(Interpolate, RefusesWithAReason) {
  std::string deep;
  for (int i = 0; i < 20; ++i) deep = "${NONE:-" + deep + "}";
  const std::pair<std::string, std::string_view> cases[] = {
      {"${NONE}", codes::kUndefined},        {"${NONE:?why}", codes::kUndefined},
      {"${EMPTY:?why}", codes::kUndefined},  {"${", codes::kBadInterpolation},
      {"${A", codes::kBadInterpolation},     {"${}", codes::kBadInterpolation},
      {"${1}", codes::kBadInterpolation},    {"${A:+x}", codes::kBadInterpolation},
      {"${file:/none}", codes::kSecretFile}, {"${file:/nul}", codes::kSecretFile},
      {deep, codes::kBadInterpolation},
  };
  for (const auto& [text, code] : cases) {
    const auto got = Expand(text);
    ASSERT_TRUE(std::holds_alternative<InterpolationFault>(got)) << text;
    EXPECT_EQ(std::get<InterpolationFault>(got).code, code) << text;
  }
}

TEST(Interpolate, TellsWhatMayBeShown) {
  EXPECT_FALSE(std::get<Expanded>(Expand("a$$")).changed);
  EXPECT_TRUE(std::get<Expanded>(Expand("${A}")).changed);
  EXPECT_FALSE(std::get<Expanded>(Expand("${A}")).from_file);
  EXPECT_TRUE(std::get<Expanded>(Expand("${NONE:-${file:/s}}")).from_file);
}

}  // namespace
}  // namespace bauta::config
