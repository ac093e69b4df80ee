#include "masking/legacy_sha256.h"

#include <gtest/gtest.h>

#include "fakes/vectors.h"

namespace bauta::masking {
namespace {

class LegacyHash : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, LegacyHash, testing::ValuesIn(VectorsOf("legacy-sha256-")),
                         TestName);
TEST_P(LegacyHash, IsReproduced) {
  LegacySha256 mask(GetParam().Str("suffix"));
  for (int i = 0; i < 2; ++i) {
    const Masked masked = mask.Mask(GetParam().Str("value"));
    EXPECT_EQ(masked.outcome, Outcome::kMasked);
    EXPECT_EQ(masked.text, GetParam().Str("out_hex"));
  }
}

TEST(LegacySha256, HasItsVectors) { EXPECT_EQ(VectorsOf("legacy-sha256-").size(), 4u); }

// What Python's hashlib.sha256(value.encode()).hexdigest() gives.
TEST(LegacySha256, HashesTheValueAsItCame) {
  LegacySha256 mask("");
  EXPECT_EQ(mask.Mask(" a ").text,
            "cbf7f30004f3667cb093b3c7b55169a90e3f0044f6ea3ff93d3f75427a72e377");
  EXPECT_EQ(mask.Mask("\xc3\xa4").text,
            "33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc");
}

TEST(LegacySha256, HashesNeitherNothingNorNul) {
  using std::string_view_literals::operator""sv;
  LegacySha256 mask("hello");
  for (const std::string_view blank : {""sv, "  "sv, "\t\r\n"sv}) {
    EXPECT_EQ(mask.Mask(blank).outcome, Outcome::kEmpty);
  }
  EXPECT_EQ(mask.Mask("a\0b"sv).outcome, Outcome::kInvalid);
  EXPECT_EQ(mask.Mask("\xff").outcome, Outcome::kInvalid);
}

TEST(LegacySha256, AFingerprintTellsSuffixesApart) {
  EXPECT_EQ(LegacySha256::Fingerprint("hello"), LegacySha256::Fingerprint("hello"));
  EXPECT_NE(LegacySha256::Fingerprint("hello"), LegacySha256::Fingerprint("hallo"));
  EXPECT_EQ(LegacySha256::Fingerprint("").size(), 8u);
}

}  // namespace
}  // namespace bauta::masking
