#include "queue/groups.h"

namespace bauta::queue {

Groups::Group& Groups::Join(const std::string& id, Number number) {
  const auto at = groups_.try_emplace(id).first;
  Group& group = at->second;
  group.id_ = &at->first;
  group.messages_.insert(group.messages_.end(), number);
  return group;
}

bool Groups::Leave(Group& group, Number number) {
  group.messages_.erase(number);
  if (!group.messages_.empty()) return true;
  Unready(group);
  groups_.erase(std::string(group.id()));
  return false;
}

void Groups::TakeOff(Group& group) { ++group.in_flight_; }
void Groups::Land(Group& group) { --group.in_flight_; }

void Groups::Unready(Group& group) {
  if (group.ready_as_) ready_.erase({*group.ready_as_, &group});
  group.ready_as_.reset();
}

void Groups::SetFirstVisible(Group& group, bool visible) {
  const bool ready = visible && group.in_flight_ == 0;
  const Number first = *group.messages_.begin();
  if (ready && group.ready_as_ == first) return;
  Unready(group);
  if (!ready) return;
  ready_.emplace(first, &group);
  group.ready_as_ = first;
}

Groups::Group& Groups::TakeReady() {
  Group& group = *ready_.begin()->second;
  Unready(group);
  return group;
}

void Groups::Clear() {
  ready_.clear();
  groups_.clear();
}

}  // namespace bauta::queue
