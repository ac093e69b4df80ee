#include "queue/mailbox.h"

#include <fmt/format.h>

#include <algorithm>

namespace bauta::queue {

using std::chrono::seconds;

namespace {
constexpr seconds kLongestHold = std::chrono::hours(12);  // From receipt, however often extended.
}  // namespace

Mailbox::Counts Mailbox::counts() const {
  return {.visible = messages_.size() - due_.size(),
          .in_flight = in_flight_,
          .delayed = due_.size() - in_flight_};
}

std::optional<SteadyTime> Mailbox::NextDue() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

void Mailbox::Show(Number number, Message& message) {
  message.state = State::kVisible;
  if (message.group != nullptr) return Refresh(*message.group);
  visible_.Insert(number);
}

void Mailbox::Hide(Number number, Message& message, State state, SteadyTime until) {
  message.state = state;
  message.due = until;
  due_.insert(due_.end(), {until, number});
  if (state == State::kInFlight) ++in_flight_;
  if (message.group != nullptr) Refresh(*message.group);
}

void Mailbox::Unlist(Number number, Message& message) {
  if (message.state == State::kVisible) {
    visible_.Erase(number);
    return;
  }
  due_.erase({message.due, number});
  if (message.state != State::kInFlight) return;
  --in_flight_;
  if (message.attempt != nullptr) ForgetAttempt(*message.attempt);
}

Groups::Group* Mailbox::Remove(Number number) {
  const auto found = messages_.find(number);
  Unlist(number, found->second);
  NoteChange(number);
  if (!odd_.empty()) odd_.erase({found->second.sent_ms, number});
  Groups::Group* group = found->second.group;
  messages_.erase(found);
  return group == nullptr || !groups_.Leave(*group, number) ? nullptr : group;
}

void Mailbox::Erase(Number number) {
  if (Groups::Group* group = Remove(number)) Refresh(*group);
}

void Mailbox::Advance(const Instant& now, seconds retention) {
  while (!due_.empty() && due_.begin()->first <= now.steady) {
    const Number number = due_.begin()->second;
    Message& message = messages_.find(number)->second;
    Unlist(number, message);
    Show(number, message);
  }
  const std::int64_t oldest = now.wall_ms - std::chrono::milliseconds(retention).count();
  while (!odd_.empty() && odd_.begin()->first <= oldest) Erase(odd_.begin()->second);
  // The others are as old as their numbers say.
  while (!messages_.empty() && messages_.begin()->second.sent_ms <= oldest) {
    Erase(messages_.begin()->first);
  }
}

Mailbox::Number Mailbox::Insert(Message message) {
  const Number number = next_++;
  if (changes_ != nullptr) changes_->added.push_back(number);
  if (fifo_) message.group = &groups_.Join(message.content->extras->group_id, number);
  if (message.sent_ms < newest_ms_) odd_.insert({message.sent_ms, number});
  newest_ms_ = std::max(newest_ms_, message.sent_ms);
  Message& stored = messages_.emplace_hint(messages_.end(), number, std::move(message))->second;
  if (stored.state == State::kVisible) {
    Show(number, stored);
  } else {
    Hide(number, stored, stored.state, stored.due);
  }
  return number;
}

void Mailbox::Add(SharedContent content, const Instant& now, seconds delay) {
  Message message;
  message.content = std::move(content);
  message.sent_ms = now.wall_ms;
  message.state = delay.count() > 0 ? State::kDelayed : State::kVisible;
  message.due = now.steady + delay;
  Insert(std::move(message));
}

std::vector<Received> Mailbox::List(const Peek& peek) const {
  std::vector<Received> list;
  for (const auto& [number, message] : messages_) {
    const bool hidden =
        ((message.state == State::kInFlight || IsBehind(message)) && !peek.in_flight) ||
        (message.state == State::kDelayed && !peek.delayed);
    if (hidden) continue;
    list.push_back({.content = message.content,
                    .handle = {},
                    .sent_ms = message.sent_ms,
                    .first_received_ms = message.first_received_ms,
                    .receives = message.receives,
                    .dead_letter_source = message.dead_letter_source,
                    .sequence = fifo_ ? Sequence(number) : 0,
                    .place = ToPlace(message.state)});
  }
  return list;
}

bool Mailbox::IsBehind(const Message& message) const {
  if (message.group == nullptr) return false;
  return messages_.at(*message.group->messages().begin()).state == State::kInFlight;
}

Received::Place Mailbox::ToPlace(State state) {
  switch (state) {
    case State::kVisible:
      return Received::Place::kVisible;
    case State::kDelayed:
      return Received::Place::kDelayed;
    case State::kInFlight:
      break;
  }
  return Received::Place::kInFlight;
}

std::optional<Mailbox::Stored> Mailbox::First() {
  if (!HasReady()) return std::nullopt;
  const Number number = fifo_ ? groups_.FirstReady() : visible_.First();
  const Message& message = messages_.find(number)->second;
  return Stored{number, message.content, message.dead_letter_source};
}

void Mailbox::Adopt(Dead dead, const Instant& now, std::shared_ptr<const std::string> source_arn) {
  Message message;
  message.content = std::move(dead.content);
  message.sent_ms = fifo_ ? now.wall_ms : dead.sent_ms;
  message.first_received_ms = dead.first_received_ms;
  message.receives = dead.receives;
  message.dead_letter_source = std::move(source_arn);
  Insert(std::move(message));
}

// One of the visible.
Mailbox::Number Mailbox::Pick(Weather& weather) const {
  const Number first = visible_.First();
  if (!weather.MixesMessages()) return first;
  return visible_.AtLeast(first + weather.Pick(visible_.Last() - first + 1));
}

Received Mailbox::Receive(Number number, Message& message, const Instant& now) {
  NoteChange(number);
  ++message.receives;
  ++message.receives_here;
  if (message.first_received_ms == 0) message.first_received_ms = now.wall_ms;
  message.received_at = now.steady;
  message.receipt = ++receipts_;
  return {.content = message.content,
          .handle = ToHandle({id_, number, message.receipt}, key_),
          .sent_ms = message.sent_ms,
          .first_received_ms = message.first_received_ms,
          .receives = message.receives,
          .dead_letter_source = message.dead_letter_source,
          .sequence = fifo_ ? Sequence(number) : 0};
}

Mailbox::Dead Mailbox::Bury(const Message& message) {
  return {message.content, message.sent_ms, message.first_received_ms, message.receives};
}

std::vector<Received> Mailbox::Take(const Taking& taking, const Instant& now, Weather& weather,
                                    std::vector<Dead>& dead) {
  return fifo_ ? TakeInOrder(taking, now, dead) : TakeAny(taking, now, weather, dead);
}

std::vector<Received> Mailbox::TakeAny(const Taking& taking, const Instant& now, Weather& weather,
                                       std::vector<Dead>& dead) {
  std::vector<Received> taken;
  std::vector<Number> staying;  // Visible again, but not twice in one answer.
  while (!visible_.empty() && taken.size() < taking.max) {
    const Number number = Pick(weather);
    Message& message = messages_.find(number)->second;
    if (IsDead(message, taking)) {
      dead.push_back(Bury(message));
      Erase(number);
      continue;
    }
    taken.push_back(Receive(number, message, now));
    visible_.Erase(number);
    if (taking.visibility.count() == 0 || weather.KeepsVisible()) {
      staying.push_back(number);
    } else {
      Hide(number, message, State::kInFlight, now.steady + taking.visibility);
    }
  }
  for (const Number number : staying) visible_.Insert(number);
  return taken;
}

Outcome<Mailbox::Held> Mailbox::Find(std::string_view handle) {
  const std::optional<Receipt> receipt = FromHandle(handle, key_);
  if (!receipt || receipt->mailbox != id_) return ReceiptHandleIsInvalid(handle);
  const auto found = messages_.find(receipt->message);
  if (found == messages_.end()) return Held{};
  Message& message = found->second;
  const bool expired = fifo_ && (message.state != State::kInFlight ||  //
                                 message.receipt != receipt->receipt);
  return Held{found->first, &message, expired};
}

Outcome<> Mailbox::Delete(std::string_view handle) {
  const Held held = OR_FAIL(Find(handle));
  if (held.message == nullptr) return Unit{};
  if (held.expired) {
    return InvalidValue(handle, "ReceiptHandle", "The receipt handle has expired.");
  }
  Erase(held.number);
  return Unit{};
}

Outcome<> Mailbox::ChangeVisibility(std::string_view handle, const Instant& now,
                                    seconds visibility) {
  const Held held = OR_FAIL(Find(handle));
  if (held.message == nullptr || held.expired) {
    return InvalidValue(handle, "ReceiptHandle",
                        "Message does not exist or is not available for visibility timeout "
                        "change.");
  }
  Message& message = *held.message;
  if (now.steady + visibility > message.received_at + kLongestHold) {
    return InvalidValue(fmt::format("{}", visibility.count()), "VisibilityTimeout",
                        "Total VisibilityTimeout for the message is beyond the limit [43200 "
                        "seconds].");
  }
  NoteChange(held.number);
  Unlist(held.number, message);
  if (visibility.count() > 0) {
    Hide(held.number, message, State::kInFlight, now.steady + visibility);
  } else {
    Show(held.number, message);
  }
  return Unit{};
}

void Mailbox::Clear() {
  messages_.clear();
  visible_.Clear();
  due_.clear();
  odd_.clear();
  in_flight_ = 0;
  groups_.Clear();
  recent_.Clear();
  attempts_.clear();
  if (changes_ != nullptr) *changes_ = {.added = {}, .changed = {}, .sent = {}, .cleared = true};
}

}  // namespace bauta::queue
