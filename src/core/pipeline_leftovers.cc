// What a batch leaves for later: what a write set aside, and groups that a refusal holds up.
#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "core/pipeline.h"

namespace bauta {
namespace {

// Where the events of these deliveries stand: sorted.
Brake::Place PlaceOf(const Brake::Place& place, const std::vector<Event>& events,
                     const std::vector<std::uint32_t>& deliveries) {
  Brake::Place some;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (std::binary_search(deliveries.begin(), deliveries.end(), events[i].delivery)) {
      some.push_back(place[i]);
    }
  }
  return some;
}

}  // namespace

// What the write set aside; the messages that have their fates stay.
Pipeline::Load Pipeline::TakeLeftover(Load& load) {
  Load leftover;
  TakeAside(load.batch, leftover.batch);
  std::vector<Message> settled;
  auto aside = load.batch.aside.begin();
  for (std::uint32_t i = 0; i < load.messages.size(); ++i) {
    const bool later = aside != load.batch.aside.end() && *aside == i;
    if (later) ++aside;
    (later ? leftover.messages : settled).push_back(std::move(load.messages[i]));
  }
  load.messages = std::move(settled);
  return leftover;
}

// Together with others, so that few writes try them all.
void Pipeline::Leave(Load leftover) {
  if (const auto held_back = waiting_log_.Pass("aside")) {
    log::Warn("sink", "waiting: a transaction that does not end holds these messages",
              {{"held", leftover.messages.size()}, {"held_back", *held_back}});
  }
  leftover.due = clock_.SteadyNow() + options_.aside_for;
  leftover.batch.aside.resize(leftover.batch.deliveries.size());
  std::iota(leftover.batch.aside.begin(), leftover.batch.aside.end(), 0u);
  const std::lock_guard lock(mutex_);
  if (leftovers_.empty() || !Fit(leftovers_.back(), leftover)) {
    leftovers_.push_back(std::move(leftover));
    return;
  }
  Load& last = leftovers_.back();
  TakeAside(leftover.batch, last.batch);
  std::move(leftover.messages.begin(), leftover.messages.end(), std::back_inserter(last.messages));
}

bool Pipeline::Fit(const Load& a, const Load& b) const {
  return a.batch.kid == b.batch.kid &&
         a.messages.size() + b.messages.size() <= options_.batch_rows &&
         a.batch.bytes() + b.batch.bytes() <= options_.batch_bytes;
}

std::optional<Pipeline::Load> Pipeline::DueLeftover() {
  std::optional<Load> load;
  const std::lock_guard lock(mutex_);
  if (settling_ || leftovers_.empty() || leftovers_.front().due > clock_.SteadyNow()) return load;
  settling_ = true;
  load.emplace(std::move(leftovers_.front()));
  leftovers_.pop_front();
  return load;
}

// False if nothing that was set aside is due.
bool Pipeline::SettleLeftover(Worker& worker) {
  std::optional<Load> load = DueLeftover();
  if (!load) return false;
  Groups behind;
  Write(worker, *std::move(load), behind);
  const std::lock_guard lock(mutex_);
  settling_ = false;
  return true;
}

void Pipeline::NoteGroups(const std::vector<Message>& messages, Groups& behind) {
  for (const Message& message : messages) {
    if (!message.group.empty()) behind.insert(message.group);
  }
}

// In the middle of a batch's way: the rest of it goes on.
void Pipeline::GiveBackRefused(Load& load, Refused which, Groups& behind) {
  const int least = which == Refused::kEarlier ? 2 : 1;
  const std::vector<std::uint32_t> held_up = HeldUpByRefusals(load.batch, least);
  if (held_up.empty()) return;
  if (const auto held_back = waiting_log_.Pass("refused")) SayWhatHoldsUp(load.batch, *held_back);
  std::vector<std::uint32_t> all(load.batch.deliveries.size());
  std::iota(all.begin(), all.end(), 0u);
  load.batch.aside.clear();
  std::set_difference(all.begin(), all.end(), held_up.begin(), held_up.end(),
                      std::back_inserter(load.batch.aside));
  std::optional<Brake::Place> place;
  if (load.place) place = PlaceOf(*load.place, load.batch.events, load.batch.aside);
  Load rest = TakeLeftover(load);
  rest.batch.hurried = load.batch.hurried;
  rest.place = std::move(place);
  NoteGroups(load.messages, behind);
  GiveBack(std::move(load.messages), false);
  load = std::move(rest);
}

// They come again, and get the tokens of the key that there is now.
void Pipeline::GiveBackOutlived(Load& load, Groups& behind) {
  log::Info("sink", "given back: they were mapped under a key that is retired by now",
            {{"messages", load.messages.size()}, {"key", load.batch.kid}});
  NoteGroups(load.messages, behind);
  GiveBack(std::move(load.messages), false);
  load = {};
}

void Pipeline::SayWhatHoldsUp(const Batch& batch, std::uint64_t held_back) const {
  const auto refused = std::find_if(batch.events.begin(), batch.events.end(),
                                    [](const Event& event) { return event.refusal.has_value(); });
  const Delivery& delivery = batch.deliveries[refused->delivery];
  log::Warn("sink", "a message is refused: its group waits behind it",
            {{"message_id", delivery.id},
             {"reason", Code(refused->refusal->reason)},
             {"column", refused->refusal->column},
             {"receive_count", delivery.receive_count},
             {"held_back", held_back}});
}

}  // namespace bauta
