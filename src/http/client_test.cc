#include "http/client.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <map>
#include <string_view>

#include "fakes/canned_http_server.h"

namespace bauta::http {
namespace {

// Where names below example.com are: nowhere unless a test says so.
std::atomic<const char*> example_com = nullptr;
std::atomic<int> look_ups = 0;

}  // namespace
}  // namespace bauta::http

// Takes the place of libc's for libcurl too.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  using bauta::http::example_com;
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node == nullptr || !std::string_view(node).ends_with(".example.com")) {
    return real(node, service, hints, result);
  }
  ++bauta::http::look_ups;
  const char* const address = example_com;
  return address == nullptr ? EAI_NONAME : real(address, service, hints, result);
}

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

Client Opened(Client::Options options = {}) {
  auto client = Client::Open(std::move(options));
  if (!client.ok()) std::abort();
  return std::move(*client);
}

// As `ulimit -n` would have it: a loop that waits for no descriptor would take a core for ever.
TEST(Client, CannotBeWithoutFileDescriptors) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const int next = dup(0);
  close(next);
  for (const int room : {0, 1}) {  // Of the two that it wants.
    const rlimit low{static_cast<rlim_t>(next + room), before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    const auto client = Client::Open({});
    setrlimit(RLIMIT_NOFILE, &before);
    ASSERT_FALSE(client.ok()) << room;
    EXPECT_EQ(client.error().code, ErrorCode::kConfig);
    EXPECT_NE(client.error().message.find("Too many open files"), std::string::npos);
    EXPECT_NE(client.error().hint.find("ulimit -n"), std::string::npos);
  }
  const int again = dup(0);
  close(again);
  EXPECT_EQ(again, next) << "what was opened is closed";
}

TEST(Client, SendsWhatItIsGivenAndNoExpectHeader) {
  const CannedHttpServer server(
      {CannedHttpServer::Response("200 OK", "hello",
                                  "Date: Sat, 21 Nov 2026 07:00:00 GMT\r\n"
                                  "X-Amzn-Query-Error: A;Sender\r\n")});
  Client client = Opened();
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
  Client client = Opened();
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
  Client client = Opened();
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
  Client client = Opened();
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
  Client client = Opened();
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
  Client client = Opened(options);
  EXPECT_EQ(Fetch(client, To(server.url())).error().code, ErrorCode::kRetryable);
  EXPECT_EQ(Fetch(client, To("file:///etc/hostname")).error().code, ErrorCode::kConfig);
}

// Those variables and no other of a proxy, for as long as it lives.
class ProxyVariables {
 public:
  explicit ProxyVariables(const std::map<std::string, std::string>& set) {
    Clear();
    for (const auto& [name, value] : set) setenv(name.c_str(), value.c_str(), 1);
  }
  ~ProxyVariables() { Clear(); }

 private:
  static void Clear() {
    for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
                             "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
      unsetenv(name);
    }
  }
};

TEST(Client, GoesThroughTheProxyOfTheEnvironment) {
  const std::string plain = "http://sqs.example.com/q", tls = "https://sqs.example.com/q";
  const std::string asked = "POST http://sqs.example.com/q HTTP/1.1\r\n";
  const std::string tunnel = "CONNECT sqs.example.com:443 HTTP/1.1\r\n";
  const struct {
    const char *variable, *no_proxy;
    std::string url, first_line;  // Empty: the proxy is not asked.
  } kCases[] = {
      {"http_proxy", "", plain, asked},
      {"HTTP_PROXY", "", plain, asked},
      {"all_proxy", "", plain, asked},
      {"ALL_PROXY", "", plain, asked},
      {"https_proxy", "", plain, ""},
      {"https_proxy", "", tls, tunnel},
      {"HTTPS_PROXY", "", tls, tunnel},
      {"ALL_PROXY", "", tls, tunnel},
      {"HTTP_PROXY", "", tls, ""},
      {"HTTP_PROXY", "other.example,.example.com", plain, ""},
      {"HTTPS_PROXY", "sqs.example.com", tls, ""},
      {"HTTPS_PROXY", "*", tls, ""},
  };
  for (const auto& c : kCases) {
    for (const char* none : {"no_proxy", "NO_PROXY"}) {
      const CannedHttpServer proxy({CannedHttpServer::Response("403 No", "")}, true);
      const ProxyVariables set({{c.variable, proxy.url()}, {none, c.no_proxy}});
      Client client = Opened();
      const auto got = Fetch(client, To(c.url));
      const auto seen = proxy.requests();
      ASSERT_EQ(seen.size(), c.first_line.empty() ? 0u : 1u) << c.variable << none << c.no_proxy;
      if (!seen.empty()) {
        EXPECT_TRUE(seen[0].starts_with(c.first_line)) << seen[0];
      }
      // A tunnel that is refused is no answer.
      if (c.first_line != asked) {
        EXPECT_EQ(got.error().code, ErrorCode::kRetryable) << c.variable;
      }
    }
  }
}

