// The message groups of a FIFO queue: each gives its messages in their order, from the first one
// on, and so none while the first is in flight.  Groups take turns.  Every step takes logarithmic
// time.  The Mailbox calls it under the lock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace bauta::queue {

class Groups {
 public:
  using Number = std::uint64_t;  // Of a message; grows in the order of arrival.

  class Group {
   public:
    const std::string& id() const { return *id_; }
    const std::set<Number>& messages() const { return messages_; }

   private:
    friend class Groups;
    const std::string* id_ = nullptr;    // The key of its entry.
    std::set<Number> messages_;          // Visible or not.
    std::optional<std::uint64_t> turn_;  // Its key in ready_.
  };

  // A new message at the end of its group.
  Group& Join(const std::string& id, Number number);
  // The group's last message takes the group with it: false.
  bool Leave(Group& group, Number number);
  // Call after what a group's first message is, or may be, has changed.
  void SetFirstVisible(Group& group, bool visible);

  bool AnyReady() const { return !ready_.empty(); }
  // Of those whose first message is visible, the one for which that holds longest; out of turn
  // until SetFirstVisible.
  Group& TakeReady();
  Number FirstReady() const { return *ready_.begin()->second->messages().begin(); }
  void Clear();

 private:
  void Unready(Group& group);

  std::unordered_map<std::string, Group> groups_;
  std::uint64_t turns_ = 0;
  std::map<std::uint64_t, Group*> ready_;  // By turn.
};

}  // namespace bauta::queue
