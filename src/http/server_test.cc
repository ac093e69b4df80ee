#include "http/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <optional>
#include <thread>

namespace bauta::http {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// A client that sends bytes as they are.
class Wire {
 public:
  explicit Wire(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  ~Wire() { Close(); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  // What comes until it ends with `end`, or the server closes.
  std::string ReadUntil(std::string_view end) {
    std::string got;
    char c = 0;
    while (!got.ends_with(end) && recv(fd_, &c, 1, 0) == 1) got += c;
    return got;
  }
  std::string ReadAll() {
    std::string got;
    std::array<char, 65536> chunk;
    ssize_t n = 0;
    while ((n = recv(fd_, chunk.data(), chunk.size(), 0)) > 0) {
      got.append(chunk.data(), static_cast<std::size_t>(n));
    }
    return got;
  }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  // True if the server ends the connection by a reset.
  bool EndsByReset() {
    char c = 0;
    ssize_t n = 0;
    while ((n = recv(fd_, &c, 1, 0)) > 0) {
    }
    return n < 0 && errno == ECONNRESET;
  }
  void CloseSending() { shutdown(fd_, SHUT_WR); }

 private:
  int fd_;
};

std::string Post(std::string_view body, std::string_view more = "") {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + std::string(more) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

void Echo(Server::Request request, Server::Responder responder) {
  responder.Send({.headers = {}, .body = "<" + std::string(request.body()) + ">"});
}

std::unique_ptr<Server> Start(Server::Handler handler, Server::Options options = {}) {
  auto started = Server::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(started.ok());
  return std::move(started).value();
}

TEST(Server, AnswersOnOneConnectionAgainAndAgain) {
  const auto server = Start(Echo);
  Wire wire(server->port());
  for (const std::string body : {"a", "bb", "", "dddd"}) {
    wire.Send(Post(body));
    EXPECT_THAT(wire.ReadUntil(">"),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Connection: keep-alive"),
                      testing::EndsWith("\r\n\r\n<" + body + ">")));
  }
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  std::mutex mutex;
  std::optional<Server::Responder> first;
  std::condition_variable arrived;
  const auto server = Start([&](Server::Request request, Server::Responder responder) {
    if (request.body() != "1") return Echo(std::move(request), std::move(responder));
    const std::lock_guard lock(mutex);
    first = responder;
    arrived.notify_all();
  });
  Wire wire(server->port());
  std::string more;
  for (int i = 2; i <= 2000; ++i) more += Post(std::to_string(i));
  wire.Send(Post("1") + Post("x"));
  {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return first.has_value(); });
  }
  std::jthread sender([&] { wire.Send(more); });
  first->Send({.headers = {}, .body = "<late>"});
  EXPECT_THAT(wire.ReadUntil(">"), HasSubstr("<late>"));
  EXPECT_THAT(wire.ReadUntil(">"), HasSubstr("<x>"));
  for (int i = 2; i <= 2000; ++i) {
    ASSERT_THAT(wire.ReadUntil(">"), HasSubstr("<" + std::to_string(i) + ">"));
  }
}

TEST(Server, TakesARequestInPieces) {
  const auto server = Start(Echo);
  Wire wire(server->port());
  for (const char c : Post("hello")) wire.Send(std::string_view(&c, 1));
  EXPECT_THAT(wire.ReadUntil(">"), HasSubstr("<hello>"));
}

TEST(Server, TakesChunkedAndLargeBodies) {
  const auto server = Start([](Server::Request request, Server::Responder responder) {
    responder.Send({.headers = {}, .body = "<" + std::to_string(request.body().size()) + ">"});
  });
  Wire wire(server->port());
  wire.Send(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_THAT(wire.ReadUntil(">"), HasSubstr("<5>"));
  wire.Send(Post(std::string(12'000'000, 'x')));
  EXPECT_THAT(wire.ReadUntil(">"), HasSubstr("<12000000>"));
}

TEST(Server, SendsLargeAnswersToSlowReaders) {
  const std::string large(8'000'000, 'y');
  const auto server = Start([&](Server::Request, Server::Responder responder) {
    responder.Send({.headers = {}, .body = large});
  });
  Wire wire(server->port());
  wire.Send(Post("", "Connection: close\r\n"));
  EXPECT_GT(wire.ReadAll().size(), large.size());
}

TEST(Server, SaysContinueToThoseWhoExpectIt) {
  const auto server = Start(Echo);
  Wire wire(server->port());
  wire.Send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(wire.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  wire.Send("ok");
  EXPECT_THAT(wire.ReadUntil(">"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("<ok>")));
}

TEST(Server, RefusesWhatIsTooLargeOrNoHttp) {
  const auto server = Start(Echo, {.max_body = 100, .max_header = 1000});
  const struct {
    std::string bytes;
    std::string answer;
  } cases[] = {
      {Post(std::string(101, 'x')), "HTTP/1.1 413 "},
      {"GET / HTTP/1.1\r\nA: " + std::string(2000, 'a') + "\r\n\r\n", "HTTP/1.1 431 "},
      {"nonsense\r\n\r\n", "HTTP/1.1 400 "},
      {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400 "},
  };
  for (const auto& c : cases) {
    Wire wire(server->port());
    wire.Send(c.bytes);
    EXPECT_THAT(wire.ReadAll(), AllOf(StartsWith(c.answer), HasSubstr("Connection: close")));
  }
}

TEST(Server, ClosesWhenAskedAndForHttp10) {
  const auto server = Start(Echo);
  for (const std::string& request :
       {Post("a", "Connection: close\r\n"), std::string("GET / HTTP/1.0\r\n\r\n")}) {
    Wire wire(server->port());
    wire.Send(request);
    EXPECT_THAT(wire.ReadAll(), HasSubstr("Connection: close\r\n\r\n<"));
  }
}

TEST(Server, AnswersWhoClosedOnlyTheSendingHalf) {
  const auto server = Start(Echo);
  Wire wire(server->port());
  wire.Send(Post("half"));
  wire.CloseSending();
  EXPECT_THAT(wire.ReadAll(), HasSubstr("<half>"));
}

TEST(Server, EndsIdleAndSlowConnections) {
  const auto server =
      Start(Echo, {.idle_timeout = milliseconds(50), .request_timeout = milliseconds(50)});
  Wire idle(server->port());
  EXPECT_EQ(idle.ReadAll(), "");
  Wire slow(server->port());
  slow.Send("POST / HTTP/1.1\r\nContent-Le");
  EXPECT_EQ(slow.ReadAll(), "");
}

TEST(Server, AHandlerLearnsThatTheClientIsGone) {
  std::latch arrived(1);
  std::optional<Server::Responder> held;
  const auto server = Start([&](Server::Request, Server::Responder responder) {
    held = responder;
    arrived.count_down();
  });
  Wire wire(server->port());
  wire.Send(Post("poll"));
  arrived.wait();
  EXPECT_FALSE(held->Gone());
  wire.Close();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!held->Gone() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(held->Gone());
  held->Send({});  // Harmless.
}

TEST(Server, AnswersForAHandlerThatForgot) {
  const auto server = Start([](Server::Request, Server::Responder) {});
  Wire wire(server->port());
  wire.Send(Post("", "Connection: close\r\n"));
  EXPECT_THAT(wire.ReadAll(), StartsWith("HTTP/1.1 500 "));
}

TEST(Server, ResetsOnRequest) {
  std::vector<std::jthread> threads;
  const auto server = Start([&](Server::Request request, Server::Responder responder) {
    if (request.target() == "/now") return responder.Reset();
    threads.emplace_back([responder] { responder.Reset(); });
  });
  for (const std::string path : {"/now", "/later"}) {
    Wire wire(server->port());
    wire.Send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(wire.EndsByReset()) << path;
  }
}

TEST(Server, AnswersMayComeFromAnyThreadAndOnlyTheFirstCounts) {
  std::vector<std::jthread> threads;
  const auto server = Start([&](Server::Request, Server::Responder responder) {
    threads.emplace_back([responder] {
      responder.Send({.headers = {}, .body = "<1>"});
      responder.Send({.headers = {}, .body = "<2>"});
    });
  });
  Wire wire(server->port());
  for (int i = 0; i < 20; ++i) {
    wire.Send(Post(""));
    EXPECT_THAT(wire.ReadUntil(">"), HasSubstr("<1>"));
  }
}

TEST(Server, StopsWithRequestsUnanswered) {
  std::latch arrived(2);
  std::mutex mutex;
  std::vector<Server::Responder> held;
  auto server = Start([&](Server::Request, Server::Responder responder) {
    const std::lock_guard lock(mutex);
    held.push_back(responder);
    arrived.count_down();
  });
  Wire a(server->port());
  Wire b(server->port());
  a.Send(Post("1"));
  b.Send(Post("2"));
  arrived.wait();
  server.reset();
  EXPECT_EQ(a.ReadAll() + b.ReadAll(), "");
  for (const Server::Responder& responder : held) {
    EXPECT_TRUE(responder.Gone());
    responder.Send({});
  }
}

TEST(Server, SaysWhyItCannotListen) {
  const auto server = Start(Echo);
  const std::string taken = "127.0.0.1:" + std::to_string(server->port());
  const struct {
    std::string address, message;
  } cases[] = {{taken, "cannot listen on " + taken + ": Address already in use"},
               {"127.0.0.1", "no port in address"},
               {"127.0.0.1:70000", "not an address"},
               {"nowhere:80", "not an address"},
               {"192.0.2.1:0", "cannot listen on 192.0.2.1:0"}};
  for (const auto& c : cases) {
    const auto started = Server::Start({.address = c.address}, Echo);
    ASSERT_FALSE(started.ok()) << c.address;
    EXPECT_EQ(started.error().code, ErrorCode::kConfig);
    EXPECT_THAT(started.error().message, HasSubstr(c.message));
    EXPECT_NE(started.error().hint, "");
  }
}

}  // namespace
}  // namespace bauta::http
