#include "aws/sqs_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "fakes/canned_http_server.h"

namespace bauta::aws {
namespace {

using fakes::CannedHttpServer;

std::unique_ptr<SqsClient> ClientOf(const CannedHttpServer& server) {
  const Environment nothing{[](const std::string&) { return std::nullopt; },
                            [](const std::string&) { return std::nullopt; }};
  auto client = SqsClient::Open({"q", {}, server.url()}, nothing);
  return client.ok() ? std::move(*client) : nullptr;
}

Result<std::vector<Received>> ReceiveFrom(SqsClient& client) {
  return Await<std::vector<Received>>([&](Done<std::vector<Received>> done) {
    client.ReceiveMessage("http://queue.example.com/1/q", {}, std::move(done));
  });
}

TEST(SqsClient, PostsToTheEndpointWhateverTheQueueUrlSays) {
  const CannedHttpServer server({CannedHttpServer::Response("200 OK", "{}")});
  const auto client = ClientOf(server);
  const auto got = ReceiveFrom(*client);
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_TRUE(got->empty());
  const std::string sent = server.requests().at(0);
  for (const char* part :
       {"POST / HTTP/1.1\r\n", "Authorization: AWS4-HMAC-SHA256 Credential=test/",
        "/us-east-1/sqs/aws4_request", "x-amz-target: AmazonSQS.ReceiveMessage\r\n",
        "content-type: application/x-amz-json-1.0\r\n",
        "{\"QueueUrl\":\"http://queue.example.com/1/q\",\"MaxNumberOfMessages\":10,"
        "\"WaitTimeSeconds\":20,",
        "\"MessageSystemAttributeNames\":[\"SentTimestamp\""}) {
    EXPECT_NE(sent.find(part), std::string::npos) << part;
  }
}

TEST(SqsClient, TriesALookUpAgainButAReceiveOnce) {
  const std::string busy = CannedHttpServer::Response("503 Busy", "");
  const CannedHttpServer server(
      {busy, CannedHttpServer::Response("200 OK", "{\"QueueUrl\":\"http://h/1/q\"}"), busy});
  const auto client = ClientOf(server);
  EXPECT_EQ(*client->FindQueue("q"), "http://h/1/q");
  EXPECT_EQ(ReceiveFrom(*client).error().code, ErrorCode::kRetryable);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(SqsClient, SaysWhereAMissingQueueWasLookedFor) {
  const CannedHttpServer server({CannedHttpServer::Response(
      "400 Bad Request", R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"m"})")});
  const auto client = ClientOf(server);
  const auto url = client->FindQueue("logins");
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().code, ErrorCode::kConfig);
  EXPECT_NE(url.error().message.find("'logins'"), std::string::npos);
  EXPECT_NE(url.error().message.find(server.url()), std::string::npos);
}

TEST(SqsClient, SignsWithTheServersClockWhenOursIsOff) {
  const CannedHttpServer server(
      {CannedHttpServer::Response("403 Forbidden", R"({"__type":"x#InvalidSignatureException"})",
                                  "Date: Fri, 01 Jan 2021 12:30:30 GMT\r\n"),
       CannedHttpServer::Response("200 OK", "{\"QueueUrl\":\"http://h/1/q\"}")});
  const auto client = ClientOf(server);
  ASSERT_TRUE(client->FindQueue("q").ok());
  EXPECT_NE(server.requests().at(1).find("x-amz-date: 20210101T1230"), std::string::npos);
}

TEST(SqsClient, TheClockIsCorrectedForAllThatWasUnderWay) {
  // It serves one connection after the other.
  const std::string skewed =
      CannedHttpServer::Response("403 Forbidden", R"({"__type":"x#RequestExpired"})",
                                 "Date: Fri, 01 Jan 2021 12:30:30 GMT\r\nConnection: close\r\n");
  const std::string url = CannedHttpServer::Response("200 OK", "{\"QueueUrl\":\"http://h/1/q\"}",
                                                     "Connection: close\r\n");
  const CannedHttpServer server({skewed, skewed, url, url});
  const auto client = ClientOf(server);
  std::promise<void> both;
  std::atomic<int> good = 0, ended = 0;
  const auto look_up = [&] {
    client->GetQueueUrl("q", [&](const Result<std::string>& got) {
      if (got.ok()) ++good;
      if (++ended == 2) both.set_value();
    });
  };
  // On the client's thread, so that both are signed before an answer is read.
  client->After(std::chrono::milliseconds(0), [&] { look_up(), look_up(); });
  both.get_future().get();
  EXPECT_EQ(good, 2);
}

TEST(SqsClient, AnAnswerThatIsNoneIsTriedAgainLater) {
  const CannedHttpServer server({CannedHttpServer::Response("200 OK", "<html>")});
  const auto client = ClientOf(server);
  EXPECT_EQ(ReceiveFrom(*client).error().code, ErrorCode::kRetryable);
}

// Each is met by one call, and the next gets its answer.
TEST(SqsClient, AServerThatMisbehavesIsAskedAgainLater) {
  const struct {
    const char* what;
    std::string answer;
    Trouble trouble;
  } kCases[] = {
      {"nothing", "", Trouble::kFault},
      {"not HTTP", "SSH-2.0-OpenSSH\r\n\r\n", Trouble::kFault},
      {"cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{",
       Trouble::kFault},
      {"half a JSON", CannedHttpServer::Response("200 OK", R"({"Messages":[{"MessageId":"1")"),
       Trouble::kFault},
      {"a page", CannedHttpServer::Response("200 OK", "<html>log in</html>"), Trouble::kFault},
      {"bytes", CannedHttpServer::Response("200 OK", std::string("\xff\0\x01", 3)),
       Trouble::kFault},
      {"a list", CannedHttpServer::Response("200 OK", "[]"), Trouble::kFault},
      {"500", CannedHttpServer::Response("500 Oops", "<html></html>"), Trouble::kFault},
      {"throttled in the query header alone",
       CannedHttpServer::Response("400 Bad Request", "{}",
                                  "x-amzn-query-error: RequestThrottled;Sender\r\n"),
       Trouble::kThrottled},
      {"429", CannedHttpServer::Response("429 Too Many Requests", ""), Trouble::kThrottled},
      {"504", CannedHttpServer::Response("504 Gateway Timeout", ""), Trouble::kTimeout},
  };
  for (const auto& c : kCases) {
    const CannedHttpServer server({c.answer, CannedHttpServer::Response("200 OK", "{}")}, true);
    const auto client = ClientOf(server);
    const auto got = ReceiveFrom(*client);
    ASSERT_FALSE(got.ok()) << c.what;
    EXPECT_EQ(got.error().code, ErrorCode::kRetryable) << c.what << got.error().message;
    EXPECT_EQ(got.error().trouble, c.trouble) << c.what;
    EXPECT_TRUE(ReceiveFrom(*client).ok()) << c.what;
  }
}

TEST(SqsClient, ARedirectIsRefusedWithTheHostThatItNames) {
  const CannedHttpServer server({CannedHttpServer::Response(
      "307 Temporary Redirect", "", "Location: http://192.0.2.1:99/steal?x=1\r\n")});
  const auto got = ReceiveFrom(*ClientOf(server));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kConfig);
  EXPECT_NE(got.error().message.find("192.0.2.1:99"), std::string::npos) << got.error().message;
  EXPECT_EQ(got.error().message.find("steal"), std::string::npos) << got.error().message;
}

// A captive portal, a proxy that is set up anew: none of these is SQS's own word.
TEST(SqsClient, WhatIsNotSqsIsWaitedForOnceSqsHasAnswered) {
  const std::string good = CannedHttpServer::Response("200 OK", "{}");
  const std::string url = CannedHttpServer::Response("200 OK", "{\"QueueUrl\":\"http://h/1/q\"}");
  const struct {
    const char* status;
    const char* body;
    ErrorCode later;
  } kCases[] = {
      {"302 Found", "", ErrorCode::kRetryable},
      {"401 Unauthorized", "<html></html>", ErrorCode::kRetryable},
      {"403 Forbidden", "<html></html>", ErrorCode::kRetryable},
      {"404 Not Found", "", ErrorCode::kRetryable},
      {"403 Forbidden", R"({"__type":"x#AccessDeniedException"})", ErrorCode::kConfig},
      {"400 Bad Request", R"({"__type":"x#QueueDoesNotExist"})", ErrorCode::kConfig},
      {"400 Bad Request", R"({"__type":"x#InvalidParameterValue"})", ErrorCode::kRejected},
  };
  for (const auto& c : kCases) {
    const std::string bad = CannedHttpServer::Response(c.status, c.body);
    const CannedHttpServer server({url, bad, good, bad, good});
    const auto client = ClientOf(server);
    ASSERT_TRUE(client->FindQueue("q").ok());  // Which is still the start.
    const auto first = ReceiveFrom(*client);
    ASSERT_FALSE(first.ok());
    EXPECT_NE(first.error().code, ErrorCode::kRetryable) << c.status;
    ASSERT_TRUE(ReceiveFrom(*client).ok());
    const auto later = ReceiveFrom(*client);
    ASSERT_FALSE(later.ok());
    EXPECT_EQ(later.error().code, c.later) << c.status << c.body;
    EXPECT_TRUE(ReceiveFrom(*client).ok());
  }
}

TEST(SqsClient, PassesOnWhenTheServerWantsToBeAskedAgain) {
  const CannedHttpServer server(
      {CannedHttpServer::Response("503 Busy", "", "X-Amz-Retry-After: 700\r\n")});
  EXPECT_EQ(ReceiveFrom(*ClientOf(server)).error().retry_after, std::chrono::milliseconds(700));
}

TEST(SqsClient, SaysWhatNamesAnEndpointThatIsNotThere) {
  const CannedHttpServer server({""});
  const auto client = ClientOf(server);
  const auto got = ReceiveFrom(*client);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, ErrorCode::kRetryable);
  EXPECT_NE(got.error().hint.find("AWS_ENDPOINT_URL_SQS"), std::string::npos);
}

TEST(SqsClient, SendsABatchWithItsEntriesNumbered) {
  const CannedHttpServer server({CannedHttpServer::Response(
      "200 OK", R"({"Successful":[{"Id":"0"}],"Failed":[{"Id":"1","Code":"C"}]})")});
  const auto client = ClientOf(server);
  const auto refused = Await<std::vector<Refused>>([&](Done<std::vector<Refused>> done) {
    client->SendMessageBatch("u", {{"a\"b"}, {"c"}}, std::move(done));
  });
  ASSERT_TRUE(refused.ok());
  ASSERT_EQ(refused->size(), 1u);
  EXPECT_EQ(refused->front().entry, 1u);
  EXPECT_TRUE(server.requests().at(0).ends_with(
      R"({"QueueUrl":"u","Entries":[{"Id":"0","MessageBody":"a\"b"},{"Id":"1","MessageBody":"c"}]})"));
}

std::string Xml(const std::string& operation, const std::string& result) {
  return CannedHttpServer::Response("200 OK", '<' + operation + "Response><" + operation +
                                                  "Result>" + result + "</" + operation +
                                                  "Result></" + operation + "Response>");
}

const char* const kMissingAction =
    "<ErrorResponse><Error><Code>MissingAction</Code></Error></ErrorResponse>";

TEST(SqsClient, SwitchesToTheQueryProtocolOnceAndForAll) {
  const CannedHttpServer server(
      {CannedHttpServer::Response("400 Bad Request", kMissingAction),
       Xml("GetQueueUrl", "<QueueUrl>http://h/0/q</QueueUrl>"), Xml("ReceiveMessage", ""),
       Xml("DeleteMessageBatch",
           "<BatchResultErrorEntry><Id>1</Id><Code>C</Code></BatchResultErrorEntry>"
           "<DeleteMessageBatchResultEntry><Id>0</Id></DeleteMessageBatchResultEntry>"),
       CannedHttpServer::Response(
           "400 Bad Request",
           "<ErrorResponse><Error><Code>AWS.SimpleQueueService.NonExistentQueue</Code></Error>"
           "</ErrorResponse>")});
  const auto client = ClientOf(server);
  EXPECT_EQ(*client->FindQueue("q"), "http://h/0/q");
  EXPECT_TRUE(ReceiveFrom(*client).ok());
  const auto refused = Await<std::vector<Refused>>([&](Done<std::vector<Refused>> done) {
    client->DeleteMessageBatch("u", {"a", "b"}, std::move(done));
  });
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->size(), 1u);
  EXPECT_EQ(ReceiveFrom(*client).error().code, ErrorCode::kConfig);