TEST(Client, AsksNoProxyForLoopback) {
  const CannedHttpServer proxy({}), server({CannedHttpServer::Response("200 OK", "")});
  const ProxyVariables set({{"HTTP_PROXY", proxy.url()}, {"http_proxy", proxy.url()}});
  Client client = Opened();
  EXPECT_TRUE(Fetch(client, To(server.url())).ok());
  EXPECT_TRUE(proxy.requests().empty());
}

// A failover: the address behind the name changes.
TEST(Client, ADeadConnectionMakesForANewLookUp) {
  const std::string ok = CannedHttpServer::Response("200 OK", "");
  auto old = std::make_unique<CannedHttpServer>(std::vector<std::string>{ok, ok});
  const std::string url = "http://queue.example.com:" + std::to_string(old->port());
  example_com = "127.0.0.1";
  Client client = Opened({.dns_cache = std::chrono::seconds(0)});
  const int before = look_ups;
  ASSERT_TRUE(Fetch(client, To(url)).ok());
  ASSERT_TRUE(Fetch(client, To(url)).ok());
  EXPECT_EQ(look_ups, before + 1);  // The connection is kept.
  const CannedHttpServer next({ok}, false, "127.0.0.2", old->port());
  old.reset();
  example_com = "127.0.0.2";
  EXPECT_TRUE(Fetch(client, To(url)).ok());
  EXPECT_EQ(next.requests().size(), 1u);
  example_com = nullptr;
}

TEST(Client, LeavesAnAddressThatStillAnswersButIsNoLongerTheNames) {
  const std::vector<std::string> answers(1000, CannedHttpServer::Response("200 OK", ""));
  const CannedHttpServer old(answers);
  const CannedHttpServer next(answers, false, "127.0.0.2", old.port());
  const std::string url = "http://queue.example.com:" + std::to_string(old.port());
  Client client =
      Opened({.dns_cache = std::chrono::seconds(0), .connection_life = std::chrono::seconds(1)});
  example_com = "127.0.0.1";
  ASSERT_TRUE(Fetch(client, To(url)).ok());
  example_com = "127.0.0.2";
  for (int tries = 0; tries < 900 && next.requests().empty(); ++tries) {
    std::promise<void> pause;
    client.After(milliseconds(20), [&] { pause.set_value(); });
    pause.get_future().get();
    ASSERT_TRUE(Fetch(client, To(url)).ok());
  }
  EXPECT_EQ(next.requests().size(), 1u);
  example_com = nullptr;
}

// One that takes connections and says nothing costs the time for connecting, not that for an
// answer.
TEST(Client, ConnectingHasATimeOfItsOwn) {
  const CannedHttpServer silent({});
  Client client = Opened({.connect_timeout = milliseconds(50)});
  ClientRequest request = To("https" + silent.url().substr(4));
  request.timeout = std::chrono::minutes(10);
  const auto response = Fetch(client, std::move(request));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().trouble, Trouble::kTimeout);
}

TEST(Client, SaysWhatNamesTheCertificatesThatAreNotThere) {
  const CannedHttpServer server({});
  Client client = Opened({.ca_file = "/nonexistent/ca.pem"});
  const auto response = Fetch(client, To("https" + server.url().substr(4)));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kConfig);
  EXPECT_NE(response.error().hint.find("AWS_CA_BUNDLE"), std::string::npos);
}

TEST(Client, AStalledAnswerTimesOut) {
  const CannedHttpServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"});
  Client client = Opened();
  ClientRequest request = To(server.url());
  request.timeout = milliseconds(50);
  EXPECT_EQ(Fetch(client, std::move(request)).error().code, ErrorCode::kRetryable);
}

TEST(Client, RunsTimersInOrderAndPostsFromItsOwnThread) {
  Client client = Opened();
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
  Client client = Opened();
  client.Send(To(server.url()), [](Result<ClientResponse>) { FAIL(); });
}

}  // namespace
}  // namespace bauta::http
