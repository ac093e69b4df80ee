#include "aws/query_wire.h"

#include <gtest/gtest.h>

#include "aws/json_wire.h"
#include "crypto/digest.h"

namespace bauta::aws {
namespace {

std::string Answer(const std::string& operation, const std::string& result) {
  return "<?xml version='1.0' encoding='utf-8'?>\n<" + operation +
         "Response xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\n  <" + operation +
         "Result>" + result + "</" + operation +
         "Result><ResponseMetadata><RequestId>r</RequestId>" + "</ResponseMetadata>\n</" +
         operation + "Response>";
}

// `xml` is what stands between the tags, `body` what it means.
std::string Message(const std::string& xml, const std::string& body, const std::string& id = "it",
                    const std::string& more = "") {
  return "<Message>\n <MessageId>" + id + "</MessageId>\n <ReceiptHandle>r#1</ReceiptHandle>" +
         "<MD5OfBody>" + crypto::Md5Hex(body) + "</MD5OfBody><Body>" + xml + "</Body>" + more +
         "</Message>";
}

std::string ErrorAnswer(const std::string& code, const std::string& message) {
  return "<?xml version=\"1.0\"?><ErrorResponse "
         "xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">"
         "<Error><Type>Sender</Type><Code>" +
         code + "</Code><Message>" + message + "</Message><Detail/></Error></ErrorResponse>";
}

TEST(QueryWrite, IsAForm) {
  SqsCall call;
  call.operation = "ReceiveMessage";
  call.members = {{"QueueUrl", "http://h:1/0/q"}, {"WaitTimeSeconds", 20}};
  call.names = {{"AttributeNames", {"SentTimestamp", "All"}}};
  EXPECT_EQ(QueryWire().Write(call),
            "Action=ReceiveMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Fh%3A1%2F0%2Fq"
            "&WaitTimeSeconds=20&AttributeName.1=SentTimestamp&AttributeName.2=All");
  EXPECT_EQ(JsonWire().Write(call), R"({"QueueUrl":"http://h:1/0/q","WaitTimeSeconds":20,)"
                                    R"("AttributeNames":["SentTimestamp","All"]})");
}

TEST(QueryWrite, NumbersEntriesFromOneAndTheirIdsFromZero) {
  SqsCall call;
  call.operation = "ChangeMessageVisibilityBatch";
  call.entries = {{{"ReceiptHandle", "a+b/=~"}, {"VisibilityTimeout", 0}},
                  {{"ReceiptHandle", "c"}}};
  EXPECT_EQ(QueryWire().Write(call),
            "Action=ChangeMessageVisibilityBatch&Version=2012-11-05"
            "&ChangeMessageVisibilityBatchRequestEntry.1.Id=0"
            "&ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle=a%2Bb%2F%3D~"
            "&ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=0"
            "&ChangeMessageVisibilityBatchRequestEntry.2.Id=1"
            "&ChangeMessageVisibilityBatchRequestEntry.2.ReceiptHandle=c");
}

TEST(QueryWrite, SpellsAttributesAndBytes) {
  SqsCall call;
  call.operation = "CreateQueue";
  call.members = {{"QueueName", "Zo\xc3\xab \n"}};
  call.attributes = {{"DelaySeconds", "0"}, {"VisibilityTimeout", "5"}};
  EXPECT_EQ(QueryWire().Write(call),
            "Action=CreateQueue&Version=2012-11-05&QueueName=Zo%C3%AB%20%0A"
            "&Attribute.1.Name=DelaySeconds&Attribute.1.Value=0"
            "&Attribute.2.Name=VisibilityTimeout&Attribute.2.Value=5");
}

TEST(QueryReceive, SeesAttributesThatAreNotThoseThatWereSent) {
  const auto intact = [](const std::string& value, const std::string& md5) {
    const auto got = QueryWire().ReadReceive(
        Answer("ReceiveMessage", Message("b", "b", "it",
                                         "<MD5OfMessageAttributes>" + md5 +
                                             "</MD5OfMessageAttributes>"
                                             "<MessageAttribute><Name>Hello</Name><Value>" +
                                             value + "</Value></MessageAttribute>")));
    return got.ok() && got->front().intact;
  };
  const std::string digest = "a311262e065454b75da111d535b8dacd";
  const std::string there = "<StringValue>There</StringValue><DataType>String</DataType>";
  EXPECT_TRUE(intact(there, digest));
  EXPECT_TRUE(intact(there, ""));
  EXPECT_FALSE(intact(there, "ae7155c6026991b6d54b11589678bf9c"));
  EXPECT_FALSE(intact("<BinaryValue>There</BinaryValue><DataType>Binary</DataType>", digest));
  EXPECT_FALSE(intact("<StringValue>there</StringValue><DataType>String</DataType>", digest));
}

TEST(QueryReceive, TakesAllThatAMessageHas) {
  const auto got = QueryWire().ReadReceive(Answer(
      "ReceiveMessage",
      Message(
          "{&quot;a&quot;:1}", "{\"a\":1}", "11111111-2222-4333-8444-555555555555",
          "<Attribute><Name>SentTimestamp</Name><Value>1795244400123</Value></Attribute>"
          "<Attribute><Name>ApproximateReceiveCount</Name><Value>3</Value></Attribute>"
          "<Attribute><Name>SenderId</Name><Value>x</Value></Attribute>"
          "<MessageAttribute><Name>k</Name>\n<Value><StringValue>v&quot;</StringValue>"
          "<DataType>String</DataType></Value></MessageAttribute><MessageAttribute><Name>b</Name>"
          "<Value><BinaryValue>AQI=</BinaryValue><DataType>Binary</DataType></Value>"
          "</MessageAttribute>")));
  ASSERT_TRUE(got.ok());
  ASSERT_EQ(got->size(), 1u);
  const Received& message = got->front();
  EXPECT_EQ(message.id, "11111111-2222-4333-8444-555555555555");
  EXPECT_EQ(message.receipt, "r#1");
  EXPECT_EQ(message.body, "{\"a\":1}");
  EXPECT_EQ(message.sent_ms, 1795244400123);
  EXPECT_EQ(message.receive_count, 3);
  EXPECT_EQ(message.group, "");
  EXPECT_EQ(message.system, R"({"SenderId":"x"})");
  EXPECT_EQ(message.attributes, R"({"k":{"StringValue":"v\"","DataType":"String"},)"
                                R"("b":{"BinaryValue":"AQI=","DataType":"Binary"}})");
  EXPECT_TRUE(message.intact);
}

