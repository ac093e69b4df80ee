#include "http/server.h"

#include <boost/asio.hpp>
#include <charconv>
#include <optional>
#include <thread>
#include <vector>

#include "http/server_session.h"

namespace bauta::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

class Server::Impl {
 public:
  Impl(Options options, Handler handler)
      : options_(std::move(options)), handler_(std::move(handler)) {}
  ~Impl();

  Result<> Start();
  const tcp::endpoint& endpoint() const { return endpoint_; }

 private:
  Result<tcp::endpoint> ParseAddress() const;
  Result<> Listen();
  void Accept();
  void Accepted(boost::system::error_code error, tcp::socket socket);

  const Options options_;
  const Handler handler_;
  tcp::endpoint endpoint_;
  std::shared_ptr<Loop> loop_;  // Responders may keep it past our end.
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> retry_;
  std::jthread thread_;
};

Result<tcp::endpoint> Server::Impl::ParseAddress() const {
  const std::string& text = options_.address;
  const std::string help = "write it as HOST:PORT, for example 127.0.0.1:4566, or :0 for any port";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return ConfigError("no port in address \"" + text + "\"", help);
  std::string host = text.substr(0, colon);
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (host.empty() || host == "localhost") host = "127.0.0.1";
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, wrong] = std::from_chars(text.data() + colon + 1, end, port);
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (wrong != std::errc() || stop != end || error) {
    return ConfigError("not an address to listen on: \"" + text + "\"", help);
  }
  return tcp::endpoint(address, port);
}

Result<> Server::Impl::Listen() {
  const tcp::endpoint wanted = TRY(ParseAddress());
  boost::system::error_code error;
  acceptor_.emplace(loop_->context);
  acceptor_->open(wanted.protocol(), error);
  if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_->bind(wanted, error);
  if (!error) acceptor_->listen(1024, error);
  if (!error) endpoint_ = acceptor_->local_endpoint(error);
  if (!error) return Ok();
  acceptor_.reset();
  return ConfigError("cannot listen on " + options_.address + ": " + error.message(),
                     error == asio::error::address_in_use
                         ? "another process listens there; choose another port, or 0 for a free one"
                         : "choose an address of this machine and a port that you may use");
}

Result<> Server::Impl::Start() {
  loop_ = std::make_shared<Loop>(options_, handler_);
  TRY(Listen());
  retry_.emplace(loop_->context);
  Accept();
  loop_->Sweep();
  thread_ = std::jthread([loop = loop_] { loop->context.run(); });
  return Ok();
}

void Server::Impl::Accept() {
  acceptor_->async_accept(loop_->context,
                          [this](boost::system::error_code error, tcp::socket socket) {
                            Accepted(error, std::move(socket));
                          });
}

void Server::Impl::Accepted(boost::system::error_code error, tcp::socket socket) {
  if (error == asio::error::operation_aborted || !acceptor_->is_open()) return;
  if (error) {  // Out of file descriptors, say: pause, others may close.
    retry_->expires_after(milliseconds(50));
    retry_->async_wait([this](boost::system::error_code stopped) {
      if (!stopped && acceptor_->is_open()) Accept();
    });
    return;
  }
  loop_->Adopt(std::move(socket));
  Accept();
}

Server::Impl::~Impl() {
  if (!thread_.joinable()) return;
  asio::post(loop_->context, [this] {
    boost::system::error_code ignored;
    acceptor_->close(ignored);
    retry_->cancel();
    loop_->Close();
  });
  thread_.join();  // A loop without work ends.
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Start(Options options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  TRY(impl->Start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::string Server::host() const { return impl_->endpoint().address().to_string(); }
std::uint16_t Server::port() const { return impl_->endpoint().port(); }

}  // namespace bauta::http
