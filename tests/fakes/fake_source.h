#pragma once

#include <algorithm>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "core/source.h"

namespace bauta {

// A Source over a list, that records what was acked and released.
class FakeSource : public Source {
 public:
  void Push(std::string id, std::string body, std::string group = {}, int receive_count = 1) {
    const std::lock_guard lock(mutex_);
    Message message;
    message.key = {1'700'000'000'000 + static_cast<std::int64_t>(pushed_++), RandomUuid()};
    message.id = std::move(id);
    message.body = std::move(body);
    message.group = std::move(group);
    message.receive_count = receive_count;
    waiting_.push_back(std::move(message));
  }

  Result<std::vector<Message>> Receive(std::size_t max, std::size_t, std::chrono::milliseconds,
                                       std::chrono::milliseconds, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    if (fail_with) return *fail_with;
    std::vector<Message> out;
    while (!waiting_.empty() && out.size() < max) {
      out.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    received_ += out.size();
    return out;
  }
  void Ack(std::vector<Message> messages) override {
    const std::lock_guard lock(mutex_);
    for (const Message& m : messages) acked.push_back(m.id);
  }
  void Release(std::vector<Message> messages, bool now) override {
    const std::lock_guard lock(mutex_);
    if (!now) released_later += messages.size();
    if (now && !stopped) released_too_early += messages.size();
    for (const Message& m : messages) released_ids.push_back(m.id);
  }
  bool Exhausted() override {
    const std::lock_guard lock(mutex_);
    return waiting_.empty() && acked.size() + released_ids.size() == received_;
  }
  void StopReceiving() override {
    const std::lock_guard lock(mutex_);
    stopped = true;
  }
  bool Close(std::chrono::steady_clock::time_point) override {
    closed = true;
    return true;
  }
  Requests requests() const override { return {}; }
  std::uint64_t received() const override {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  std::uint64_t released() const override { return 0; }

  std::vector<std::string> acked, released_ids;
  std::optional<Error> fail_with;
  bool closed = false, stopped = false;
  std::size_t released_later = 0;      // Not at once.
  std::size_t released_too_early = 0;  // Before StopReceiving: it might be received again.

 private:
  mutable std::mutex mutex_;
  std::deque<Message> waiting_;
  std::uint64_t received_ = 0, pushed_ = 0;
};

}  // namespace bauta
