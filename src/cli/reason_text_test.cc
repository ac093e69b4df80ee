#include "cli/reason_text.h"

#include <gtest/gtest.h>

#include "core/reason.h"

namespace bauta::cli {
namespace {

TEST(Meaning, IsToldForEveryCode) {
  for (const std::string_view code : kReasonCodes) EXPECT_FALSE(Meaning(code).empty()) << code;
}

TEST(Meaning, StandsBesideItsOwnCode) {
  EXPECT_EQ(Meaning("bad_uuid"), "the field is no UUID");
  EXPECT_EQ(Meaning("not_json"), "the body is no JSON");
  EXPECT_EQ(Meaning("identity_expired"), "the message is older than the ledger remembers");
}

TEST(Meaning, IsEmptyForAnUnknownCode) { EXPECT_EQ(Meaning("from_the_future"), ""); }

}  // namespace
}  // namespace bauta::cli
