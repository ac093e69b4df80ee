// Answers each HTTP request with the next of the answers it was given, on a free loopback port.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bauta::fakes {

class CannedHttpServer {
 public:
  // Each answer is a whole HTTP response; an empty one closes the connection.  Accepts one
  // connection after the other; `one_each`: each connection gets one answer.
  explicit CannedHttpServer(std::vector<std::string> answers, bool one_each = false)
      : CannedHttpServer(std::move(answers), one_each, "127.0.0.1", 0) {}
  // On that address of loopback.
  CannedHttpServer(std::vector<std::string> answers, bool one_each, const char* host, int port)
      : answers_(std::move(answers)), one_each_(one_each), host_(host) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = inet_addr(host);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const int yes = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) std::abort();
    if (listen(listener_, 16) != 0) std::abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~CannedHttpServer() {
    shutdown(listener_, SHUT_RDWR);
    {
      const std::lock_guard lock(mutex_);
      if (connection_ >= 0) shutdown(connection_, SHUT_RDWR);
    }
    thread_.join();
    close(listener_);
  }

  int port() const { return port_; }
  std::string url() const { return "http://" + host_ + ':' + std::to_string(port_); }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  static std::string Response(const std::string& status, const std::string& body,
                              const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  void Run() {
    while (true) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      Keep(connection);
      Serve(connection);
      Keep(-1);
      close(connection);
    }
  }

  void Keep(int connection) {
    const std::lock_guard lock(mutex_);
    connection_ = connection;
  }

  void Serve(int connection) {
    std::string pending;
    while (ReadRequest(connection, pending)) {
      if (next_ >= answers_.size() || answers_[next_].empty()) {
        ++next_;
        return;
      }
      const std::string& answer = answers_[next_++];
      if (send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
      if (one_each_) return;
    }
  }

  bool ReadRequest(int connection, std::string& pending) {
    while (true) {
      const std::size_t end = pending.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t size = end + 4 + ContentLength(pending.substr(0, end));
        if (pending.size() >= size) {
          const std::lock_guard lock(mutex_);
          requests_.push_back(pending.substr(0, size));
          pending.erase(0, size);
          return true;
        }
      }
      char chunk[4096];
      const ssize_t n = recv(connection, chunk, sizeof chunk, 0);
      if (n <= 0) return false;
      pending.append(chunk, static_cast<std::size_t>(n));
    }
  }

  static std::size_t ContentLength(std::string head) {
    for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::size_t at = head.find("content-length:");
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 15, nullptr, 10);
  }

  const std::vector<std::string> answers_;
  const bool one_each_;
  const std::string host_;
  std::size_t next_ = 0;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;  // Guards what follows.
  std::vector<std::string> requests_;
  int connection_ = -1;
  std::thread thread_;
};

}  // namespace bauta::fakes