TEST(QueryReceive, EmptyHasManyShapes) {
  for (const std::string& xml :
       {Answer("ReceiveMessage", ""), Answer("ReceiveMessage", "\n  \n"),
        std::string("<ReceiveMessageResponse> <ReceiveMessageResult/></ReceiveMessageResponse>"),
        std::string("<ReceiveMessageResponse/>")}) {
    const auto got = QueryWire().ReadReceive(xml);
    ASSERT_TRUE(got.ok()) << xml;
    EXPECT_TRUE(got->empty());
  }
}

// Each with a good message before and after.
TEST(QueryReceive, ReadsABodyToTheByteOrSaysThatItIsDamaged) {
  const struct {
    std::string xml, body;
    bool intact;
  } kCases[] = {
      {"&lt;&amp;&gt;&quot;&apos;", "<&>\"'", true},
      {"a&#13;\n&#xD;\nb\r\nc", "a\r\n\r\nb\r\nc", true},
      {"  a\t\n ", "  a\t\n ", true},
      {" \n ", " \n ", true},
      {"", "", true},
      {"<![CDATA[<a>&amp;]]> b<![CDATA[]]>", "<a>&amp; b", true},
      {"a<!-- no -->b", "ab", true},
      {"\xf0\x9f\x98\x80 &#x1F600;&#128512;", "\xf0\x9f\x98\x80 \xf0\x9f\x98\x80\xf0\x9f\x98\x80",
       true},
      {"&amp;lt;", "&lt;", true},
      {"&#1;\x02", "\x01\x02", true},
      {"a]]>b", "a]]>b", true},
      {"changed", "as sent", false},
      {"&unknown;", "x", false},
      {"a&#0;b", std::string("a\0b", 3), false},
      {std::string("a\0b", 3), std::string("a\0b", 3), false},
      {"lone &#xD800;", "lone \xed\xa0\x80", false},
      {"\xff", "\xff", false},
      {"&#x110000;&#99999999999;", "x", false},
  };
  for (const auto& c : kCases) {
    const auto got = QueryWire().ReadReceive(
        Answer("ReceiveMessage",
               Message("b", "b", "before") + Message(c.xml, c.body) + Message("a", "a", "after")));
    ASSERT_TRUE(got.ok()) << c.xml;
    ASSERT_EQ(got->size(), 3u) << c.xml;
    EXPECT_TRUE(got->at(0).intact && got->at(2).intact) << c.xml;
    EXPECT_EQ(got->at(1).intact, c.intact) << c.xml;
    if (c.intact) EXPECT_EQ(got->at(1).body, c.body) << c.xml;
    EXPECT_EQ(got->at(1).id, "it");
    EXPECT_EQ(got->at(2).body, "a");
  }
}

