// The inside of http::Server: event loops and connections.  Only server*.cc include this; it is
// where Asio and Beast stay.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "http/server.h"

namespace bauta::http {

class Session;

// One thread's event loop and the connections that live on it.  All but the constructor on that
// thread.
struct Loop : std::enable_shared_from_this<Loop> {
  Loop(const Server::Options& server_options, const Server::Handler& server_handler)
      : options(server_options), handler(server_handler), sweep(context) {}
  void Adopt(boost::asio::ip::tcp::socket socket);
  void Sweep();  // Ends what took too long, now and every so often.
  void Close();
  const std::string& Date();  // The header's value, made once a second.

  const Server::Options options;
  const Server::Handler handler;
  boost::asio::io_context context{1};
  boost::asio::steady_timer sweep;
  std::unordered_set<std::shared_ptr<Session>> sessions;
  bool closed = false;
  std::time_t date_of = 0;
  std::string date;
};

// A connection.  On its loop's thread, except Gone and Deliver.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<Loop> loop);

  void Start();
  void Close();
  void CloseIfLate(std::chrono::steady_clock::time_point now);
  bool Gone();                              // Any thread.
  void Deliver(Server::Response response);  // Any thread.
  void Reset();                             // Any thread.

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class Parsed { kWhole, kPartly, kRefused };

  void NextRequest();
  void Pump();
  Parsed Parse();
  void Continue100();
  void Dispatch();
  void Refuse(boost::system::error_code why);
  void Read();
  void OnRead(boost::system::error_code error, std::size_t bytes);
  void Reply(Server::Response response);
  void Write(std::string bytes);
  void WriteMore();
  void Written();
  void Expect(std::chrono::milliseconds timeout);

  const std::shared_ptr<Loop> loop_;  // First: a responder may keep us past the server's end.
  boost::asio::ip::tcp::socket socket_;
  std::array<char, 16u << 10> chunk_;  // What the read under way writes to.
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string out_;
  std::size_t out_done_ = 0;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  bool busy_ = false;       // A request is with the handler or its answer is being written.
  bool reading_ = false;    // A read is under way.
  bool writing_ = false;    // Waits for the socket to take more.
  bool pumping_ = false;    // Pump is on the stack.
  bool began_ = false;      // Bytes of the next request came.
  bool continued_ = false;  // "100 Continue" was sent for this request.
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool draining_ = false;  // Refused: what comes is thrown away until the client hangs up.

  std::mutex mutex_;  // Guards what follows, and the closing of the socket.
  bool closed_ = false;
  bool hung_up_ = false;
};

}  // namespace bauta::http
