#include "sinks/batch_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace bauta::sinks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LedgerKey Key(std::int64_t sent_ms, std::uint8_t id) {
  LedgerKey key{sent_ms, {}};
  key.id.bytes.back() = id;
  return key;
}

// Messages with one refused event each.
Batch Messages(const std::vector<LedgerKey>& keys, int receive_count = 1) {
  Batch batch;
  for (const LedgerKey& key : keys) {
    batch.events.push_back({static_cast<std::uint32_t>(batch.deliveries.size()), 0, std::nullopt,
                            Refusal{Reason::kTooLong, "a"}});
    batch.deliveries.push_back({key, "m", receive_count, Sealable("{}", "")});
  }
  return batch;
}

TEST(BatchPlan, PutsKeysInOrderAndTakesTwinsOnce) {
  const Batch batch = Messages({Key(3, 1), Key(1, 2), Key(1, 1), Key(3, 1)});
  const BatchPlan plan(batch, 0);
  EXPECT_THAT(plan.NewByKey(), ElementsAre(2, 1, 0));
  EXPECT_EQ(plan.standing(3), Standing::kTwin);
  EXPECT_THAT(plan.Quarantined(), ElementsAre(2, 1, 0));
  EXPECT_EQ(plan.Count().messages, 3u);
  EXPECT_EQ(plan.Count().redelivered, 1u);
  EXPECT_EQ(plan.Outcome().fates.back(), Fate::kRedelivered);
}

// A twin that is taken for redelivered would be acked before anything of it is committed.
TEST(BatchPlan, ATwinOfWhatIsAsideIsAsideToo) {
  Batch batch = Messages({Key(1, 1), Key(2, 1), Key(1, 1), Key(3, 1), Key(1, 1)});
  BatchPlan plan(batch, 0);
  const std::vector<std::uint32_t> locked = {0};
  plan.PutAside(locked);
  EXPECT_THAT(plan.Aside(), ElementsAre(0, 2, 4));
  EXPECT_EQ(plan.Count().redelivered, 0u);
  batch.aside = locked;
  EXPECT_THAT(BatchPlan(batch, 0).Aside(), ElementsAre(0, 2, 4));
  EXPECT_THAT(
      BatchPlan(batch, 0).Outcome().fates,
      ElementsAre(Fate::kNone, Fate::kQuarantined, Fate::kNone, Fate::kQuarantined, Fate::kNone));
}

TEST(BatchPlan, WhatFollowsInTheGroupOfWhatIsAsideIsAsideToo) {
  Batch batch = Messages({Key(1, 1), Key(2, 1), Key(3, 1), Key(4, 1), Key(5, 1), Key(6, 1)}, 2);
  const std::string_view groups[] = {"a", "b", "a", "", "b", "a"};
  for (std::size_t i = 0; i < 6; ++i) batch.deliveries[i].group = groups[i];
  BatchPlan plan(batch, 0);
  const std::vector<LedgerKey> present = {Key(6, 1)};  // Has its fate: it overtakes nothing.
  plan.MarkPresent(present);
  const std::vector<std::uint32_t> locked = {1, 2};
  plan.PutAside(locked);
  EXPECT_THAT(plan.Aside(), ElementsAre(1, 2, 4));
  EXPECT_THAT(plan.NewByKey(), ElementsAre(0, 3));
}

TEST(BatchPlan, QuarantinesWhatIsOlderThanTheHorizonWithoutAKey) {
  const Batch batch = Messages({Key(1, 1), Key(5, 1)});
  const BatchPlan plan(batch, 5);
  EXPECT_THAT(plan.NewByKey(), ElementsAre(1));
  EXPECT_EQ(plan.oldest_ms(), 5);
  EXPECT_THAT(plan.Quarantined(), ElementsAre(0, 1));
  EXPECT_EQ(plan.RefusalOf(batch.events[0]).reason, Reason::kIdentityExpired);
  EXPECT_EQ(plan.RefusalOf(batch.events[1]).reason, Reason::kTooLong);
  EXPECT_EQ(plan.Count().messages, 1u);
  EXPECT_EQ(plan.Count().quarantined, 2u);
}

TEST(BatchPlan, LearnsWhatTheLedgerHas) {
  const Batch batch = Messages({Key(1, 1), Key(2, 1), Key(3, 1)}, 2);
  BatchPlan plan(batch, 0);
  EXPECT_THAT(plan.Probes(), ElementsAre(0, 1, 2));
  const std::vector<LedgerKey> present = {Key(2, 1), Key(9, 9)};
  plan.MarkPresent(present);
  EXPECT_THAT(plan.NewByKey(), ElementsAre(0, 2));
  const std::vector<LedgerKey> written = {Key(3, 1)};
  plan.KeepOnly(written);
  EXPECT_THAT(plan.NewByKey(), ElementsAre(2));
  EXPECT_EQ(plan.Count().redelivered, 2u);
  EXPECT_THAT(plan.Outcome().fates,
              ElementsAre(Fate::kRedelivered, Fate::kRedelivered, Fate::kQuarantined));
}

TEST(BatchPlan, ProbesOnlyWhatCameBefore) {
  const Batch batch = Messages({Key(1, 1)});
  EXPECT_THAT(BatchPlan(batch, 0).Probes(), IsEmpty());
}

TEST(BatchPlan, HasNoOldestKeyIfNoneIsNew) {
  const Batch batch;
  EXPECT_EQ(BatchPlan(batch, 0).oldest_ms(), std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace bauta::sinks
