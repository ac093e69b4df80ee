// The message groups of a FIFO queue: each gives its messages in their order, and none while one
// of them is in flight.  Every step takes logarithmic time.  The Mailbox calls it under the lock.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

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
    const std::string* id_ = nullptr;  // The key of its entry.
    std::set<Number> messages_;        // Visible or not.
    std::size_t in_flight_ = 0;
    std::optional<Number> ready_as_;  // Its key in ready_.
  };

  // A new message at the end of its group.
  Group& Join(const std::string& id, Number number);
  // The group's last message takes the group with it: false.  One in flight is landed first.
  bool Leave(Group& group, Number number);
  void TakeOff(Group& group);  // One of its messages is in flight,
  void Land(Group& group);     // is so no more.
  // Call after what a group's first message is, or may be, has changed.
  void SetFirstVisible(Group& group, bool visible);

  bool AnyReady() const { return !ready_.empty(); }
  // Of those whose first message is visible, and none in flight, the one that waited longest; out
  // of turn until SetFirstVisible.
  Group& TakeReady();
  Number FirstReady() const { return ready_.begin()->first; }
  void Clear();

 private:
  void Unready(Group& group);

  std::unordered_map<std::string, Group> groups_;
  std::set<std::pair<Number, Group*>> ready_;
};

}  // namespace bauta::queue
