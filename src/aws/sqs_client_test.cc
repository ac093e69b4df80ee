#include "aws/sqs_client.h"

#include <gtest/gtest.h>

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

TEST(SqsClient, AnAnswerThatIsNoneIsTriedAgainLater) {
  const CannedHttpServer server({CannedHttpServer::Response("200 OK", "<html>")});
  const auto client = ClientOf(server);
  EXPECT_EQ(ReceiveFrom(*client).error().code, ErrorCode::kRetryable);
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

}  // namespace
}  // namespace bauta::aws
