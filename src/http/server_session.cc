#include "http/server_session.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace bauta::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Server::Request::Impl {
  beast::http::request<beast::http::string_body> message;
};

Server::Request::Request(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::Request::Request(Request&&) noexcept = default;
Server::Request& Server::Request::operator=(Request&&) noexcept = default;
Server::Request::~Request() = default;

namespace {
std::string_view View(beast::string_view s) { return {s.data(), s.size()}; }
}  // namespace

std::string_view Server::Request::method() const { return View(impl_->message.method_string()); }
std::string_view Server::Request::target() const { return View(impl_->message.target()); }
std::string_view Server::Request::body() const { return impl_->message.body(); }
std::string_view Server::Request::Header(std::string_view name) const {
  const auto found = impl_->message.find(beast::string_view(name.data(), name.size()));
  return found == impl_->message.end() ? std::string_view() : View(found->value());
}

struct Server::Responder::Exchange {
  explicit Exchange(std::shared_ptr<Session> s) : session(std::move(s)) {}
  ~Exchange() {
    if (!sent.exchange(true)) session->Deliver({.status = 500, .headers = {}, .body = ""});
  }
  const std::shared_ptr<Session> session;
  std::atomic<bool> sent{false};
};

void Server::Responder::Send(Response response) const {
  if (!exchange_->sent.exchange(true)) exchange_->session->Deliver(std::move(response));
}
void Server::Responder::Reset() const {
  if (!exchange_->sent.exchange(true)) exchange_->session->Reset();
}
bool Server::Responder::Gone() const { return exchange_->session->Gone(); }

void Loop::Adopt(tcp::socket socket) {
  if (closed || sessions.size() >= options.max_connections) return;  // Closes it.
  auto session = std::make_shared<Session>(std::move(socket), shared_from_this());
  sessions.insert(session);
  session->Start();
}

void Loop::Sweep() {
  if (closed) return;
  const steady_clock::time_point now = steady_clock::now();
  const auto all = sessions;  // Closing one takes it out.
  for (const std::shared_ptr<Session>& session : all) session->CloseIfLate(now);
  const milliseconds shortest =
      std::min({options.idle_timeout, options.request_timeout, options.write_timeout});
  sweep.expires_after(std::clamp(shortest / 4, milliseconds(10), milliseconds(1000)));
  sweep.async_wait([this](boost::system::error_code error) {
    if (!error) Sweep();
  });
}

void Loop::Close() {
  closed = true;
  sweep.cancel();
  const auto all = sessions;
  for (const std::shared_ptr<Session>& session : all) session->Close();
}

const std::string& Loop::Date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_of) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 40> text{};
    date.assign(text.data(),
                std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc));
    date_of = now;
  }
  return date;
}

Session::Session(tcp::socket socket, std::shared_ptr<Loop> loop)
    : loop_(std::move(loop)), socket_(std::move(socket)) {}

void Session::Start() {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  NextRequest();
  Read();
}

void Session::Close() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  loop_->sessions.erase(shared_from_this());
}

void Session::Expect(milliseconds timeout) { deadline_ = steady_clock::now() + timeout; }

void Session::CloseIfLate(steady_clock::time_point now) {
  if (now >= deadline_) Close();
}

