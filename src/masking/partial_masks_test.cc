#include "masking/partial_masks.h"

#include <gtest/gtest.h>

namespace bauta::masking {
namespace {

TEST(Truncate, KeepsTheNetwork) {
  const struct {
    int v4, v6;
    std::string_view value, want;
  } cases[] = {
      {24, 48, "192.0.2.111", "192.0.2.0/24"},
      {16, 48, "192.0.2.111", "192.0.0.0/16"},
      {31, 48, "192.0.2.111", "192.0.2.110/31"},
      {1, 48, "192.0.2.111", "128.0.0.0/1"},
      {23, 48, "198.51.101.7", "198.51.100.0/23"},
      {24, 48, " 192.0.2.111\n", "192.0.2.0/24"},
      {24, 48, "2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"},
      {24, 48, "2001:DB8:1:0::6", "2001:db8:1::/48"},
      {24, 127, "2001:db8:1:2:3:4:5:7", "2001:db8:1:2:3:4:5:6/127"},
      {24, 127, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"},
      {24, 20, "2001:db8::", "2001::/20"},
      {24, 64, "2001:db8:0:1:2::", "2001:db8:0:1::/64"},
      {24, 48, "::1", "::/48"},
      {24, 48, "::ffff:192.0.2.111", "192.0.2.0/24"},
      {24, 48, "::FFFF:C000:026F", "192.0.2.0/24"},
      {24, 48, "64:ff9b::192.0.2.111", "64:ff9b::/48"},
      {24, 127, "64:ff9b::192.0.2.111", "64:ff9b::c000:200/120"},
      {24, 127, "64:ff9b:1::192.0.2.111", "64:ff9b:1::c000:26e/127"},
      {24, 48, "2002:c000:026f::1", "2002:c000:200::/40"},
      {16, 48, "2002:c000:026f::1", "2002:c000::/32"},
      {24, 32, "2002:c000:026f::1", "2002:c000::/32"},
      {24, 127, "2001:0:c000:201::3fff:fd90", "2001:0:c000:201::3fff:fd00/120"},
  };
  for (const auto& c : cases) {
    Truncate mask(c.v4, c.v6);
    for (int i = 0; i < 2; ++i) {
      const Masked masked = mask.Mask(c.value);
      EXPECT_EQ(masked.outcome, Outcome::kMasked) << c.value;
      EXPECT_EQ(masked.text, c.want) << c.value;
    }
  }
}

TEST(Truncate, TakesAddressesOnly) {
  using std::string_view_literals::operator""sv;
  Truncate mask(24, 48);
  for (const std::string_view bad :
       {"192.0.2.300"sv, "192.0.2"sv, "192.0.2.0/24"sv, "unknown"sv, "192.0.2.1\0"sv, "\xff"sv}) {
    EXPECT_EQ(mask.Mask(bad).outcome, Outcome::kInvalid) << bad;
  }
  for (const std::string_view blank : {""sv, " \t"sv}) {
    EXPECT_EQ(mask.Mask(blank).outcome, Outcome::kEmpty);
  }
}

TEST(KeepLast, StarsAllButTheLast) {
  const struct {
    int n;
    std::string_view value, want;
  } cases[] = {
      {4, "593-47-5928", "***-**-5928"},
      {5, "593-47-5928", "***-*7-5928"},
      {1, "593-47-5928", "***-**-***8"},
      {4, " 593-47-5928 ", "***-**-5928"},
      {4, "ab cd.EF/gh", "** **.EF/gh"},
      {2, "J\xc3\xb6rg", "**rg"},
      {3, "J\xc3\xb6rg", "*\xc3\xb6rg"},
      {2, "\xe2\x82\xac\xf0\x9f\x98\x80x1", "**x1"},
      {4, "5928", "****"},
      {4, "59-28", "**-**"},
      {4, "1", "*"},
      {9, "593-47-5928", "***-**-****"},
      {4, "12345-", "*2345-"},
      {4, "--", "--"},
  };
  for (const auto& c : cases) {
    KeepLast mask(c.n);
    for (int i = 0; i < 2; ++i) {
      const Masked masked = mask.Mask(c.value);
      EXPECT_EQ(masked.outcome, Outcome::kMasked) << c.value;
      EXPECT_EQ(masked.text, c.want) << c.value;
    }
  }
}

TEST(KeepLast, TakesTextOnly) {
  using std::string_view_literals::operator""sv;
  KeepLast mask(4);
  EXPECT_EQ(mask.Mask(" \t").outcome, Outcome::kEmpty);
  EXPECT_EQ(mask.Mask("12345\0"sv).outcome, Outcome::kInvalid);
  EXPECT_EQ(mask.Mask("12345\xff").outcome, Outcome::kInvalid);
}

}  // namespace
}  // namespace bauta::masking
