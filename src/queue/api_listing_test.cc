// Looking at messages without receiving them.
#include "fakes/api_fixture.h"

namespace bauta::queue {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ApiListingTest : public fakes::ApiFixture {
 protected:
  Api::Answer Get(const std::string& rest, const std::string& accept = "application/json") {
    const std::string target = "/_aws/sqs/messages" + rest;
    EXPECT_TRUE(Api::IsListing(target));
    return api_.List({.target = target, .accept = accept}, origin_);
  }
  void Send(const std::string& more) { Ok("SendMessage", R"({"QueueUrl":"q",)" + more + "}"); }
};

TEST_F(ApiListingTest, ListsAsLocalStackDoes) {
  Send(R"("MessageBody":"a","MessageAttributes":{"k":{"DataType":"String","StringValue":"v"}})");
  const std::string one = Get("?QueueUrl=q").body;
  EXPECT_THAT(one, AllOf(HasSubstr(R"({"ReceiveMessageResponse":{"ReceiveMessageResult":)"
                                   R"({"Message":{"MessageId":")"),
                         HasSubstr(R"("Body":"a","Attribute":[{"Name":)"),
                         HasSubstr(R"({"Name":"ApproximateReceiveCount","Value":"0"})"),
                         HasSubstr(R"("MessageAttribute":{"Name":"k","Value":{"DataType":)"
                                   R"("String","StringValue":"v"}}})"),
                         HasSubstr(R"(},"ResponseMetadata":{"RequestId":")")));
  Send(R"("MessageBody":"b")");
  EXPECT_THAT(Get("?QueueUrl=q").body, HasSubstr(R"("ReceiveMessageResult":{"Message":[{)"));
  EXPECT_THAT(Get("?QueueUrl=q", "").body, HasSubstr("<Body>a</Body>"));
}

TEST_F(ApiListingTest, ListsWhatIsNotVisibleIfAsked) {
  Send(R"("MessageBody":"taken")");
  Ok("ReceiveMessage", R"({"QueueUrl":"q"})");
  Send(R"("MessageBody":"later","DelaySeconds":9)");
  const struct {
    std::string query;
    bool taken, later;
  } cases[] = {{"", false, false},
               {"&ShowInvisible=true", true, false},
               {"&ShowInvisible=False&ShowDelayed=1", false, true},
               {"&ShowDelayed=True&ShowInvisible=", false, true},
               {"&XShowDelayed=true", false, false}};
  for (const auto& c : cases) {
    const std::string body = Get("?QueueUrl=q" + c.query).body;
    EXPECT_EQ(body.find("taken") != std::string::npos, c.taken) << c.query;
    EXPECT_EQ(body.find("later") != std::string::npos, c.later) << c.query;
  }
  EXPECT_THAT(Get("?QueueUrl=q&ShowInvisible=true").body,
              AllOf(HasSubstr(R"({"Name":"IsDelayed","Value":"false"})"),
                    HasSubstr(R"({"Name":"IsVisible","Value":"false"})")));
  EXPECT_THAT(Get("?QueueUrl=q&ShowDelayed=true").body,
              HasSubstr(R"({"Name":"IsDelayed","Value":"true"})"));
  EXPECT_THAT(Ok("ReceiveMessage", R"({"QueueUrl":"q","AttributeNames":["All"]})"),
              Not(HasSubstr("IsVisible")));
}

TEST_F(ApiListingTest, WhatWaitsForItsGroupIsNotVisible) {
  Ok("CreateQueue", R"({"QueueName":"a.fifo","Attributes":{"FifoQueue":"True",
     "ContentBasedDeduplication":"True"}})");
  for (const std::string body : {"a1", "a2", "b1"}) {
    Ok("SendMessage", R"({"QueueUrl":"a.fifo","MessageBody":")" + body + R"(","MessageGroupId":")" +
                          body.substr(0, 1) + R"("})");
  }
  EXPECT_THAT(Get("?QueueUrl=a.fifo").body, AllOf(HasSubstr("\"a1\""), HasSubstr("\"a2\"")));
  Ok("ReceiveMessage", R"({"QueueUrl":"a.fifo"})");
  EXPECT_THAT(Get("?QueueUrl=a.fifo").body,
              AllOf(Not(HasSubstr("\"a1\"")), Not(HasSubstr("\"a2\"")), HasSubstr("\"b1\"")));
  EXPECT_THAT(Get("?QueueUrl=a.fifo&ShowInvisible=1").body, HasSubstr("\"a2\""));
}

TEST_F(ApiListingTest, FindsTheQueueInThePathAndRefusesTheRest) {
  Send(R"("MessageBody":"a")");
  EXPECT_THAT(Get("/us-east-1/000000000000/q").body, HasSubstr("\"a\""));
  const std::string gone = "AWS.SimpleQueueService.NonExistentQueue";
  const struct {
    std::string rest;
    int status;
    std::string code;
  } cases[] = {{"/us-east-2/000000000000/q", 400, gone},
               {"/us-east-1/000000000000/no", 400, gone},
               {"", 400, gone},
               {"?QueueUrl=", 400, gone},
               {"?QueueUrl=http://localhost/000000000000/no", 400, gone},
               {"?QueueUrl=http://localhost/nonsense", 404, "InvalidAddress"},
               {"?Action=SendMessage&QueueUrl=q&MessageBody=x", 400, "InvalidRequest"}};
  for (const auto& c : cases) {
    const Api::Answer answer = Get(c.rest);
    EXPECT_EQ(answer.status, c.status) << c.rest;
    EXPECT_THAT(answer.body, HasSubstr(R"({"ErrorResponse":{"Error":{"Code":")" + c.code + "\""))
        << c.rest;
  }
  EXPECT_FALSE(Api::IsListing("/_aws/sqs/messages-of"));
}

TEST_F(ApiListingTest, ServesAsAClientsEndpoint) {
  Send(R"("MessageBody":"a")");
  const auto post = [&](const char* call) {
    return api_.List({.operation = call,
                      .target = "/_aws/sqs/messages",
                      .body = R"({"QueueUrl":"q","MaxNumberOfMessages":1})"},
                     origin_);
  };
  EXPECT_THAT(post("AmazonSQS.ReceiveMessage").body, HasSubstr(R"({"Messages":[{"MessageId":)"));
  EXPECT_EQ(post("AmazonSQS.SendMessage").query_error, "InvalidRequest;Sender");
  EXPECT_EQ(post("AmazonSQS").status, 400);
}

}  // namespace
}  // namespace bauta::queue
