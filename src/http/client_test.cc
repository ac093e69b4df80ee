#include "http/client.h"

#include <gtest/gtest.h>

#include <future>

#include "fakes/canned_http_server.h"

namespace bauta::http {
namespace {

using fakes::CannedHttpServer;
using std::chrono::milliseconds;

Result<ClientResponse> Fetch(Client& client, ClientRequest request) {
  std::promise<Result<ClientResponse>> promise;
  client.Send(std::move(request),
              [&](Result<ClientResponse> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

ClientRequest To(const std::string& url) {
  ClientRequest request;
  request.url = url;
  return request;
}

TEST(Client, SendsWhatItIsGivenAndNoExpectHeader) {
  const CannedHttpServer server(
      {CannedHttpServer::Response("200 OK", "hello",
                                  "Date: Sat, 21 Nov 2026 07:00:00 GMT\r\n"
                                  "X-Amzn-Query-Error: A;Sender\r\n")});
  Client client({});
  ClientRequest request = To(server.url() + "/path");
  request.headers = {"X-Mine: 1"};
  request.body = std::string(2 << 20, 'x');
  const auto response = Fetch(client, std::move(request));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->amzn_query_error, "A;Sender");
  EXPECT_TRUE(ParseDate(response->date));
  const std::string sent = server.requests().at(0);
  EXPECT_TRUE(sent.starts_with("POST /path HTTP/1.1\r\n"));
  EXPECT_NE(sent.find("X-Mine: 1\r\n"), std::string::npos);
  EXPECT_EQ(sent.find("Expect:"), std::string::npos);
}

TEST(Client, TheSameHandleServesAgain) {
  const std::string ok = CannedHttpServer::Response("200 OK", "x");
  const CannedHttpServer server({ok, ok});
  Client client({});
  ClientRequest post = To(server.url() + "/1");
  post.body = "body";
  ASSERT_TRUE(Fetch(client, std::move(post)).ok());
  ASSERT_TRUE(Fetch(client, To(server.url() + "/2")).ok());
  EXPECT_TRUE(server.requests().at(0).starts_with("POST /1 "));
  EXPECT_TRUE(server.requests().at(0).ends_with("\r\n\r\nbody"));
  EXPECT_TRUE(server.requests().at(1).starts_with("POST /2 "));
  EXPECT_TRUE(server.requests().at(1).ends_with("\r\n\r\n"));
}

TEST(Client, GetsAndPutsWithTheSameHandleToo) {
  const std::string ok = CannedHttpServer::Response("200 OK", "x");
  const CannedHttpServer server({ok, ok, ok, ok});
  Client client({});
  struct Case {
    Method method;
    std::string body, line, rest;
  };
  const std::vector<Case> cases = {
      {Method::kPost, "b", "POST /0 HTTP/1.1\r\n", "Content-Length: 1\r\n"},
      {Method::kPut, "", "PUT /1 HTTP/1.1\r\n", "Content-Length: 0\r\n"},
      {Method::kGet, "", "GET /2 HTTP/1.1\r\n", "Host: "},
      {Method::kPost, "b", "POST /3 HTTP/1.1\r\n", "Content-Length: 1\r\n"}};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ClientRequest request = To(server.url() + "/" + std::to_string(i));
    request.method = cases[i].method;
    request.body = cases[i].body;
    ASSERT_TRUE(Fetch(client, std::move(request)).ok()) << i;
    const std::string sent = server.requests().at(i);
    EXPECT_TRUE(sent.starts_with(cases[i].line)) << sent;
    EXPECT_NE(sent.find(cases[i].rest), std::string::npos) << sent;
    EXPECT_TRUE(sent.ends_with("\r\n\r\n" + cases[i].body)) << sent;
  }
  EXPECT_EQ(server.requests().at(2).find("Content-"), std::string::npos);
}

TEST(Client, DoesNotFollowRedirects) {
  const CannedHttpServer server(
      {CannedHttpServer::Response("302 Found", "", "Location: http://192.0.2.1/\r\n")});
  Client client({});
  const auto response = Fetch(client, To(server.url()));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->location, "http://192.0.2.1/");
}

TEST(Client, NoAnswerIsRetryableAndSaysNoMoreThanTheHost) {
  std::string url;
  {
    const CannedHttpServer gone({});
    url = gone.url();
  }
  Client client({});
  const auto response = Fetch(client, To(url + "/?secret=1"));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kRetryable);
  EXPECT_EQ(response.error().message.find("secret"), std::string::npos);
  EXPECT_NE(response.error().message.find("127.0.0.1"), std::string::npos);
}

TEST(Client, RefusesWhatIsTooLongAndWhatIsNoUrl) {
  const CannedHttpServer server({CannedHttpServer::Response("200 OK", std::string(2000, 'x'))});
  Client::Options options;
  options.max_response = 1000;
  Client client(options);
  EXPECT_EQ(Fetch(client, To(server.url())).error().code, ErrorCode::kRetryable);
  EXPECT_EQ(Fetch(client, To("file:///etc/hostname")).error().code, ErrorCode::kConfig);
}

TEST(Client, AStalledAnswerTimesOut) {
  const CannedHttpServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"});
  Client client({});
  ClientRequest request = To(server.url());
  request.timeout = milliseconds(50);
  EXPECT_EQ(Fetch(client, std::move(request)).error().code, ErrorCode::kRetryable);
}

TEST(Client, RunsTimersInOrderAndPostsFromItsOwnThread) {
  Client client({});
  std::promise<std::string> promise;
  std::string order;
  client.After(milliseconds(20), [&] {
    order += 'b';
    client.Post([&] { promise.set_value(order); });
  });
  client.After(milliseconds(1), [&] { order += 'a'; });
  EXPECT_EQ(promise.get_future().get(), "ab");
}

TEST(Client, MayBeDestroyedWithRequestsInFlight) {
  const CannedHttpServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"});
  Client client({});
  client.Send(To(server.url()), [](Result<ClientResponse>) { FAIL(); });
}

}  // namespace
}  // namespace bauta::http
