#include "queue/permissions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bauta::queue {
namespace {

constexpr char kArn[] = "arn:aws:sqs:us-east-1:000000000000:q";

std::string Statement(const std::string& label, const std::string& principal) {
  return R"({"Sid":")" + label + R"(","Effect":"Allow","Principal":{"AWS":)" + principal +
         R"(},"Action":"SQS:ReceiveMessage","Resource":")" + kArn + R"("})";
}
std::string Policy(const std::string& statements) {
  return std::string(R"({"Version":"2008-10-17","Id":")") + kArn +
         R"(/SQSDefaultPolicy","Statement":[)" + statements + "]}";
}

TEST(Permissions, AreAddedAndRemovedByTheirLabel) {
  const Permission two{"a", {"222222222222", "111111111111"}, {"ReceiveMessage"}};
  const Permission one{"b", {"111111111111"}, {"ReceiveMessage"}};
  const std::string a =
      Statement("a", R"(["arn:aws:iam::222222222222:root","arn:aws:iam::111111111111:root"])");
  const std::string b = Statement("b", R"("arn:aws:iam::111111111111:root")");
  const std::string first = AddPermission("", kArn, two).value();
  EXPECT_EQ(first, Policy(a));
  const std::string second = AddPermission(first, kArn, one).value();
  EXPECT_EQ(second, Policy(a + "," + b));
  EXPECT_EQ(RemovePermission(second, "a").value(), Policy(b));
  EXPECT_EQ(RemovePermission(first, "a").value(), "");
}

TEST(Permissions, KeepWhatElseThePolicySays) {
  const std::string given =
      R"({"Version":"2012-10-17","Id":"mine","Statement":[{"Sid":"own","Effect":"Deny"}]})";
  const std::string added =
      AddPermission(given, kArn, {"a", {"111111111111"}, {"*", "SendMessage"}}).value();
  EXPECT_THAT(added, testing::StartsWith(R"({"Version":"2012-10-17","Id":"mine","Statement":[)"
                                         R"({"Sid":"own","Effect":"Deny"},{"Sid":"a")"));
  EXPECT_THAT(added, testing::HasSubstr(R"("Action":["SQS:*","SQS:SendMessage"])"));
  EXPECT_EQ(RemovePermission(added, "a").value(), given);
}

TEST(Permissions, SayWhatIsWrong) {
  const std::string given = AddPermission("", kArn, {"a", {"1"}, {"*"}}).value();
  const std::vector<std::string> actions(8, "*");
  const struct {
    Permission permission;
    std::string message;
  } cases[] = {
      {{"", {"1"}, {"*"}}, "The request must contain the parameter Label."},
      {{"b", {}, {"*"}},
       "Value [] for parameter PrincipalId is invalid. Reason: Unable to verify."},
      {{"b", {"1"}, {}}, "The request must contain the parameter Actions."},
      {{"b", {"1"}, actions}, "8 Actions were found, maximum allowed is 7."},
      {{"b", {"1"}, {"DeleteQueue"}},
       "Value SQS:DeleteQueue for parameter ActionName is invalid. Reason: Only the queue owner is "
       "allowed to invoke this action."},
      {{"b", {"1"}, {"Nothing"}},
       "Value SQS:Nothing for parameter ActionName is invalid. Reason: Please refer to the "
       "appropriate WSDL for a list of valid actions."},
      {{"a", {"1"}, {"*"}}, "Value a for parameter Label is invalid. Reason: Already exists."},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(AddPermission(given, kArn, c.permission).failure().message, c.message);
  }
  EXPECT_EQ(RemovePermission(given, "b").failure().message,
            "Value b for parameter Label is invalid. Reason: can't find label.");
  EXPECT_EQ(RemovePermission("", "").failure().message,
            "The request must contain the parameter Label.");
}

}  // namespace
}  // namespace bauta::queue
