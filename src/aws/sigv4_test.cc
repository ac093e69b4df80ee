#include "aws/sigv4.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <vector>

namespace bauta::aws {
namespace {

namespace dom = simdjson::dom;

std::string Text(const dom::element& object, std::string_view key) {
  return std::string(std::string_view(object[key]));
}

TEST(Sigv4, SignsAsBotocoreDoes) {
  dom::parser parser;
  const dom::array cases = parser.load(BAUTA_TEST_DATA "/sigv4_cases.json");
  ASSERT_GE(cases.size(), 200u);
  for (const dom::element test : cases) {
    std::vector<Header> headers;
    for (const dom::element pair : dom::array(test["headers"])) {
      headers.push_back({std::string_view(pair.at(0)), std::string_view(pair.at(1))});
    }
    Signer signer({"AKIDEXAMPLE", Text(test, "secret"), Text(test, "token")}, Text(test, "region"),
                  Text(test, "service"));
    EXPECT_EQ(signer.Authorization(Text(test, "method"), Text(test, "path"), headers,
                                   Text(test, "body"), Text(test, "date")),
              Text(test, "authorization"));
  }
}

TEST(Sigv4, TakesANewKeyWhenTheDayChanges) {
  const std::vector<Header> headers = {{"host", "h"}, {"x-amz-date", "d"}};
  Signer used({"a", "b", ""}, "us-east-1", "sqs"), fresh({"a", "b", ""}, "us-east-1", "sqs");
  const std::string first = used.Authorization("POST", "/", headers, "", "20261121T000000Z");
  const std::string next = used.Authorization("POST", "/", headers, "", "20261122T000000Z");
  EXPECT_NE(first, next);
  EXPECT_EQ(next, fresh.Authorization("POST", "/", headers, "", "20261122T000000Z"));
}

TEST(Sigv4, WritesTheDateInUtc) {
  EXPECT_EQ(AmzDate(WallTime(std::chrono::milliseconds(1'795'244'400'999))), "20261121T070000Z");
}

}  // namespace
}  // namespace bauta::aws
