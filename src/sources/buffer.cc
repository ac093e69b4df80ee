#include "sources/buffer.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace bauta::sources {

void Buffer::Put(Message message) {
  if (Wait(message)) return;
  ready_bytes_ += message.body.size();
  ready_.push_back(std::move(message));
}

// False if nothing of its group is out.
bool Buffer::Wait(Message& message) {
  if (message.group.empty()) return false;
  const auto at = groups_.find(message.group);
  if (at == groups_.end()) return false;
  at->second.waiting.push_back(std::move(message));
  ++waiting_;
  return true;
}

std::vector<Message> Buffer::Take(std::size_t max, std::size_t bytes) {
  std::vector<Message> taken;
  taken.reserve(std::min(max, ready_.size()));
  std::size_t sum = 0;
  bool grouped = false;
  while (!ready_.empty() && taken.size() < max) {
    const std::size_t size = ready_.front().body.size();
    if (!taken.empty() && sum + size > bytes) break;
    sum += size;
    taken.push_back(std::move(ready_.front()));
    ready_.pop_front();
    grouped = grouped || !taken.back().group.empty();
  }
  ready_bytes_ -= sum;
  if (!grouped) return taken;
  for (const Message& message : taken) {
    if (!message.group.empty()) ++groups_[message.group].out;
  }
  ready_bytes_ = 0;
  for (Message& left : std::exchange(ready_, {})) Put(std::move(left));
  return taken;
}

void Buffer::Return(const std::string& group) {
  const auto at = groups_.find(group);
  if (at == groups_.end() || --at->second.out > 0) return;
  std::deque<Message> waited = std::move(at->second.waiting);
  groups_.erase(at);
  waiting_ -= waited.size();
  for (Message& message : waited) Put(std::move(message));
}

std::vector<Message> Buffer::Withdraw(const std::function<bool(const Message&)>& such) {
  std::vector<Message> out;
  std::unordered_set<std::string> groups;
  const auto sift = [&](std::deque<Message>& from) {
    std::deque<Message> kept;
    for (Message& message : from) {
      const bool goes = such(message) || groups.contains(message.group);
      if (goes && !message.group.empty()) groups.insert(message.group);
      if (goes) {
        out.push_back(std::move(message));
      } else {
        kept.push_back(std::move(message));
      }
    }
    from = std::move(kept);
  };
  sift(ready_);
  ready_bytes_ = 0;
  for (const Message& message : ready_) ready_bytes_ += message.body.size();
  waiting_ = 0;
  for (auto& [name, group] : groups_) {
    sift(group.waiting);
    waiting_ += group.waiting.size();
  }
  return out;
}

}  // namespace bauta::sources
