#include "aws/json_wire.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"

namespace bauta::aws {
namespace {

std::string OneMessage(const std::string& body, const std::string& md5) {
  return R"({"Messages":[{"MessageId":"11111111-2222-4333-8444-555555555555",)"
         R"("ReceiptHandle":"r/+=","MD5OfBody":")" +
         md5 + R"(","Body":")" + body +
         R"(","Attributes":{"SentTimestamp":"1795244400123","ApproximateReceiveCount":"3",)"
         R"("MessageGroupId":"g \"1\"","SequenceNumber":"7"},)"
         R"("MessageAttributes":{"A":{"DataType":"String","StringValue":"v"}}}]})";
}

TEST(JsonReceive, TakesAllThatAMessageHas) {
  const auto got =
      JsonWire().ReadReceive(OneMessage(R"({\"a\":\"Zo\u00eb \ud83d\ude00\"})",
                                        crypto::Md5Hex("{\"a\":\"Zo\xc3\xab \xf0\x9f\x98\x80\"}")));
  ASSERT_TRUE(got.ok());
  ASSERT_EQ(got->size(), 1u);
  const Received& message = got->front();
  EXPECT_EQ(message.id, "11111111-2222-4333-8444-555555555555");
  EXPECT_EQ(message.receipt, "r/+=");
  EXPECT_EQ(message.body, "{\"a\":\"Zo\xc3\xab \xf0\x9f\x98\x80\"}");
  EXPECT_EQ(message.sent_ms, 1795244400123);
  EXPECT_EQ(message.receive_count, 3);
  EXPECT_EQ(message.group, "g \"1\"");
  EXPECT_EQ(message.system, R"({"MessageGroupId":"g \"1\"","SequenceNumber":"7"})");
  EXPECT_EQ(message.attributes, R"({"A":{"DataType":"String","StringValue":"v"}})");
  EXPECT_TRUE(message.intact);
}

TEST(JsonReceive, SeesABodyThatIsNotTheOneThatWasSent) {
  const auto got = JsonWire().ReadReceive(OneMessage("x", crypto::Md5Hex("y")));
  ASSERT_TRUE(got.ok());
  EXPECT_FALSE(got->front().intact);
}

TEST(JsonReceive, SeesAttributesThatAreNotThoseThatWereSent) {
  const auto intact = [](const std::string& attributes, const std::string& md5) {
    const auto got = JsonWire().ReadReceive(
        R"({"Messages":[{"MessageId":"i","ReceiptHandle":"r","Body":"b","MD5OfMessageAttributes":)" +
        md5 + R"(,"MessageAttributes":)" + attributes + "}]}");
    return got.ok() && got->front().intact;
  };
  const std::string hello = R"({"Hello":{"DataType":"String","StringValue":"There"}})";
  const std::string digest = R"("a311262e065454b75da111d535b8dacd")";
  EXPECT_TRUE(intact(hello, digest));
  EXPECT_TRUE(
      intact(R"({"\u0048ello" : {"StringValue":"Th\u0065re","DataType":"String"}})", digest));
  EXPECT_TRUE(intact(R"({"B":{"BinaryValue":"AP8=","DataType":"Binary.png"}})",
                     R"("50dc5e12b77bd0f283e55f97a5295e8f")"));
  EXPECT_TRUE(intact(hello, "null")) << "it does not say";
  EXPECT_TRUE(intact("{}", digest)) << "there are none: we did not ask";
  EXPECT_FALSE(intact(hello, R"("ae7155c6026991b6d54b11589678bf9c")"));
  EXPECT_FALSE(intact(R"({"Hello":{"DataType":"String","StringValue":"there"}})", digest));
  EXPECT_FALSE(intact(R"({"Hello":{"DataType":"Number","StringValue":"There"}})", digest));
  EXPECT_FALSE(intact(R"({"Hello":{"DataType":"Binary","BinaryValue":"!"}})", digest));
}

TEST(JsonReceive, EmptyHasManyShapes) {
  for (const char* json : {"{}", R"({"Messages":[]})", R"({"Messages":null})", R"({"x":[1,{}]})"}) {
    const auto got = JsonWire().ReadReceive(json);
    ASSERT_TRUE(got.ok()) << json;
    EXPECT_TRUE(got->empty());
  }
}

TEST(JsonReceive, ToleratesWhatServersDoDifferently) {
  const auto got = JsonWire().ReadReceive(
      R"({"Messages":[{"Body":"","MessageId":"i","ReceiptHandle":"r","Attributes":null,)"
      R"("MessageAttributes":null},{"Body":"b","MessageId":"i","ReceiptHandle":"r",)"
      R"("Attributes":{"SentTimestamp":5,"ApproximateReceiveCount":2,"SenderId":5}}]})");
  ASSERT_TRUE(got.ok());
  ASSERT_EQ(got->size(), 2u);
  EXPECT_EQ(got->at(0).receive_count, 1);
  EXPECT_EQ(got->at(1).sent_ms, 5);
  EXPECT_EQ(got->at(1).receive_count, 2);
}

