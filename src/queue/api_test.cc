#include "queue/api.h"

#include <fmt/format.h>

#include "fakes/api_fixture.h"

namespace bauta::queue {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

using ApiTest = fakes::ApiFixture;

TEST_F(ApiTest, QueueUrlsEchoTheHost) {
  EXPECT_EQ(Ok("GetQueueUrl", R"({"QueueName":"q"})"),
            R"({"QueueUrl":"http://localhost:4566/000000000000/q"})");
  origin_.base_url = "http://queue.example.com";
  EXPECT_EQ(Ok("CreateQueue", R"({"QueueName":"q"})"),
            R"({"QueueUrl":"http://queue.example.com/000000000000/q"})");
}

TEST_F(ApiTest, FindsQueuesByTheEndOfAnyUrl) {
  for (const std::string url :
       {"q", "http://elsewhere:1/000000000000/q", "https://sqs.us-east-1.amazonaws.com/1/q/",
        "/queue/q", "http://localhost/queue/q?x=y"}) {
    EXPECT_EQ(Ok("SendMessage", fmt::format(R"({{"QueueUrl":"{}","MessageBody":"x"}})", url))
                  .substr(0, 14),
              R"({"MessageId":")")
        << url;
  }
  origin_.path = "/000000000000/q";
  EXPECT_EQ(Ok("DeleteQueue", "{}"), "{}");
}

TEST_F(ApiTest, AUrlWithoutAQueueIsOneThatDoesNotExist) {
  EXPECT_THAT(Error("GetQueueAttributes", R"({"QueueUrl":"http://nowhere"})"),
              HasSubstr("QueueDoesNotExist"));
  EXPECT_THAT(Error("GetQueueAttributes", "{}"), HasSubstr("MissingParameter"));
}

TEST_F(ApiTest, BooleansMayBePythons) {
  Ok("CreateQueue", R"({"QueueName":"a.fifo","Attributes":{"FifoQueue":"True",
     "ContentBasedDeduplication":"TRUE","SqsManagedSseEnabled":"False"}})");
  EXPECT_THAT(
      Ok("GetQueueAttributes", R"({"QueueUrl":"a.fifo","AttributeNames":["All"]})"),
      AllOf(HasSubstr(R"("FifoQueue":"true")"), HasSubstr(R"("ContentBasedDeduplication":"true")"),
            HasSubstr(R"("SqsManagedSseEnabled":"false")")));
  Ok("CreateQueue", R"({"QueueName":"a.fifo","Attributes":{"FifoQueue":"TRUE"}})");
  EXPECT_THAT(Error("CreateQueue", R"({"QueueName":"b.fifo","Attributes":{"FifoQueue":"yes"}})"),
              HasSubstr("InvalidParameterValue"));
}

TEST_F(ApiTest, RegionsHaveTheirOwnQueues) {
  origin_.region = "eu-west-1";
  EXPECT_THAT(Error("GetQueueUrl", R"({"QueueName":"q"})"), HasSubstr("QueueDoesNotExist"));
  EXPECT_EQ(Ok("ListQueues", ""), "{}");
}

TEST_F(ApiTest, SendsReceivesAndDeletes) {
  const std::string sent =
      Ok("SendMessage", R"({"QueueUrl":"q","MessageBody":"Zo\u00eb \ud83d\ude00 <&>",
    "MessageAttributes":{"Foo":{"DataType":"String","StringValue":"Bar"}},
    "MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1"}}})");
  EXPECT_EQ(Field(sent, "MD5OfMessageBody"), "ec41b9c461526b5f035113ff238d2b8d");
  EXPECT_EQ(Field(sent, "MD5OfMessageAttributes"), "ae7155c6026991b6d54b11589678bf9c");
  EXPECT_EQ(Field(sent, "MD5OfMessageSystemAttributes").size(), 32u);
  clock_.Advance(seconds(1));
  const std::string got = Ok("ReceiveMessage", R"({"QueueUrl":"q","AttributeNames":["All"],
    "MessageAttributeNames":["All"]})");
  EXPECT_EQ(
      got,
      fmt::format(
          R"({{"Messages":[{{"MessageId":"{}","ReceiptHandle":"{}","MD5OfBody":"{}",)"
          R"("Body":"Zoë 😀 <&>","Attributes":{{"AWSTraceHeader":"Root=1",)"
          R"("ApproximateFirstReceiveTimestamp":"1700000001000","ApproximateReceiveCount":"1",)"
          R"("SenderId":"000000000000","SentTimestamp":"1700000000000"}},)"
          R"("MD5OfMessageAttributes":"ae7155c6026991b6d54b11589678bf9c",)"
          R"("MessageAttributes":{{"Foo":{{"DataType":"String","StringValue":"Bar"}}}}}}]}})",
          Field(sent, "MessageId"), Field(got, "ReceiptHandle"), Field(sent, "MD5OfMessageBody")));
  EXPECT_THAT(Field(got, "ReceiptHandle"), MatchesRegex("[A-Za-z0-9]+"));
  EXPECT_EQ(Ok("ReceiveMessage", R"({"QueueUrl":"q"})"), "{}");
  EXPECT_EQ(Ok("DeleteMessage", fmt::format(R"({{"QueueUrl":"q","ReceiptHandle":"{}"}})",
                                            Field(got, "ReceiptHandle"))),
            "{}");
}

