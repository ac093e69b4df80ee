// When an answer goes out if what changes is kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "fakes/fake_clock.h"
#include "fakes/fake_journal.h"
#include "queue/api.h"

namespace bauta::queue {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ApiDurableTest : public testing::Test {
 protected:
  ApiDurableTest() {
    auto journal = std::make_unique<fakes::FakeJournal>();
    journal_ = journal.get();
    journal_->may_end.release(1'000);
    EXPECT_TRUE(store_.Keep(std::move(journal)).ok());
    EXPECT_TRUE(store_.Create({origin_.account, origin_.region, "q"}, {}, {}).ok());
    Write();
  }
  // What has changed so far; or tries to.
  void Write() {
    std::stop_source stop;
    stop.request_stop();
    store_.Record(stop.get_token());
  }
  using Answer = std::shared_ptr<std::optional<Api::Answer>>;
  Answer Ask(const Api::Incoming& incoming) {
    auto answer = std::make_shared<std::optional<Api::Answer>>();
    api_.Handle(incoming, origin_, [answer](Api::Answer a) { *answer = std::move(a); });
    return answer;
  }
  Answer Call(const std::string& call, const std::string& body) {
    const std::string operation = "AmazonSQS." + call;
    return Ask({.operation = operation, .body = body});
  }
  Answer Send() { return Call("SendMessage", R"({"QueueUrl":"q","MessageBody":"a"})"); }

  fakes::FakeClock clock_;
  fakes::FakeJournal* journal_ = nullptr;
  Store store_{{}, clock_};
  Api api_{store_};
  Origin origin_{.account = "000000000000",
                 .region = "us-east-1",
                 .base_url = "http://localhost:4566",
                 .path = "/"};
};

TEST_F(ApiDurableTest, WaitsForItsChange) {
  const std::pair<std::string, std::string> calls[] = {
      {"SendMessage", R"({"QueueUrl":"q","MessageBody":"a"})"},
      {"ReceiveMessage", R"({"QueueUrl":"q","VisibilityTimeout":0})"},
      {"CreateQueue", R"({"QueueName":"p"})"},
      {"SetQueueAttributes", R"({"QueueUrl":"q","Attributes":{"DelaySeconds":"0"}})"},
      {"TagQueue", R"({"QueueUrl":"q","Tags":{"a":"b"}})"},
      {"UntagQueue", R"({"QueueUrl":"q","TagKeys":["a"]})"},
      {"AddPermission",
       R"({"QueueUrl":"q","Label":"l","AWSAccountIds":["111111111111"],"Actions":["SendMessage"]})"},
      {"RemovePermission", R"({"QueueUrl":"q","Label":"l"})"},
      {"PurgeQueue", R"({"QueueUrl":"q"})"},
      {"DeleteQueue", R"({"QueueUrl":"q"})"},
  };
  for (const auto& [call, body] : calls) {
    SCOPED_TRACE(call);
    const Answer answer = Call(call, body);
    EXPECT_FALSE(answer->has_value());
    Write();
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->status, 200) << (*answer)->body;
  }
}

TEST_F(ApiDurableTest, AHandleAndItsUseWaitToo) {
  Send();
  Write();
  const Answer received = Call("ReceiveMessage", R"({"QueueUrl":"q"})");
  Write();
  const std::string& text = received->value().body;
  const std::size_t at = text.find("AQEB");
  const std::string handle = text.substr(at, text.find('"', at) - at);
  for (const std::string call : {"ChangeMessageVisibility", "DeleteMessage"}) {
    SCOPED_TRACE(call);
    const Answer answer =
        Call(call, R"({"QueueUrl":"q","VisibilityTimeout":9,"ReceiptHandle":")" + handle + "\"}");
    EXPECT_FALSE(answer->has_value());
    Write();
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->status, 200) << (*answer)->body;
  }
}

TEST_F(ApiDurableTest, ALongPollWaitsForWhatEndsIt) {
  const Answer poll = Call("ReceiveMessage", R"({"QueueUrl":"q","WaitTimeSeconds":20})");
  Write();
  EXPECT_FALSE(poll->has_value());
  Send();
  EXPECT_FALSE(poll->has_value());
  Write();
  ASSERT_TRUE(poll->has_value());
  EXPECT_THAT((*poll)->body, HasSubstr(R"("Body":"a")"));
}

TEST_F(ApiDurableTest, WaitsForNothingIfNothingChanged) {
  EXPECT_TRUE(Call("GetQueueUrl", R"({"QueueName":"q"})")->has_value());
  EXPECT_TRUE(Call("ReceiveMessage", R"({"QueueUrl":"q"})")->has_value());
  EXPECT_TRUE(Call("SendMessage", R"({"QueueUrl":"none","MessageBody":"a"})")->has_value());
}

TEST_F(ApiDurableTest, IsARefusalInEveryFormIfItCannotBeWritten) {
  journal_->failures = 1'000;
  const struct {
    Api::Incoming incoming;
    std::string start;
  } cases[] = {
      {{.operation = "AmazonSQS.SendMessage", .body = R"({"QueueUrl":"q","MessageBody":"secret"})"},
       R"({"__type":"com.amazon.coral.service#ServiceUnavailable","message":"The request has f)"},
      {{.body = "Action=SendMessage&QueueUrl=q&MessageBody=secret"}, "<ErrorResponse "},
      {{.accept = "application/json", .body = "Action=SendMessage&QueueUrl=q&MessageBody=secret"},
       R"({"Error":{"Code":"ServiceUnavailable",)"},
  };
  std::vector<Answer> answers;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.start);
    answers.push_back(Ask(c.incoming));
    EXPECT_FALSE(answers.back()->has_value());
  }
  Write();
  for (const auto& c : cases) {  // Once more, now that it is known.
    SCOPED_TRACE(c.start);
    answers.push_back(Ask(c.incoming));
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i]->has_value()) << i;
    const Api::Answer& answer = **answers[i];
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, StartsWith(cases[i % 3].start));
    EXPECT_THAT(answer.body, HasSubstr("ServiceUnavailable"));
    EXPECT_EQ(answer.query_error, i % 3 == 0 ? "ServiceUnavailable;Receiver" : "");
  }
  EXPECT_EQ(store_.GetAttributes({origin_.account, origin_.region, "q"})
                .value()
                .at("ApproximateNumberOfMessages"),
            "3")
      << "those that came later were refused before they did anything";

  journal_->failures = 0;
  Write();
  EXPECT_EQ(Call("GetQueueUrl", R"({"QueueName":"q"})")->value().status, 200);
}

}  // namespace
}  // namespace bauta::queue
