#include "mapping/read_version.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace bauta::mapping {
namespace {

std::string Show(const std::variant<std::int64_t, Reason>& result) {
  if (const auto* reason = std::get_if<Reason>(&result)) return std::string(Code(*reason));
  return fmt::format("{}", std::get<std::int64_t>(result));
}

TEST(ParseVersion, RefusesWhatIsNone) {
  for (const char* text : {"", ".", "1.", ".1", "1..2", "1.2.3.4", "1.2.3.", "1000", "1.1000", "v1",
                           "1.2-beta", "-1", "+1", " 1", "1 ", "1,2", "99999999999999999999"}) {
    EXPECT_EQ(Show(ParseVersion(text)), "bad_version") << text;
  }
}

TEST(ParseVersion, IsInOrder) {
  EXPECT_EQ(Show(ParseVersion("2.3.0")), "2003000");
  EXPECT_EQ(Show(ParseVersion("2.3")), "2003000");
  EXPECT_EQ(Show(ParseVersion("2")), "2000000");
  EXPECT_EQ(Show(ParseVersion("02.0003.00")), "2003000");
  EXPECT_EQ(Show(ParseVersion("0.96")), "96000");
  EXPECT_EQ(Show(ParseVersion("999.999.999")), "999999999");
}

TEST(ParseVersionDigits, DropsTheDots) {
  for (const char* text : {"", ".", "1.", ".1", "1..2", "v1", "1.2-beta"}) {
    EXPECT_EQ(Show(ParseVersionDigits(text, 32767)), "bad_version") << text;
  }
  EXPECT_EQ(Show(ParseVersionDigits("2.3.0", 32767)), "230");
  EXPECT_EQ(Show(ParseVersionDigits("1.2.3.4", 32767)), "1234");
  EXPECT_EQ(Show(ParseVersionDigits("3.2767", 32767)), "32767");
  EXPECT_EQ(Show(ParseVersionDigits("3.2768", 32767)), "out_of_range");
}

}  // namespace
}  // namespace bauta::mapping
