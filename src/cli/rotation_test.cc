#include "cli/rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "fakes/temp_folder.h"
#include "keys/edit.h"
#include "keys/generate.h"

namespace bauta::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Broken(Mask mask, bool vault) {
  config::Config config;
  config.mapping.columns.push_back({.column = "clear"});
  ColumnRule rule{.column = "masked"};
  rule.mask = MaskRule{.mask = mask, .domain = "d", .vault = vault};
  config.mapping.columns.push_back(rule);
  std::vector<std::string> columns;
  for (const BrokenJoin& one : BrokenJoins(config)) columns.push_back(one.column);
  return columns;
}

TEST(BrokenJoins, AreThoseWhoseOldTokensNobodyCanMove) {
  EXPECT_THAT(Broken(Mask::kHmacSha256, true), ElementsAre());
  EXPECT_THAT(Broken(Mask::kHmacSha256, false), ElementsAre("masked"));
  EXPECT_THAT(Broken(Mask::kAesSiv, false), ElementsAre());
  EXPECT_THAT(Broken(Mask::kIpcryptDeterministic, false), ElementsAre("masked"));
  EXPECT_THAT(Broken(Mask::kIpcryptPfx, false), ElementsAre("masked"));
  for (const Mask keyless : {Mask::kLegacySha256, Mask::kTruncate, Mask::kRedact, Mask::kNull}) {
    EXPECT_THAT(Broken(keyless, false), ElementsAre()) << MaskName(keyless);
  }
}

class NextPrimaryOf : public testing::Test {
 protected:
  NextPrimaryOf() {
    EXPECT_TRUE(keys::Generate(folder_.path(), {}).ok());
    edit_.emplace(keys::KeyRingEdit::Open(folder_.path() + "/keyring.json").value());
  }
  std::string Next(const std::string& to = {}) {
    const Result<std::string> next = NextPrimary(edit_->Ring().value(), to);
    return next.ok() ? *next : next.error().message;
  }
  const TempFolder folder_;
  std::optional<keys::KeyRingEdit> edit_;
};

TEST_F(NextPrimaryOf, IsTheOneAddedLast) {
  EXPECT_THAT(Next(), HasSubstr("no newer key than the primary k1"));
  EXPECT_THAT(Next("k7"), HasSubstr("no key k7"));
  EXPECT_THAT(Next("k1"), HasSubstr("the primary already"));
  ASSERT_TRUE(edit_->AddKey().ok());
  ASSERT_TRUE(edit_->AddKey().ok());
  EXPECT_EQ(Next(), "k3");
  EXPECT_EQ(Next("k2"), "k2");
}

TEST_F(NextPrimaryOf, WaitsForTheEndOfAnOlderRotation) {
  ASSERT_TRUE(edit_->AddKey().ok());
  ASSERT_TRUE(edit_->MakePrimary("k2").ok());
  EXPECT_THAT(Next("k1"), HasSubstr("older than the primary k2"));
  ASSERT_TRUE(edit_->AddKey().ok());
  EXPECT_THAT(Next(), HasSubstr("key k1 is still ENABLED beside the primary k2"));
  ASSERT_TRUE(edit_->Disable("k1").ok());
  EXPECT_EQ(Next(), "k3");
}

}  // namespace
}  // namespace bauta::cli