TEST_F(ApiTest, ReturnsOnlyTheAttributesAskedFor) {
  Ok("SendMessage", R"({"QueueUrl":"q","MessageBody":"x","MessageGroupId":"g","MessageAttributes":{
    "Hello":{"DataType":"String","StringValue":"There"},
    "Help.Me":{"DataType":"Number.int","StringValue":"-4.5e3"},
    "Help.Not":{"DataType":"Binary","BinaryValue":"AAH/"}}})");
  const struct {
    std::string names;
    std::vector<std::string> with, without;
  } cases[] = {
      {"", {R"("Body":"x"}])"}, {"Attributes"}},
      {R"("MessageAttributeNames":["Hello","none"])",
       {R"("MD5OfMessageAttributes":"a311262e065454b75da111d535b8dacd")"},
       {"Help", R"("Attributes")"}},
      {R"("MessageAttributeNames":["Help.*"])", {"Help.Me", R"("BinaryValue":"AAH/")"}, {"Hello"}},
      {R"("MessageAttributeNames":[".*"])", {"Help.Me", "Help.Not", "Hello"}, {}},
      {R"("MessageAttributeNames":["none"])", {}, {"Attributes"}},
      {R"("AttributeNames":["SentTimestamp"],"MessageSystemAttributeNames":["MessageGroupId"])",
       {R"("Attributes":{"MessageGroupId":"g","SentTimestamp":"1700000000000"})"},
       {"SenderId", "Hello"}},
  };
  for (const auto& c : cases) {
    const std::string got = Ok("ReceiveMessage", R"({"QueueUrl":"q","VisibilityTimeout":0)" +
                                                     (c.names.empty() ? "" : "," + c.names) + "}");
    for (const std::string& part : c.with) EXPECT_THAT(got, HasSubstr(part)) << c.names;
    for (const std::string& part : c.without) EXPECT_THAT(got, Not(HasSubstr(part))) << c.names;
  }
}

