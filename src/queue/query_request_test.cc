#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "queue/request.h"

namespace bauta::queue {
namespace {

using testing::ElementsAre;
using testing::Pair;

Request Parse(const std::string& form) { return ParseQueryRequest("", form).value().request; }

TEST(QueryRequest, ReadsTheParametersOfACall) {
  const auto parsed =
      ParseQueryRequest("Version=2012-11-05",
                        "Action=SendMessage&QueueUrl=http%3A%2F%2Flocalhost%2F1%2Fq&MessageBody="
                        "a+b%26%C3%AB%0D&DelaySeconds=0&MaxNumberOfMessages=-1");
  EXPECT_EQ(parsed.value().action, "SendMessage");
  const Request& r = parsed.value().request;
  EXPECT_EQ(r.queue_url, "http://localhost/1/q");
  EXPECT_EQ(r.body, "a b&\u00eb\r");
  EXPECT_EQ(r.delay, 0);
  EXPECT_EQ(r.max_messages, -1);
  EXPECT_FALSE(r.visibility.has_value());
  EXPECT_FALSE(r.queue_attributes.has_value());
}

TEST(QueryRequest, ListsAreInTheOrderOfTheirNumbers) {
  EXPECT_THAT(Parse("AttributeName.10=c&AttributeName.9=b&AttributeName.1=a").system_names,
              ElementsAre("a", "b", "c"));
  const Request r = Parse(
      "TagKey.1=t&AWSAccountId.1=1&ActionName.1=x&MessageAttributeName.1=m&"
      "MessageSystemAttributeName.1=s&AttributeName.1=n");
  EXPECT_THAT(r.tag_keys, ElementsAre("t"));
  EXPECT_THAT(r.accounts, ElementsAre("1"));
  EXPECT_THAT(r.actions, ElementsAre("x"));
  EXPECT_THAT(r.message_attribute_names, ElementsAre("m"));
  EXPECT_THAT(r.system_names, ElementsAre("n", "s"));
}

TEST(QueryRequest, ReadsMapsAndMessageAttributes) {
  const Request r = Parse(
      "Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Tag.1.Key=k&Tag.1.Value=v&"
      "MessageAttribute.1.Name=s&MessageAttribute.1.Value.DataType=String&"
      "MessageAttribute.1.Value.StringValue=x&MessageAttribute.2.Name=b&"
      "MessageAttribute.2.Value.DataType=Binary&MessageAttribute.2.Value.BinaryValue=AAE%3D&"
      "MessageSystemAttribute.1.Name=AWSTraceHeader&"
      "MessageSystemAttribute.1.Value.DataType=String&"
      "MessageSystemAttribute.1.Value.StringValue=Root");
  EXPECT_THAT(*r.queue_attributes, ElementsAre(Pair("DelaySeconds", "5")));
  EXPECT_THAT(*r.tags, ElementsAre(Pair("k", "v")));
  EXPECT_EQ(r.attributes.at("s").value, "x");
  EXPECT_EQ(r.attributes.at("b").value, std::string("\0\1", 2));
  EXPECT_EQ(r.system_attributes.at("AWSTraceHeader").value, "Root");
}

TEST(QueryRequest, ReadsTheEntriesOfABatch) {
  const Request r = Parse(
      "SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=y&"
      "SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=x&"
      "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n&"
      "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=v");
  ASSERT_EQ(r.entries.size(), 2u);
  EXPECT_EQ(r.entries[0].id, "a");
  EXPECT_EQ(r.entries[0].attributes.at("n").value, "v");
  EXPECT_EQ(r.entries[1].body, "y");
}

TEST(QueryRequest, RefusesWhatItCannotRead) {
  for (const std::string form :
       {"DelaySeconds=x", "DelaySeconds=", "MaxResults=1.5", "MessageBody=%ff", "%ff=1",
        "a.b.c.d.e.f.g.h.i=1", "MessageAttribute.1.Value.BinaryValue=*"}) {
    const auto parsed = ParseQueryRequest("", form);
    ASSERT_FALSE(parsed.ok()) << form;
    EXPECT_EQ(parsed.failure().code, "MalformedInput") << form;
  }
  for (const std::string form : {"", "&&", "=", "a", "%", "%4", "%zz", ".", "..", "a.=b"}) {
    EXPECT_TRUE(ParseQueryRequest("", form).ok()) << form;
  }
}

}  // namespace
}  // namespace bauta::queue
