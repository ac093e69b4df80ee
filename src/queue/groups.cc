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

void Groups::Unready(Group& group) {
  if (group.turn_) ready_.erase(*group.turn_);
  group.turn_.reset();
}

void Groups::SetFirstVisible(Group& group, bool visible) {
  if (!visible) return Unready(group);
  if (group.turn_) return;
  group.turn_ = turns_++;
  ready_.emplace_hint(ready_.end(), *group.turn_, &group);
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
