#include "core/batch.h"

#include <gtest/gtest.h>

namespace bauta {
namespace {

TEST(TakeAside, TakesTheOriginalsOfItsEvents) {
  Batch to;
  {
    Batch from;
    from.kid = "k1";
    for (std::uint32_t i = 0; i < 4; ++i) {
      from.deliveries.push_back({{1, {}}, from.arena.Copy("id"), 1, Sealable("{}", "")});
      from.events.push_back({i, 0, std::nullopt, Refusal{Reason::kNotJson, {}}});
    }
    for (const std::uint32_t event : {0u, 1u, 1u, 3u}) {
      const std::string token = "token-" + std::to_string(event);
      from.originals.emplace_back(event, from.arena.Copy(token), from.arena.Copy("ip@2026-01"),
                                  "ip1", "");
    }
    from.aside = {1, 3};
    to.events.push_back({0, 0, std::nullopt, std::nullopt});
    TakeAside(from, to);
  }
  EXPECT_EQ(to.kid, "k1");
  ASSERT_EQ(to.originals.size(), 3u);
  EXPECT_EQ(to.originals[0].token(), "token-1");
  EXPECT_EQ(to.originals[1].token(), "token-1");
  EXPECT_EQ(to.originals[2].token(), "token-3");
  EXPECT_EQ(to.originals[0].domain(), "ip@2026-01");
  EXPECT_EQ(to.originals[1].event(), 1u);
  EXPECT_EQ(to.originals[2].event(), 2u);
}

}  // namespace
}  // namespace bauta
