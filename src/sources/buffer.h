// What was received and nobody has taken yet.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/message.h"

namespace bauta::sources {

// Keeps the order within a group, however many take from it: what follows a message that was taken
// waits here until that one is back.  Messages without a group wait for nothing.  A value; one
// thread at a time.
class Buffer {
 public:
  void Put(Message message);
  // From the front, at most so many and so many bytes of bodies (one may exceed them).
  std::vector<Message> Take(std::size_t max, std::size_t bytes);
  // One of `group` that was taken is done with: after the last, what waited may be taken.
  void Return(const std::string& group);
  // Takes out those that are such, and all that follow one of them in its group.
  std::vector<Message> Withdraw(const std::function<bool(const Message&)>& such);

  std::size_t size() const { return ready_.size() + waiting_; }
  // Of those that may be taken.
  std::size_t ready() const { return ready_.size(); }
  std::size_t ready_bytes() const { return ready_bytes_; }

 private:
  struct Group {
    std::size_t out = 0;  // Taken and not returned; never 0.
    std::deque<Message> waiting;
  };

  bool Wait(Message& message);

  std::deque<Message> ready_;
  std::size_t ready_bytes_ = 0;
  std::unordered_map<std::string, Group> groups_;  // Those of which some are out.
  std::size_t waiting_ = 0;                        // In all of them.
};

}  // namespace bauta::sources