TEST(JsonReceive, DamageToOneMessageIsNotItsNeighbours) {
  const auto message = [](const std::string& id, const std::string& body, const std::string& more) {
    return R"({"MessageId":")" + id + R"(","ReceiptHandle":"r","Body":")" + body + '"' + more + '}';
  };
  const std::string attribute = ",\"MessageAttributes\":{\"A\":{\"StringValue\":\"v\xff\"}}";
  const struct {
    const char* body;
    std::string more;
    bool intact;
  } kCases[] = {
      {R"(lone \ud800 surrogate)", "", false},
      {R"(low \udfff first)", "", false},
      {R"(no such escape \q)", "", false},
      {"\xff raw", "", false},
      {"overlong \xc0\x80", "", false},
      {"cut \xe2\x82", "", false},
      {"two \xff\xfe", "", false},
      {"after a backslash \\\xff", "", false},
      {"fine", attribute, false},
      {R"(fine \\!\\!)", "", true},
      {"fine \xe2\x82\xac", "", true},
  };
  for (const auto& c : kCases) {
    const auto got = JsonWire().ReadReceive(R"({"Messages":[)" + message("before", "b", "") + ',' +
                                            message("it", c.body, c.more) + ',' +
                                            message("after", "a", "") + "]}");
    ASSERT_TRUE(got.ok()) << c.body;
    ASSERT_EQ(got->size(), 3u) << c.body;
    EXPECT_TRUE(got->at(0).intact && got->at(2).intact) << c.body;
    EXPECT_EQ(got->at(1).intact, c.intact) << c.body;
    EXPECT_EQ(got->at(1).id, "it");
    EXPECT_EQ(got->at(2).body, "a");
  }
}

TEST(JsonReceive, TakesNoTimeBefore1970) {
  for (const char* sent : {"-5", "\"-5\"", "\"\"", "1e3", "null", "true", "18446744073709551615"}) {
    const auto got = JsonWire().ReadReceive(
        std::string(
            R"({"Messages":[{"Body":"","MessageId":"i","ReceiptHandle":"r","Attributes":)") +
        R"({"SentTimestamp":)" + sent + "}}]}");
    ASSERT_TRUE(got.ok()) << sent;
    EXPECT_EQ(got->at(0).sent_ms, 0) << sent;
  }
}

TEST(JsonReceive, RefusesTheRest) {
  const std::string whole = OneMessage("x", crypto::Md5Hex("x"));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_FALSE(JsonWire().ReadReceive(std::string_view(whole).substr(0, n)).ok()) << n;
  }
  for (const char* json : {"", "[]", "null", "<html>", "{} x", R"({"Messages":{}})",
                           R"({"Messages":[1]})", R"({"Messages":[{"Body":"b"}]})",
                           R"({"Messages":[{"Body":1,"MessageId":"i","ReceiptHandle":"r"}]})"}) {
    EXPECT_FALSE(JsonWire().ReadReceive(json).ok()) << json;
  }
}

TEST(JsonBatch, ListsTheRefusedOnes) {
  const auto got = JsonWire().ReadBatch(
      R"({"Successful":[{"Id":"0"}],"Failed":[{"Id":"1","Code":"ReceiptHandleIsInvalid",)"
      R"("SenderFault":true,"Message":"The input receipt handle \"x\" is not valid."},)"
      R"({"Id":"99","Code":"x"}]})",
      3);
  ASSERT_TRUE(got.ok());
  ASSERT_EQ(got->size(), 2u);
  EXPECT_EQ(got->at(0).entry, 1u);
  EXPECT_EQ(got->at(0).code, "ReceiptHandleIsInvalid");
  EXPECT_TRUE(got->at(0).sender_fault);
  EXPECT_EQ(got->at(1).entry, 2u);  // Not named at all: not done.
  EXPECT_FALSE(got->at(1).sender_fault);
}

TEST(JsonBatch, MissingAndEmptyListsAreTheSame) {
  for (const char* json :
       {R"({"Successful":[{"Id":"0"}],"Failed":[]})", R"({"Successful":[{"Id":"0"}]})",
        R"({"Failed":null,"Successful":[{"Id":"0"}]})"}) {
    const auto got = JsonWire().ReadBatch(json, 1);
    ASSERT_TRUE(got.ok()) << json;
    EXPECT_TRUE(got->empty()) << json;
  }
  EXPECT_FALSE(JsonWire().ReadBatch("nonsense", 1).ok());
}

TEST(JsonFault, FindsTheCodeWhereverItIs) {
  EXPECT_EQ(JsonWire()
                .ReadFault(R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"m"})", "")
                .code,
            "QueueDoesNotExist");
  EXPECT_EQ(JsonWire().ReadFault(R"({"__type":"a#Code:http://x"})", "").code, "Code");
  EXPECT_EQ(JsonWire().ReadFault("", "AWS.SimpleQueueService.NonExistentQueue;Sender").code,
            "NonExistentQueue");
  EXPECT_EQ(JsonWire().ReadFault("<html>", "").code, "");
}

TEST(JsonAttributes, ReadsAMapOfStrings) {
  const auto got =
      JsonWire().ReadAttributes(R"({"Attributes":{"VisibilityTimeout":"30","A":"b"}})");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->at("VisibilityTimeout"), "30");
  EXPECT_TRUE(JsonWire().ReadAttributes("{}").ok());
  EXPECT_FALSE(JsonWire().ReadAttributes(R"({"Attributes":{"A":1}})").ok());
}

TEST(JsonQueueUrl, NeedsOne) {
  EXPECT_EQ(*JsonWire().ReadQueueUrl(R"({"QueueUrl":"http://h/q"})"), "http://h/q");
  EXPECT_FALSE(JsonWire().ReadQueueUrl("{}").ok());
}

}  // namespace
}  // namespace bauta::aws