TEST_F(ApiTest, SomeOfABatchMayFail) {
  Ok("SetQueueAttributes", R"({"QueueUrl":"q","Attributes":{"MaximumMessageSize":"1024"}})");
  const std::string sent = Ok("SendMessageBatch", fmt::format(R"({{"QueueUrl":"q","Entries":[
      {{"Id":"ok","MessageBody":"x"}},
      {{"Id":"long","MessageBody":"{}"}},
      {{"Id":"bad","MessageBody":"a\u0001"}},
      {{"Id":"empty","MessageBody":""}},
      {{"Id":"late","MessageBody":"x","DelaySeconds":901}}]}})",
                                                              std::string(1025, 'x')));
  EXPECT_THAT(
      sent,
      AllOf(HasSubstr(R"({"Successful":[{"Id":"ok","MessageId":")"),
            HasSubstr(R"({"Id":"long","SenderFault":true,"Code":"InvalidParameterValue",)"
                      R"("Message":"One or more parameters cannot be validated. Reason: Message )"
                      R"(must be shorter than 1024 bytes."})"),
            HasSubstr(R"({"Id":"bad","SenderFault":true,"Code":"InvalidMessageContents",)"),
            HasSubstr(R"({"Id":"empty","SenderFault":true,"Code":"MissingParameter",)"),
            HasSubstr(R"({"Id":"late","SenderFault":true,"Code":"InvalidParameterValue",)")));
  const std::string handle = Field(Ok("ReceiveMessage", R"({"QueueUrl":"q"})"), "ReceiptHandle");
  EXPECT_EQ(Ok("ChangeMessageVisibilityBatch", fmt::format(R"({{"QueueUrl":"q","Entries":[
      {{"Id":"a","ReceiptHandle":"x","VisibilityTimeout":1}},
      {{"Id":"b","ReceiptHandle":"{}","VisibilityTimeout":1}},
      {{"Id":"c","ReceiptHandle":"{}","VisibilityTimeout":43201}}]}})",
                                                           handle, handle)),
            R"({"Successful":[{"Id":"b"}],"Failed":[{"Id":"a","SenderFault":true,)"
            R"("Code":"ReceiptHandleIsInvalid","Message":"The input receipt handle \"x\" is not )"
            R"(a valid receipt handle."},{"Id":"c","SenderFault":true,)"
            R"("Code":"InvalidParameterValue","Message":"Value 43201 for parameter )"
            R"(VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided."}]})");
  EXPECT_EQ(Ok("DeleteMessageBatch", fmt::format(R"({{"QueueUrl":"q","Entries":[
      {{"Id":"a","ReceiptHandle":"{}"}},{{"Id":"b","ReceiptHandle":"x"}},{{"Id":"c"}}]}})",
                                                 handle)),
            R"({"Successful":[{"Id":"a"}],"Failed":[{"Id":"b","SenderFault":true,)"
            R"("Code":"ReceiptHandleIsInvalid","Message":"The input receipt handle \"x\" is not )"
            R"(a valid receipt handle."},{"Id":"c","SenderFault":true,"Code":"MissingParameter",)"
            R"("Message":"The request must contain the parameter ReceiptHandle."}]})");
}

TEST_F(ApiTest, AttributesComeOnlyWhenAskedFor) {
  EXPECT_EQ(Ok("GetQueueAttributes", R"({"QueueUrl":"q"})"), "{}");
  EXPECT_EQ(Ok("GetQueueAttributes", R"({"QueueUrl":"q","AttributeNames":["QueueArn","Policy"]})"),
            R"({"Attributes":{"QueueArn":"arn:aws:sqs:us-east-1:000000000000:q"}})");
  EXPECT_EQ(Ok("GetQueueAttributes", R"({"QueueUrl":"q","AttributeNames":["All"]})"),
            R"({"Attributes":{"ApproximateNumberOfMessages":"0",)"
            R"("ApproximateNumberOfMessagesDelayed":"0",)"
            R"("ApproximateNumberOfMessagesNotVisible":"0","CreatedTimestamp":"1700000000",)"
            R"("DelaySeconds":"0","LastModifiedTimestamp":"1700000000",)"
            R"("MaximumMessageSize":"1048576","MessageRetentionPeriod":"345600",)"
            R"("QueueArn":"arn:aws:sqs:us-east-1:000000000000:q",)"
            R"("ReceiveMessageWaitTimeSeconds":"0","SqsManagedSseEnabled":"true",)"
            R"("VisibilityTimeout":"30"}})");
}