  const std::vector<std::string> sent = server.requests();
  ASSERT_EQ(sent.size(), 5u);
  EXPECT_NE(sent[0].find("x-amz-target: AmazonSQS.GetQueueUrl"), std::string::npos);
  for (std::size_t i = 1; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].find("x-amz-target"), std::string::npos);
    EXPECT_NE(sent[i].find("content-type: application/x-www-form-urlencoded; charset=utf-8\r\n"),
              std::string::npos);
    EXPECT_NE(sent[i].find("SignedHeaders=content-type;host;x-amz-date,"), std::string::npos);
  }
  EXPECT_NE(sent[1].find("\r\n\r\nAction=GetQueueUrl&Version=2012-11-05&QueueName=q"),
            std::string::npos);
  EXPECT_NE(sent[3].find("DeleteMessageBatchRequestEntry.2.ReceiptHandle=b"), std::string::npos);
}

TEST(SqsClient, CallsThatWereUnderWayAtTheSwitchAreSentAgain) {
  const std::string close = "Connection: close\r\n";  // It serves one connection after the other.
  const std::string old = CannedHttpServer::Response("400 Bad Request", kMissingAction, close);
  const std::string empty =
      CannedHttpServer::Response("200 OK", "<ReceiveMessageResponse/>", close);
  const CannedHttpServer server({old, old, empty, empty});
  const auto client = ClientOf(server);
  std::promise<void> both;
  std::atomic<int> good = 0, ended = 0;
  for (int i = 0; i < 2; ++i) {
    client->ReceiveMessage("u", {}, [&](Result<std::vector<Received>> got) {
      if (got.ok()) ++good;
      if (++ended == 2) both.set_value();
    });
  }
  both.get_future().get();
  EXPECT_EQ(good, 2);
  EXPECT_NE(server.requests().at(1).find("x-amz-target"), std::string::npos);
}