TEST(QueryReceive, AnAttributeThatIsNoTextIsDamage) {
  const auto got = QueryWire().ReadReceive(
      Answer("ReceiveMessage",
             Message("b", "b", "it", "<MessageAttribute><Name>\xff</Name></MessageAttribute>")));
  ASSERT_TRUE(got.ok());
  EXPECT_FALSE(got->at(0).intact);
}

TEST(QueryReceive, RefusesTheRest) {
  const std::string whole = Answer("ReceiveMessage", Message("x", "x"));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_FALSE(QueryWire().ReadReceive(std::string_view(whole).substr(0, n)).ok()) << n;
  }
  for (const std::string& xml :
       {std::string("{}"), std::string("<html><body>busy</body></html>"), std::string("<a/>"),
        ErrorAnswer("InternalError", ""), Answer("ReceiveMessage", "<Message/>"),
        Answer("ReceiveMessage", "<Message><MessageId>i</MessageId><Body/></Message>")}) {
    EXPECT_FALSE(QueryWire().ReadReceive(xml).ok()) << xml;
  }
}

std::string Repeated(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(QueryReceive, ABombIsRefused) {
  const std::size_t many = 200'000;
  for (const std::string& bomb :
       {Repeated("<a>", many) + Repeated("</a>", many), Repeated("<a/>", many),
        "<a" + Repeated(" b=''", many) + "/>", Repeated("<Message/>", many)}) {
    EXPECT_FALSE(QueryWire().ReadReceive(Answer("ReceiveMessage", bomb)).ok());
  }
  // A megabyte of text is no bomb.
  const std::string large(1 << 20, 'x');
  const auto got =
      QueryWire().ReadReceive(Answer("ReceiveMessage", Repeated(Message(large, large), 10)));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->back().body.size(), large.size());
  EXPECT_TRUE(got->back().intact);
}

TEST(QueryReceive, EntitiesOfADocumentAreNotExpanded) {
  const auto got = QueryWire().ReadReceive(
      "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\"><!ENTITY f \"ff\">]>"
      "<ReceiveMessageResponse><ReceiveMessageResult>" +
      Message("&e;&f;", "&e;&f;") + "</ReceiveMessageResult></ReceiveMessageResponse>");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->at(0).body, "&e;&f;");
}

TEST(QueryBatch, ListsTheRefusedOnes) {
  const auto got = QueryWire().ReadBatch(
      Answer("DeleteMessageBatch",
             "<DeleteMessageBatchResultEntry><Id>0</Id></DeleteMessageBatchResultEntry>"
             "<BatchResultErrorEntry><Id>1</Id><SenderFault>true</SenderFault>"
             "<Code>ReceiptHandleIsInvalid</Code><Message>m</Message></BatchResultErrorEntry>"
             "<BatchResultErrorEntry><Id>3</Id><Code>a b\n</Code></BatchResultErrorEntry>"
             "<BatchResultErrorEntry><Id>99</Id><Code>x</Code></BatchResultErrorEntry>"),
      4);
  ASSERT_TRUE(got.ok());
  ASSERT_EQ(got->size(), 3u);
  EXPECT_EQ(got->at(0).entry, 1u);
  EXPECT_EQ(got->at(0).code, "ReceiptHandleIsInvalid");
  EXPECT_TRUE(got->at(0).sender_fault);
  EXPECT_EQ(got->at(1).code, "ab");
  EXPECT_FALSE(got->at(1).sender_fault);
  EXPECT_EQ(got->at(2).entry, 2u);  // Not named at all: not done.
}

