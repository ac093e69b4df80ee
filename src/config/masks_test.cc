#include "config/masks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "fakes/config_text.h"
#include "fakes/vectors.h"

namespace bauta::config {
namespace {

using fakes::Good;
using fakes::Summaries;
using testing::ElementsAre;
using testing::IsEmpty;

class DomainVector : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Known, DomainVector, testing::ValuesIn(VectorsOf("domain-")), TestName);
TEST_P(DomainVector, IsTheDefaultOfItsPointer) {
  const Vector& v = GetParam();
  for (const char* mask : {"hmac-sha256", "aes-siv", "ipcrypt-pfx", "ipcrypt-deterministic"}) {
    const Loaded loaded = Load(Good("  b: {from: " + v.Str("pointer") + ", mask: " + mask + "}\n"));
    if (v.Has("result")) {
      EXPECT_THAT(Summaries(loaded), ElementsAre("E034@5:3")) << mask;
    } else {
      EXPECT_THAT(Summaries(loaded), IsEmpty()) << mask;
      EXPECT_EQ(loaded.config.mapping.columns.at(1).mask->domain, v.Str("domain")) << mask;
    }
  }
}

// One pointer, and a column for each question that is asked of it.
TEST(Masks, OfOneFieldMayBeSeveral) {
  const Loaded loaded =
      Load(Good("  net: {from: /user/ip, mask: hmac-sha256, canonical: ip-prefix/24/64}\n"
                "  sealed: {from: /user/ip, mask: aes-siv, canonical: ip, on_invalid: raw}\n"
                "  near: {from: /user/ip, mask: ipcrypt-pfx, canonical: ip, on_invalid: null}\n"
                "  other: {from: /user/ip, mask: ipcrypt-deterministic, domain: \"x@{yyyy-mm}\"}\n"
                "  sealed_net: {from: /user/ip, mask: aes-siv, canonical: ip-prefix/1/128}\n"));
  EXPECT_THAT(Summaries(loaded), IsEmpty());
  std::vector<MaskRule> masks;
  for (const ColumnRule& rule : loaded.config.mapping.columns) masks.push_back(rule.mask.value());
  ASSERT_EQ(masks.size(), 6u);
  EXPECT_EQ(masks[1].canonical, Canonical::kIpPrefix);
  EXPECT_EQ(masks[1].v4, 24);
  EXPECT_EQ(masks[1].v6, 64);
  EXPECT_EQ(masks[2].mask, Mask::kAesSiv);
  EXPECT_EQ(masks[2].canonical, Canonical::kIp);
  EXPECT_EQ(masks[2].on_invalid, OnInvalid::kRaw);
  EXPECT_EQ(masks[3].mask, Mask::kIpcryptPfx);
  EXPECT_EQ(masks[3].on_invalid, OnInvalid::kNull);
  EXPECT_EQ(masks[4].mask, Mask::kIpcryptDeterministic);
  EXPECT_EQ(masks[4].canonical, Canonical::kIp) << "without a word";
  EXPECT_EQ(masks[4].domain, "x@{yyyy-mm}");
  EXPECT_EQ(masks[5].v4, 1);
  EXPECT_EQ(masks[5].v6, 128);
}

}  // namespace
}  // namespace bauta::config
