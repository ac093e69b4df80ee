#include "cli/live_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bauta::cli {
namespace {

using testing::HasSubstr;

class NamedMapper : public Mapper {
 public:
  explicit NamedMapper(std::string name) : name_(std::move(name)) {}
  void Map(Message& message, Batch&) override { message.id = name_; }

 private:
  const std::string name_;
};

class FollowRingTest : public testing::Test {
 protected:
  // Its mapper is named after how often one was asked for.
  std::unique_ptr<Mapper> Follow() {
    return FollowRing(
        ring_,
        [this](const keys::KeyRing&) -> Result<std::unique_ptr<Mapper>> {
          ++asked_;
          if (!failure_.empty()) return Fatal(failure_);
          return std::unique_ptr<Mapper>(std::make_unique<NamedMapper>(std::to_string(asked_)));
        },
        std::make_unique<NamedMapper>("first"));
  }
  static std::string MapWith(Mapper& mapper) {
    Message message;
    Batch batch;
    mapper.Map(message, batch);
    return message.id;
  }
  std::string Next(Mapper& mapper) {
    EXPECT_EQ(mapper.BeginBatch(), ring_.Get()->primary().kid);
    return MapWith(mapper);
  }

  LiveRing ring_{keys::KeyRing::ForTests()};
  int asked_ = 0;
  std::string failure_;
};

TEST_F(FollowRingTest, TakesANewRingBetweenTwoBatches) {
  const std::unique_ptr<Mapper> mapper = Follow();
  EXPECT_EQ(Next(*mapper), "first");
  ring_.Set(keys::KeyRing::ForTests());
  EXPECT_EQ(MapWith(*mapper), "first") << "a batch is of one key";
  EXPECT_EQ(Next(*mapper), "1");
  EXPECT_EQ(Next(*mapper), "1");
}

TEST_F(FollowRingTest, TriesAgainWithTheNextBatchAndSaysOnceWhy) {
  const std::unique_ptr<Mapper> mapper = Follow(), another = Follow();
  failure_ = "no memory";
  ring_.Set(keys::KeyRing::ForTests());
  testing::internal::CaptureStderr();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Next(*mapper), "first");
    EXPECT_EQ(Next(*another), "first");
  }
  failure_ = "no entropy";
  EXPECT_EQ(Next(*mapper), "first");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.find("no memory"), said.rfind("no memory"));
  EXPECT_THAT(said, HasSubstr("no memory"));
  EXPECT_THAT(said, HasSubstr("no entropy"));
  failure_.clear();
  EXPECT_EQ(Next(*mapper), "6");
  EXPECT_EQ(Next(*another), "7");
}

TEST_F(FollowRingTest, SaysItOfEachRing) {
  const std::unique_ptr<Mapper> mapper = Follow();
  failure_ = "no memory";
  testing::internal::CaptureStderr();
  for (int i = 0; i < 2; ++i) {
    ring_.Set(keys::KeyRing::ForTests());
    Next(*mapper);
  }
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("no memory"), said.rfind("no memory"));
}

}  // namespace
}  // namespace bauta::cli