// A server that takes the call as JSON and answers in XML has carried it out: once is enough.
TEST(SqsClient, ACallThatWasAnsweredIsNotSentAgain) {
  const CannedHttpServer server(
      {Xml("SendMessageBatch",
           "<SendMessageBatchResultEntry><Id>0</Id></SendMessageBatchResultEntry>"),
       Xml("ReceiveMessage", "")});
  const auto client = ClientOf(server);
  const auto refused = Await<std::vector<Refused>>([&](Done<std::vector<Refused>> done) {
    client->SendMessageBatch("u", {{"a"}}, std::move(done));
  });
  ASSERT_TRUE(refused.ok()) << refused.error().message;
  EXPECT_TRUE(refused->empty());
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(ReceiveFrom(*client).ok());
  EXPECT_EQ(server.requests().at(1).find("x-amz-target"), std::string::npos);
}

TEST(SqsClient, AHeartbeatThatHangsLeavesTimeForOthers) {
  const CannedHttpServer server({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"});
  const auto client = ClientOf(server);
  const auto start = std::chrono::steady_clock::now();
  const auto refused = Await<std::vector<Refused>>([&](Done<std::vector<Refused>> done) {
    client->ChangeMessageVisibilityBatch("u", {{"r", std::chrono::seconds(4)}}, std::move(done));
  });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kRetryable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));
}

TEST(SqsClient, NeitherAPageNorAnOutageMakesItSwitch) {
  const CannedHttpServer server(
      {CannedHttpServer::Response("502 Bad Gateway", "<html><body>no</body></html>"),
       CannedHttpServer::Response(
           "503 Busy", "<ErrorResponse><Error><Code>SlowDown</Code></Error></ErrorResponse>"),
       CannedHttpServer::Response("200 OK", "<html></html>"),
       CannedHttpServer::Response("200 OK", "{}")});
  const auto client = ClientOf(server);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ReceiveFrom(*client).error().code, ErrorCode::kRetryable) << i;
  }
  EXPECT_TRUE(ReceiveFrom(*client).ok());
  EXPECT_NE(server.requests().at(3).find("x-amz-target"), std::string::npos);
}

}  // namespace
}  // namespace bauta::aws
