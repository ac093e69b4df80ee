#include "cli/blame.h"

#include <gtest/gtest.h>

#include "config/codes.h"

namespace bauta::cli {
namespace {

namespace codes = config::codes;

TEST(Blame, NamesTheSettingOfAFailure) {
  Blame blame;
  EXPECT_FALSE(blame.On(codes::kTable, "target.postgres.table", Result<>(ConfigError("x"))).ok());
  EXPECT_EQ(blame.code(), codes::kTable);
  EXPECT_EQ(blame.path(), "target.postgres.table");
}

TEST(Blame, TellsWhatDoesNotAnswerFromWhatIsWrong) {
  Blame blame;
  EXPECT_FALSE(blame.On(codes::kQueue, "q", Result<>(Retryable("x"))).ok());
  EXPECT_EQ(blame.code(), codes::kQueueAway);
  EXPECT_FALSE(blame.On(codes::kRegistry, "p", Result<>(Retryable("x"))).ok());
  EXPECT_EQ(blame.code(), codes::kDatabaseAway);
  EXPECT_FALSE(blame.On(codes::kKeyRing, "keys.file", Result<>(Retryable("x"))).ok());
  EXPECT_EQ(blame.code(), codes::kKmsAway);
}

TEST(Blame, IsOverOnceItWentWell) {
  Blame blame;
  EXPECT_FALSE(blame.On(codes::kTable, "t", Result<>(ConfigError("x"))).ok());
  EXPECT_EQ(blame.On(codes::kTable, "t", Result<int>(7)).value(), 7);
  EXPECT_TRUE(blame.code().empty());
}

}  // namespace
}  // namespace bauta::cli
