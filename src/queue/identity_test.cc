#include "queue/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bauta::queue {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(IdentityTest, TellsAccounts) {
  EXPECT_EQ(Identify({.action = "GetCallerIdentity",
                      .role_arn = {},
                      .account = "123456789012",
                      .request_id = "id"})
                .value(),
            R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">)"
            "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:root</Arn>"
            "<UserId>123456789012</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
            "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>"
            "</GetCallerIdentityResponse>");
}

TEST(IdentityTest, TheKeyOfARoleIsItsAccount) {
  const struct {
    const char* role;
    bool ok;
  } cases[] = {{"arn:aws:iam::111111111111:role/a", true},
               {"arn:aws-cn:iam::111111111111:role/path/a", true},
               {"arn:aws:iam::1:role/a", false},
               {"arn:aws:iam::", false},
               {"iam::111111111111:role/a", false},
               {"", false}};
  for (const auto& c : cases) {
    const Outcome<std::string> answer = Identify({.action = "AssumeRole",
                                                  .role_arn = c.role,
                                                  .account = "000000000000",
                                                  .request_id = "id"});
    ASSERT_EQ(answer.ok(), c.ok) << c.role;
    if (!c.ok) {
      EXPECT_EQ(answer.failure().code, "ValidationError");
      continue;
    }
    EXPECT_THAT(answer.value(), AllOf(HasSubstr("<AccessKeyId>111111111111</AccessKeyId>"),
                                      HasSubstr("<SecretAccessKey>"), HasSubstr("<SessionToken>"),
                                      HasSubstr("<Expiration>")));
  }
  EXPECT_TRUE(IsIdentityCall("AssumeRole"));
  EXPECT_FALSE(IsIdentityCall("SendMessage"));
}

}  // namespace
}  // namespace bauta::queue