// The flag says what a read has seen; the look at the socket sees what no read has yet.
bool Session::Gone() {
  const std::lock_guard lock(mutex_);
  if (closed_ || hung_up_) return true;
  char byte = 0;
  const ssize_t n = recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void Session::NextRequest() {
  parser_.emplace();
  parser_->eager(true);
  parser_->body_limit(loop_->options.max_body);
  parser_->header_limit(static_cast<std::uint32_t>(loop_->options.max_header));
  began_ = continued_ = false;
  Expect(loop_->options.idle_timeout);
}

// Works off what is in the buffer, then reads on.  Answers given meanwhile return here instead of
// growing the stack.
void Session::Pump() {
  if (pumping_) return;
  pumping_ = true;
  while (!busy_ && !draining_ && socket_.is_open()) {
    const Parsed parsed = Parse();
    if (parsed == Parsed::kWhole) {
      Dispatch();
      continue;
    }
    if (parsed == Parsed::kPartly) Continue100();
    break;
  }
  pumping_ = false;
  // While the handler thinks, reading is how we learn that the client hung up.
  if (socket_.is_open() && !writing_ && buffer_.size() <= loop_->options.max_header) Read();
}

Session::Parsed Session::Parse() {
  while (buffer_.size() > 0) {
    if (!began_) {
      began_ = true;
      Expect(loop_->options.request_timeout);
    }
    boost::system::error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (error == beast::http::error::need_more) return Parsed::kPartly;
    if (error) {
      Refuse(error);
      return Parsed::kRefused;
    }
    if (parser_->is_done()) return Parsed::kWhole;
  }
  return Parsed::kPartly;
}

void Session::Continue100() {
  if (continued_ || !parser_->is_header_done()) return;
  const auto expect = parser_->get().find(beast::http::field::expect);
  if (expect == parser_->get().end() || !beast::iequals(expect->value(), "100-continue")) return;
  continued_ = true;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  boost::system::error_code ignored;  // A full socket: the client sends anyway after a while.
  socket_.write_some(asio::buffer(kContinue.data(), kContinue.size()), ignored);
}

void Session::Dispatch() {
  busy_ = true;
  deadline_ = steady_clock::time_point::max();
  keep_alive_ = parser_->keep_alive();
  auto request = std::make_unique<Server::Request::Impl>();
  request->message = parser_->release();
  head_only_ = request->message.method() == beast::http::verb::head;
  loop_->handler(
      Server::Request(std::move(request)),
      Server::Responder(std::make_shared<Server::Responder::Exchange>(shared_from_this())));
}

void Session::Refuse(boost::system::error_code why) {
  busy_ = true;
  keep_alive_ = head_only_ = false;
  Server::Response response{.status = 400, .headers = {}, .body = ""};
  if (why == beast::http::error::body_limit) response.status = 413;
  if (why == beast::http::error::header_limit) response.status = 431;
  Reply(std::move(response));
}

void Session::Read() {
  if (reading_) return;
  reading_ = true;
  socket_.async_read_some(
      asio::buffer(chunk_),
      [self = shared_from_this()](boost::system::error_code error, std::size_t bytes) {
        self->OnRead(error, bytes);
      });
}

void Session::OnRead(boost::system::error_code error, std::size_t bytes) {
  reading_ = false;
  if (error && busy_ && !draining_) {  // It may only have closed its half: the answer goes out.
    const std::lock_guard lock(mutex_);
    hung_up_ = true;
    return;
  }
  if (error) return Close();
  if (draining_) return Read();  // Over what was there.
  buffer_.commit(asio::buffer_copy(buffer_.prepare(bytes), asio::buffer(chunk_, bytes)));
  Pump();
}

// On the stack of its own Pump the answer is written at once; from elsewhere it is posted, so that
// one connection's handler does not run on top of another's.
void Session::Deliver(Server::Response response) {
  if (loop_->context.get_executor().running_in_this_thread() && pumping_) {
    return Reply(std::move(response));
  }
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  asio::post(loop_->context, [self = shared_from_this(), answer = std::move(response)]() mutable {
    self->Reply(std::move(answer));
  });
}

void Session::Reset() {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  asio::post(loop_->context, [self = shared_from_this()] {
    boost::system::error_code ignored;
    self->socket_.set_option(asio::socket_base::linger(true, 0), ignored);  // Closing resets.
    self->Close();
  });
}

void Session::Reply(Server::Response response) {
  if (!socket_.is_open()) return;
  const beast::string_view reason = beast::http::obsolete_reason(
      beast::http::int_to_status(static_cast<unsigned>(response.status)));
  std::string bytes;
  bytes.reserve(320 + response.body.size());
  bytes += "HTTP/1.1 ";
  bytes += std::to_string(response.status);
  bytes += ' ';
  bytes.append(reason.data(), reason.size());
  bytes += "\r\nDate: ";
  bytes += loop_->Date();
  bytes += "\r\nContent-Type: ";
  bytes += response.content_type;
  bytes += "\r\nContent-Length: ";
  bytes += std::to_string(response.body.size());
  for (const auto& [name, value] : response.headers) {
    bytes += "\r\n";
    bytes += name;
    bytes += ": ";
    bytes += value;
  }
  bytes += keep_alive_ ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  if (!head_only_) bytes += response.body;
  Write(std::move(bytes));
}

void Session::Write(std::string bytes) {
  out_ = std::move(bytes);
  out_done_ = 0;
  Expect(loop_->options.write_timeout);
  WriteMore();
}

void Session::WriteMore() {
  boost::system::error_code error;
  while (out_done_ < out_.size() && !error) {
    out_done_ +=
        socket_.write_some(asio::buffer(out_.data() + out_done_, out_.size() - out_done_), error);
  }
  if (error && error != asio::error::would_block) return Close();
  if (out_done_ == out_.size()) return Written();
  writing_ = true;
  socket_.async_wait(tcp::socket::wait_write,
                     [self = shared_from_this()](boost::system::error_code failed) {
                       self->writing_ = false;
                       if (failed) return self->Close();
                       self->Expect(self->loop_->options.write_timeout);
                       self->WriteMore();
                     });
}

void Session::Written() {
  out_.clear();
  bool hung_up = false;
  {
    const std::lock_guard lock(mutex_);
    hung_up = hung_up_;
  }
  if (hung_up) return Close();
  if (!keep_alive_) {  // Closing with bytes unread would take the answer back from the client.
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    draining_ = true;
    buffer_.clear();
    Expect(std::min(milliseconds(2000), loop_->options.idle_timeout));
    return Read();
  }
  busy_ = false;
  NextRequest();
  Pump();
}

}  // namespace bauta::http
