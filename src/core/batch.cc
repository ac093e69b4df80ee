#include "core/batch.h"

#include <algorithm>
#include <numeric>

namespace bauta {

std::size_t Batch::bytes() const {
  return std::accumulate(
      deliveries.begin(), deliveries.end(), arena.used(),
      [](std::size_t sum, const Delivery& delivery) { return sum + delivery.body.size(); });
}

void TakeAside(Batch& from, Batch& to) {
  auto event = from.events.begin();
  for (const std::uint32_t i : from.aside) {
    const auto number = static_cast<std::uint32_t>(to.deliveries.size());
    to.deliveries.push_back(std::move(from.deliveries[i]));
    to.deliveries.back().id = to.arena.Copy(to.deliveries.back().id);
    event = std::find_if(event, from.events.end(), [i](const Event& e) { return e.delivery >= i; });
    for (; event != from.events.end() && event->delivery == i; ++event) {
      to.events.push_back(*event);
      Event& copy = to.events.back();
      copy.delivery = number;
      if (copy.row) copy.row = copy.row->CopyTo(to.arena);
    }
  }
}

}  // namespace bauta
