#include "aws/message_attributes.h"

#include <gtest/gtest.h>

namespace bauta::aws {
namespace {

TEST(MessageAttributes, ComeBackAsTheyWere) {
  const std::string json = R"({"a":{"StringValue":"\"x\" \u00e9","DataType":"String.custom"},)"
                           R"("b":{"BinaryValue":"AAE=","DataType":"Binary"}})";
  const auto read = ParseAttributes(json);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].value, "\"x\" \xc3\xa9");
  EXPECT_EQ((*read)[0].type, "String.custom");
  EXPECT_TRUE((*read)[1].binary);
  EXPECT_EQ(AttributesJson(*ParseAttributes(AttributesJson(*read))), AttributesJson(*read));
  EXPECT_EQ(AttributesJson(*ParseAttributes("{}")), "{}");
}

TEST(MessageAttributes, MayBeNullWhereTheyAreNotOfThatType) {
  const auto read = ParseAttributes(
      R"({"a":{"BinaryValue":null,"StringListValues":[],"StringValue":"x","DataType":"String"}})");
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)[0].value, "x");
  EXPECT_FALSE((*read)[0].binary);
}

TEST(MessageAttributes, OfNoOtherShape) {
  for (const char* json : {"", "[]", "{", R"({"a":1})", R"({"a":{"DataType":"String"}})",
                           R"({"a":{"StringValue":"x"}})"}) {
    EXPECT_FALSE(ParseAttributes(json)) << json;
  }
}

}  // namespace
}  // namespace bauta::aws