TEST_F(ApiTest, ListsQueuesByPages) {
  for (const char* name : {"b2", "b1", "b3", "c"}) {
    Ok("CreateQueue", fmt::format(R"({{"QueueName":"{}"}})", name));
  }
  EXPECT_EQ(Ok("ListQueues", R"({"QueueNamePrefix":"c"})"),
            R"({"QueueUrls":["http://localhost:4566/000000000000/c"]})");
  EXPECT_EQ(Ok("ListQueues", R"({"QueueNamePrefix":"none"})"), "{}");
  const std::string first = Ok("ListQueues", R"({"QueueNamePrefix":"b","MaxResults":2})");
  EXPECT_THAT(first, AllOf(HasSubstr("/b1"), HasSubstr("/b2"), Not(HasSubstr("/b3"))));
  EXPECT_EQ(
      Ok("ListQueues", fmt::format(R"({{"QueueNamePrefix":"b","MaxResults":2,"NextToken":"{}"}})",
                                   Field(first, "NextToken"))),
      R"({"QueueUrls":["http://localhost:4566/000000000000/b3"]})");
}

TEST_F(ApiTest, TagsAndDeadLetterSources) {
  Ok("CreateQueue", R"({"QueueName":"t","tags":{"a":"1"},"Attributes":{"RedrivePolicy":
    "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:q\",\"maxReceiveCount\":3}"}})");
  EXPECT_EQ(Ok("ListDeadLetterSourceQueues", R"({"QueueUrl":"q"})"),
            R"({"queueUrls":["http://localhost:4566/000000000000/t"]})");
  EXPECT_EQ(Ok("ListDeadLetterSourceQueues", R"({"QueueUrl":"t"})"), "{}");
  EXPECT_EQ(Ok("TagQueue", R"({"QueueUrl":"t","Tags":{"b":"2","c":""}})"), "{}");
  EXPECT_EQ(Ok("UntagQueue", R"({"QueueUrl":"t","TagKeys":["a","none"]})"), "{}");
  EXPECT_EQ(Ok("ListQueueTags", R"({"QueueUrl":"t"})"), R"({"Tags":{"b":"2","c":""}})");
  EXPECT_EQ(Ok("ListQueueTags", R"({"QueueUrl":"q"})"), "{}");
}

TEST_F(ApiTest, ALongPollIsAnsweredLater) {
  auto answer = std::make_shared<std::optional<Api::Answer>>();
  api_.Handle(
      {.operation = "AmazonSQS.ReceiveMessage", .body = R"({"QueueUrl":"q","WaitTimeSeconds":20})"},
      origin_, [answer](Api::Answer a) { *answer = a; });
  EXPECT_FALSE(answer->has_value());
  Ok("SendMessage", R"({"QueueUrl":"q","MessageBody":"x"})");
  ASSERT_TRUE(answer->has_value());
  EXPECT_THAT((*answer)->body, HasSubstr(R"("Body":"x")"));
}

TEST_F(ApiTest, KeepsPermissions) {
  EXPECT_EQ(Ok("AddPermission", R"({"QueueUrl":"q","Label":"l","AWSAccountIds":["111111111111"],
    "Actions":["SendMessage"]})"),
            "{}");
  const std::string policy = R"({"QueueUrl":"q","AttributeNames":["Policy"]})";
  EXPECT_THAT(Ok("GetQueueAttributes", policy), HasSubstr("SQS:SendMessage"));
  EXPECT_EQ(Ok("RemovePermission", R"({"QueueUrl":"q","Label":"l"})"), "{}");
  EXPECT_EQ(Ok("GetQueueAttributes", policy), "{}");
}

TEST_F(ApiTest, SpeaksTheQueryProtocolToo) {
  const auto ask = [&](const std::string& target, const std::string& form) {
    Api::Answer answer;
    api_.Handle({.content_type = "application/x-www-form-urlencoded; charset=utf-8",
                 .target = target,
                 .body = form},
                origin_, [&](Api::Answer a) { answer = std::move(a); });
    EXPECT_EQ(answer.type, "text/xml");
    EXPECT_EQ(answer.query_error, "");
    return answer;
  };
  EXPECT_THAT(ask("/", "Action=SendMessage&QueueUrl=q&MessageBody=x").body,
              HasSubstr("<MD5OfMessageBody>9dd4e461268c8034f5c8564e155c67a6</MD5OfMessageBody>"));
  origin_.path = "/000000000000/q?Action=ReceiveMessage";
  const Api::Answer got = ask(origin_.path, "");
  EXPECT_THAT(got.body, AllOf(HasSubstr("<Body>x</Body>"), HasSubstr(got.request_id)));
  EXPECT_THAT(ask(origin_.path, "").body, HasSubstr("<ReceiveMessageResult/>"));
  EXPECT_THAT(ask("/", "Action=DeleteQueue&QueueUrl=none").body,
              HasSubstr("<Code>AWS.SimpleQueueService.NonExistentQueue</Code>"));
  EXPECT_THAT(ask("/", "Action=FooBar").body,
              HasSubstr("<Message>The action FooBar is not valid for this endpoint.</Message>"));
  EXPECT_EQ(ask("/", "Action=ListQueues&MaxResults=x").status, 400);
  const Api::Answer nothing = ask("/000000000000/q", "");
  EXPECT_EQ(nothing.status, 404);
  EXPECT_EQ(nothing.body, "<UnknownOperationException/>\n");
}