TEST(QueryBatch, RefusesWhatIsNone) {
  EXPECT_FALSE(QueryWire().ReadBatch("nonsense", 1).ok());
  EXPECT_FALSE(QueryWire().ReadBatch(ErrorAnswer("C", ""), 1).ok());
  EXPECT_EQ(QueryWire().ReadBatch(Answer("SendMessageBatch", ""), 1)->size(), 1u);
}

TEST(QueryAttributes, ReadsPairs) {
  const auto got = QueryWire().ReadAttributes(
      Answer("GetQueueAttributes",
             "<Attribute>\n<Name>VisibilityTimeout</Name>\n<Value>30</Value></Attribute>"
             "<Attribute><Name>Policy</Name><Value/></Attribute>"));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got, (AttributeMap{{"Policy", ""}, {"VisibilityTimeout", "30"}}));
  EXPECT_TRUE(QueryWire().ReadAttributes(Answer("GetQueueAttributes", "")).ok());
  EXPECT_FALSE(QueryWire().ReadAttributes("<html/>").ok());
}

TEST(QueryQueueUrl, NeedsOne) {
  EXPECT_EQ(*QueryWire().ReadQueueUrl(Answer("CreateQueue", "<QueueUrl>http://h/q</QueueUrl>")),
            "http://h/q");
  EXPECT_FALSE(QueryWire().ReadQueueUrl(Answer("GetQueueUrl", "")).ok());
}

TEST(QueryFault, TakesTheLastPartOfTheCode) {
  const Fault fault = QueryWire().ReadFault(
      ErrorAnswer("AWS.SimpleQueueService.NonExistentQueue", "is not there"), "");
  EXPECT_EQ(fault.code, "NonExistentQueue");
  EXPECT_EQ(fault.message, "is not there");
  for (const char* page : {"", "<html><h1>busy</h1></html>", "busy", "<ErrorResponse/>"}) {
    EXPECT_EQ(QueryWire().ReadFault(page, "").code, "") << page;
  }
}

TEST(KnowsQueryOnly, BySqsErrorsInXmlAlone) {
  const std::string missing =
      "Operation detection failed. Missing Action in request for "
      "query-protocol service ServiceModel(sqs).";
  const struct {
    long status;
    std::string answer;
    bool old;
  } kCases[] = {
      {400, ErrorAnswer("MissingAction", "MissingAction; see the SQS docs."),
       true},                                                              // ElasticMQ 1.3
      {500, ErrorAnswer("InternalError", "exception: " + missing), true},  // LocalStack 2
      {400, ErrorAnswer("AWS.SimpleQueueService.NonExistentQueue", "m"), true},
      {403, ErrorAnswer("InvalidClientTokenId", "m"), true},
      {200, Answer("GetQueueUrl", "<QueueUrl>u</QueueUrl>"), true},
      {200, Answer("ReceiveMessage", ""), false},  // To another call.
      {500, ErrorAnswer("InternalError", "out of memory"), false},
      {503, ErrorAnswer("ServiceUnavailable", "m"), false},
      {429, ErrorAnswer("TooManyRequests", "m"), false},
      {403, ErrorAnswer("AWS.SimpleQueueService.RequestThrottled", "m"), false},
      {400, "\n " + ErrorAnswer("MissingAction", ""), true},
      {500, "<html><body>" + missing + "</body></html>", false},
      {502, "<html><h1>502 Bad Gateway</h1></html>", false},
      {200, "<html><h1>Log in</h1></html>", false},
      {403, "<html><h1>Forbidden</h1></html>", false},
      {403, "<!DOCTYPE html><html><br></html>", false},
      {404, "<Error><Code>NoSuchBucket</Code></Error>", false},
      {400, "<ErrorResponse/>", false},
      {400, "<ErrorResponse><Error><Code/></Error></ErrorResponse>", false},
      {302, ErrorAnswer("Moved", ""), false},
      {400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"<ErrorResponse>"})",
       false},
      {400, "", false},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(KnowsQueryOnly("GetQueueUrl", c.status, c.answer), c.old)
        << c.status << " " << c.answer;
  }
}

}  // namespace
}  // namespace bauta::aws
