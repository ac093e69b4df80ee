#include "core/batch.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

namespace bauta {

std::size_t Batch::bytes() const {
  return std::accumulate(
      deliveries.begin(), deliveries.end(), arena.used(),
      [](std::size_t sum, const Delivery& delivery) { return sum + delivery.body.size(); });
}

void MarkFollowers(const std::vector<Delivery>& deliveries, std::vector<bool>& marked) {
  std::unordered_set<std::string_view> groups;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    const std::string_view group = deliveries[i].group;
    if (group.empty()) continue;
    if (marked[i]) {
      groups.insert(group);
    } else if (!groups.empty() && groups.contains(group)) {
      marked[i] = true;
    }
  }
}

std::vector<std::uint32_t> HeldUpByRefusals(const Batch& batch, int receive_count) {
  std::vector<bool> marked(batch.deliveries.size());
  for (const Event& event : batch.events) {
    const bool often = batch.deliveries[event.delivery].receive_count >= receive_count;
    if (event.refusal && often) marked[event.delivery] = true;
  }
  MarkFollowers(batch.deliveries, marked);
  std::vector<std::uint32_t> held_up;
  for (std::uint32_t i = 0; i < marked.size(); ++i) {
    if (marked[i]) held_up.push_back(i);
  }
  return held_up;
}

void TakeAside(Batch& from, Batch& to) {
  to.kid = from.kid;
  auto event = from.events.begin();
  auto original = from.originals.begin();
  auto alias = from.aliases.begin();
  for (const std::uint32_t i : from.aside) {
    const auto number = static_cast<std::uint32_t>(to.deliveries.size());
    to.deliveries.push_back(std::move(from.deliveries[i]));
    Delivery& moved = to.deliveries.back();
    moved.id = to.arena.Copy(moved.id);
    if (!moved.group.empty()) moved.group = to.arena.Copy(moved.group);
    event = std::find_if(event, from.events.end(), [i](const Event& e) { return e.delivery >= i; });
    for (; event != from.events.end() && event->delivery == i; ++event) {
      to.events.push_back(*event);
      Event& copy = to.events.back();
      copy.delivery = number;
      if (copy.row) copy.row = copy.row->CopyTo(to.arena);
      if (!copy.subject.empty()) copy.subject = to.arena.Copy(copy.subject);
      const auto index = static_cast<std::uint32_t>(event - from.events.begin());
      const auto number_there = static_cast<std::uint32_t>(to.events.size() - 1);
      for (; original != from.originals.end() && original->event() <= index; ++original) {
        if (original->event() < index) continue;
        to.originals.push_back(std::move(*original).MoveTo(to.arena, number_there));
      }
      for (; alias != from.aliases.end() && alias->event <= index; ++alias) {
        if (alias->event < index) continue;
        to.aliases.push_back({number_there, to.arena.Copy(alias->old_token),
                              to.arena.Copy(alias->new_token), to.arena.Copy(alias->domain)});
      }
    }
  }
}

std::uint64_t RawTokensInserted(const Batch& batch, const Written& written) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < written.fates.size(); ++i) {
    if (written.fates[i] == Fate::kInserted) sum += batch.events[i].raw_tokens;
  }
  return sum;
}

}  // namespace bauta
