// A client of SQS that costs next to nothing, so that what is measured is the server: requests
// prepared beforehand (and signed for nobody), keep-alive connections with one request each under
// way, no JSON read but for the receipt handles.  bench/queue.py runs it:
//   queue_client PORT QUEUE_URL COMMAND COUNT [CONNECTIONS]
//     send COUNT     messages, in tens          take COUNT   receives them and deletes none
//     cycle COUNT    sends, receives and deletes that many
//     poll COUNT     that many long polls, until standard input ends
//     connect COUNT  requests, each on a connection of its own
// Prints what it did as a line of JSON.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBatch = 10;
constexpr std::size_t kBodyBytes = 200;  // A login event, or so.

[[noreturn]] void Die(std::string_view what, std::string_view more = {}) {
  std::fprintf(stderr, "queue_client: %.*s %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(more.size()), more.data());
  std::exit(1);
}

// As boto3 would have it, but for the signature.
std::string Post(std::string_view operation, std::string_view body) {
  std::string text = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n";
  text += "X-Amz-Target: AmazonSQS.";
  text += operation;
  text += "\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-query-mode: true\r\n";
  text += "User-Agent: queue_client\r\nX-Amz-Date: 20261121T070609Z\r\n";
  text += "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/sqs/";
  text += "aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target;";
  text += "x-amzn-query-mode, Signature=" + std::string(64, '0') + "\r\nContent-Length: ";
  text += std::to_string(body.size()) + "\r\n\r\n";
  text += body;
  return text;
}

struct Requests {
  explicit Requests(const std::string& url) : queue("\"QueueUrl\":\"" + url + "\"") {
    std::string entries;
    for (std::size_t i = 0; i < kBatch; ++i) {
      std::string body = R"({\"user_id\":\"user-)" + std::to_string(i) + R"(\",\"note\":\")";
      body += std::string(kBodyBytes - 37, 'x') + R"(\"})";  // The quotes count once.
      entries += (i == 0 ? "" : ",");
      entries += "{\"Id\":\"" + std::to_string(i) + "\",\"MessageBody\":\"" + body + "\"}";
    }
    send = Post("SendMessageBatch", "{" + queue + ",\"Entries\":[" + entries + "]}");
    receive = Post("ReceiveMessage", "{" + queue +
                                         ",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":0,"
                                         "\"VisibilityTimeout\":43200,"
                                         "\"AttributeNames\":[\"SentTimestamp\"]}");
    poll =
        Post("ReceiveMessage", "{" + queue + ",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":20}");
    look = Post("GetQueueAttributes", "{" + queue + ",\"AttributeNames\":[\"QueueArn\"]}");
  }
  std::string Delete(std::string_view received) const {
    static constexpr std::string_view kHandle = "\"ReceiptHandle\"";
    std::string entries;
    int id = 0;
    for (std::size_t at = 0; (at = received.find(kHandle, at)) != std::string_view::npos;) {
      const std::size_t from = received.find('"', at + kHandle.size()) + 1;
      at = received.find('"', from);
      entries +=
          (id == 0 ? "{\"Id\":\"" : ",{\"Id\":\"") + std::to_string(id) + "\",\"ReceiptHandle\":\"";
      entries += received.substr(from, at - from);
      entries += "\"}";
      ++id;
    }
    if (id == 0) return {};
    return Post("DeleteMessageBatch", "{" + queue + ",\"Entries\":[" + entries + "]}");
  }

  std::string queue, send, receive, poll, look;
};

// Blocks.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : port_(port) {}
  Connection(Connection&& other) noexcept : port_(other.port_), fd_(other.fd_) { other.fd_ = -1; }
  ~Connection() { Close(); }
  Connection& operator=(Connection&&) = delete;

  void Send(std::string_view request) {
    if (fd_ < 0) Open();
    while (!request.empty()) {
      const ssize_t sent = send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent <= 0) Die("cannot send");
      request.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // The body of the next answer, which lasts until the next call; any other than 200 ends us.
  std::string_view Receive() {
    in_.clear();
    std::size_t end = std::string::npos;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos) More();
    const std::string head = in_.substr(0, end + 2);
    if (head.compare(9, 3, "200") != 0) Die("refused:", in_);
    const std::size_t size = Length(head);
    while (in_.size() < end + 4 + size) More();
    if (head.find("onnection: close") != std::string::npos) Close();
    return std::string_view(in_).substr(end + 4, size);
  }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  static std::size_t Length(std::string_view head) {
    for (const std::string_view name : {"Content-Length: ", "content-length: "}) {
      const std::size_t at = head.find(name);
      if (at == std::string_view::npos) continue;
      std::size_t size = 0;
      std::from_chars(head.data() + at + name.size(), head.data() + head.size(), size);
      return size;
    }
    Die("no Content-Length:", head);
  }

  void Open() {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr address{};
    static_assert(sizeof address == sizeof to);
    __builtin_memcpy(&address, &to, sizeof to);
    if (fd_ < 0 || connect(fd_, &address, sizeof address) != 0) Die("cannot connect");
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void More() {
    static constexpr std::size_t kChunk = 64u << 10;
    const std::size_t had = in_.size();
    in_.resize(had + kChunk);
    const ssize_t got = recv(fd_, in_.data() + had, kChunk, 0);
    if (got <= 0) Die("the server hung up");
    in_.resize(had + static_cast<std::size_t>(got));
  }

  const std::uint16_t port_;
  int fd_ = -1;
  std::string in_;
};

class Run {
 public:
  Run(std::uint16_t port, const std::string& url, std::size_t connections) : requests_(url) {
    for (std::size_t i = 0; i < connections; ++i) connections_.emplace_back(port);
  }

  // `next` gives the request to follow an answer ("" before the first), or "" for no more.
  template <class Next>
  void Each(Next next) {
    std::size_t open = 0;
    std::vector<bool> busy(connections_.size());
    for (std::size_t i = 0; i < connections_.size(); ++i) open += Start(i, busy, next(i, ""));
    while (open > 0) {
      for (std::size_t i = 0; i < connections_.size(); ++i) {
        if (!busy[i]) continue;
        const std::string_view answer = connections_[i].Receive();
        if (answer.find("\"Code\"") != std::string_view::npos) Die("an entry failed:", answer);
        ++done_;
        if (!Start(i, busy, next(i, answer))) --open;
      }
    }
  }

  void Send(std::size_t messages) {
    std::size_t left = messages / kBatch;
    Each([&](std::size_t, std::string_view) -> std::string_view {
      if (left == 0) return "";
      return --left, requests_.send;
    });
  }
  void Take(std::size_t messages) {
    std::size_t left = messages / kBatch;
    Each([&](std::size_t, std::string_view) -> std::string_view {
      if (left == 0) return "";
      return --left, requests_.receive;
    });
  }
  void Cycle(std::size_t messages) {
    std::size_t left = messages / kBatch;
    std::vector<int> step(connections_.size());
    std::string deletion;
    Each([&](std::size_t i, std::string_view answer) -> std::string_view {
      if (step[i] == 0 && left == 0) return "";
      step[i] = (step[i] + 1) % 3;
      if (step[i] == 1) return --left, requests_.send;
      if (step[i] == 2) return requests_.receive;
      deletion = requests_.Delete(answer);
      if (deletion.empty()) Die("a receive gave nothing");
      return deletion;
    });
  }
  void Poll() {
    for (Connection& connection : connections_) connection.Send(requests_.poll);
    done_ = connections_.size();
    Print();
    while (std::getchar() != EOF) continue;
  }
  void Connect(std::size_t count) {
    Connection& one = connections_.front();
    for (; done_ < count; ++done_) {
      one.Send(requests_.look);
      one.Receive();
      one.Close();
    }
  }

  void Print() const {
    const std::chrono::duration<double> took = steady_clock::now() - start_;
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    std::printf("{\"requests\":%zu,\"seconds\":%.6f,\"client_cpu_seconds\":%.6f}\n", done_,
                took.count(), seconds(use.ru_utime) + seconds(use.ru_stime));
    std::fflush(stdout);
  }

 private:
  bool Start(std::size_t i, std::vector<bool>& busy, std::string_view request) {
    busy[i] = !request.empty();
    if (busy[i]) connections_[i].Send(request);
    return busy[i];
  }

  const Requests requests_;
  std::vector<Connection> connections_;
  std::size_t done_ = 0;
  const steady_clock::time_point start_ = steady_clock::now();
};

std::size_t Number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) Die("not a number:", text);
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> given(argv + 1, argv + argc);
  if (given.size() < 4) Die("PORT QUEUE_URL COMMAND COUNT [CONNECTIONS]");
  const std::string& command = given[2];
  const std::size_t count = Number(given[3]);
  std::size_t connections = given.size() > 4 ? Number(given[4]) : 16;
  if (command == "poll") connections = count;
  Run run(static_cast<std::uint16_t>(Number(given[0])), given[1], connections);
  if (command == "poll") {
    run.Poll();
    return 0;
  }
  if (command == "send") {
    run.Send(count);
  } else if (command == "take") {
    run.Take(count);
  } else if (command == "cycle") {
    run.Cycle(count);
  } else if (command == "connect") {
    run.Connect(count);
  } else {
    Die("no such command:", command);
  }
  run.Print();
}