TEST_F(ApiTest, CountsBytesOfBodyAndAttributes) {
  const auto send = [&](std::size_t body) {
    return fmt::format(R"({{"QueueUrl":"q","MessageBody":"{}","MessageAttributes":
        {{"ab":{{"DataType":"String","StringValue":"cd"}}}}}})",
                       std::string(body, 'x'));
  };
  Ok("SendMessage", send(1048576 - 10));
  EXPECT_EQ(Error("SendMessage", send(1048576 - 9)),
            "400 com.amazon.coral.service#InvalidParameterValueException|InvalidParameterValue;"
            "Sender|One or more parameters are invalid. Reason: Message must be shorter than "
            "1048576 bytes.");
  EXPECT_EQ(Error("SendMessageBatch", fmt::format(R"({{"QueueUrl":"q","Entries":[
      {{"Id":"a","MessageBody":"{}"}},{{"Id":"b","MessageBody":"x"}}]}})",
                                                  std::string(1048576, 'x'))),
            "400 com.amazonaws.sqs#BatchRequestTooLong|AWS.SimpleQueueService.BatchRequestTooLong;"
            "Sender|Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 "
            "bytes.");
}

TEST_F(ApiTest, FifoQueuesAnswerWithSequenceNumbers) {
  Ok("CreateQueue", R"({"QueueName":"a.fifo","Attributes":{"FifoQueue":"true",
     "ContentBasedDeduplication":"true"}})");
  const std::string send =
      R"({"QueueUrl":"a.fifo","MessageBody":"x","MessageGroupId":"g","DelaySeconds":0})";
  const std::string sent = Ok("SendMessage", send);
  EXPECT_THAT(Field(sent, "SequenceNumber"),
              AllOf(MatchesRegex("1[0-9]{19}"), Not(HasSubstr("000000000000"))));
  EXPECT_EQ(Ok("SendMessage", send), sent) << "sent already";
  const std::string batch = Ok("SendMessageBatch", R"({"QueueUrl":"a.fifo","Entries":[
    {"Id":"0","MessageBody":"x","MessageGroupId":"g"},
    {"Id":"1","MessageBody":"","MessageGroupId":"g"},
    {"Id":"2","MessageBody":"y","MessageGroupId":"g","MessageDeduplicationId":"d"}]})");
  EXPECT_THAT(batch, AllOf(HasSubstr(R"({"Id":"0","MessageId":")" + Field(sent, "MessageId")),
                           HasSubstr(R"("Failed":[{"Id":"1")"), HasSubstr(R"({"Id":"2")")));
  const std::string got = Ok("ReceiveMessage", R"({"QueueUrl":"a.fifo","AttributeNames":["All"],
    "MaxNumberOfMessages":10,"ReceiveRequestAttemptId":"one"})");
  EXPECT_EQ(Field(got, "SequenceNumber"), Field(sent, "SequenceNumber"));
  EXPECT_EQ(Field(got, "MessageGroupId"), "g");
  EXPECT_EQ(Field(got, "MessageDeduplicationId"),
            "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")
      << "the SHA-256 of the body";
  EXPECT_THAT(got, HasSubstr(R"("MessageDeduplicationId":"d")"));
  EXPECT_EQ(Ok("ReceiveMessage", R"({"QueueUrl":"a.fifo","AttributeNames":["All"],
    "ReceiveRequestAttemptId":"one"})"),
            got);
}

}  // namespace
}  // namespace bauta::queue
