#include "queue/mailbox.h"

#include <fmt/format.h>

#include "queue/receipt.h"

namespace bauta::queue {

using std::chrono::seconds;

namespace {
constexpr seconds kLongestHold = std::chrono::hours(12);  // From receipt, however often extended.
}  // namespace

Mailbox::Counts Mailbox::counts() const {
  return {.visible = visible_.size(), .in_flight = in_flight_, .delayed = due_.size() - in_flight_};
}

std::optional<SteadyTime> Mailbox::NextDue() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

void Mailbox::Show(Number number, Message& message) {
  message.state = State::kVisible;
  visible_.insert(visible_.end(), number);
}

void Mailbox::Hide(Number number, Message& message, State state, SteadyTime until) {
  message.state = state;
  message.due = until;
  due_.insert(due_.end(), {until, number});
  if (state == State::kInFlight) ++in_flight_;
}

void Mailbox::Unlist(Number number, const Message& message) {
  if (message.state == State::kVisible) {
    visible_.erase(number);
    return;
  }
  due_.erase({message.due, number});
  if (message.state == State::kInFlight) --in_flight_;
}

void Mailbox::Erase(Number number) {
  const auto found = messages_.find(number);
  Unlist(number, found->second);
  by_age_.erase({found->second.sent_ms, number});
  messages_.erase(found);
}

void Mailbox::Advance(const Instant& now, seconds retention) {
  while (!due_.empty() && due_.begin()->first <= now.steady) {
    const Number number = due_.begin()->second;
    Message& message = messages_.find(number)->second;
    Unlist(number, message);
    Show(number, message);
  }
  const std::int64_t oldest = now.wall_ms - std::chrono::milliseconds(retention).count();
  while (!by_age_.empty() && by_age_.begin()->first <= oldest) Erase(by_age_.begin()->second);
}

void Mailbox::Insert(Message message) {
  const Number number = next_++;
  by_age_.insert(by_age_.end(), {message.sent_ms, number});
  Message& stored = messages_.emplace(number, std::move(message)).first->second;
  if (stored.state == State::kVisible) {
    Show(number, stored);
  } else {
    Hide(number, stored, stored.state, stored.due);
  }
}

void Mailbox::Add(SharedContent content, const Instant& now, seconds delay) {
  Message message;
  message.content = std::move(content);
  message.sent_ms = now.wall_ms;
  message.state = delay.count() > 0 ? State::kDelayed : State::kVisible;
  message.due = now.steady + delay;
  Insert(std::move(message));
}

void Mailbox::Adopt(Dead dead, std::string source_arn) {
  Message message;
  message.content = std::move(dead.content);
  message.sent_ms = dead.sent_ms;
  message.first_received_ms = dead.first_received_ms;
  message.receives = dead.receives;
  message.dead_letter_source = std::move(source_arn);
  Insert(std::move(message));
}

// One of the visible.
Mailbox::Number Mailbox::Pick(Weather& weather) const {
  const Number first = *visible_.begin();
  if (!weather.MixesMessages()) return first;
  return *visible_.lower_bound(first + weather.Pick(*visible_.rbegin() - first + 1));
}

Received Mailbox::Receive(Number number, Message& message, const Instant& now) {
  ++message.receives;
  ++message.receives_here;
  if (message.first_received_ms == 0) message.first_received_ms = now.wall_ms;
  message.received_at = now.steady;
  return {message.content,  ToHandle({id_, number, ++receipts_}, key_),
          message.sent_ms,  message.first_received_ms,
          message.receives, message.dead_letter_source};
}

std::vector<Received> Mailbox::Take(const Taking& taking, const Instant& now, Weather& weather,
                                    std::vector<Dead>& dead) {
  std::vector<Received> taken;
  std::vector<Number> staying;  // Visible again, but not twice in one answer.
  while (!visible_.empty() && taken.size() < taking.max) {
    const Number number = Pick(weather);
    Message& message = messages_.find(number)->second;
    if (taking.max_receives && message.receives_here >= *taking.max_receives) {
      dead.push_back(
          {message.content, message.sent_ms, message.first_received_ms, message.receives});
      Erase(number);
      continue;
    }
    taken.push_back(Receive(number, message, now));
    visible_.erase(number);
    if (taking.visibility.count() == 0 || weather.KeepsVisible()) {
      staying.push_back(number);
    } else {
      Hide(number, message, State::kInFlight, now.steady + taking.visibility);
    }
  }
  visible_.insert(staying.begin(), staying.end());
  return taken;
}

Outcome<Mailbox::Number> Mailbox::NumberOf(std::string_view handle) const {
  const std::optional<Receipt> receipt = FromHandle(handle, key_);
  if (!receipt || receipt->mailbox != id_) return ReceiptHandleIsInvalid(handle);
  return receipt->message;
}

Outcome<> Mailbox::Delete(std::string_view handle) {
  const Number number = OR_FAIL(NumberOf(handle));
  if (messages_.contains(number)) Erase(number);
  return Unit{};
}

Outcome<> Mailbox::ChangeVisibility(std::string_view handle, const Instant& now,
                                    seconds visibility) {
  const Number number = OR_FAIL(NumberOf(handle));
  const auto found = messages_.find(number);
  if (found == messages_.end()) {
    return InvalidValue(handle, "ReceiptHandle",
                        "Message does not exist or is not available for visibility timeout "
                        "change.");
  }
  Message& message = found->second;
  if (now.steady + visibility > message.received_at + kLongestHold) {
    return InvalidValue(fmt::format("{}", visibility.count()), "VisibilityTimeout",
                        "Total VisibilityTimeout for the message is beyond the limit [43200 "
                        "seconds].");
  }
  Unlist(number, message);
  if (visibility.count() > 0) {
    Hide(number, message, State::kInFlight, now.steady + visibility);
  } else {
    Show(number, message);
  }
  return Unit{};
}

void Mailbox::Clear() {
  messages_.clear();
  visible_.clear();
  due_.clear();
  by_age_.clear();
  in_flight_ = 0;
}

}  // namespace bauta::queue
