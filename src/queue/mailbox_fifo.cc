// The half of Mailbox that only FIFO queues use: groups, what was sent already, receives repeated.
#include "queue/mailbox.h"

namespace bauta::queue {

using std::chrono::seconds;

std::uint64_t Mailbox::Sequence(Number number) {
  return 18'037'261'934'106'112'256u + number;  // As long as those of SQS, and no account in them.
}

Mailbox::Placed Mailbox::AddOnce(SharedContent content, const Instant& now, seconds delay,
                                 Scope scope) {
  const std::string& id = content->extras->deduplication_id;
  // Ids have no spaces.
  const std::string key = scope == Scope::kQueue ? id : content->extras->group_id + " " + id;
  const Placed* original = recent_.Find(key, now.steady);
  if (original != nullptr) return *original;
  const Placed placed{content->id.str(), Sequence(next_)};
  if (changes_ != nullptr) {
    changes_->sent.push_back({key, placed.id, next_, now.steady + kRecent});
  }
  recent_.Remember(key, now.steady, placed);
  Add(std::move(content), now, delay);
  return placed;
}

void Mailbox::Refresh(Groups::Group& group) {
  const Message& first = messages_.find(*group.messages().begin())->second;
  groups_.SetFirstVisible(group, first.state == State::kVisible);
}

// Takes what it can from one group before the next.
std::vector<Received> Mailbox::TakeInOrder(const Taking& taking, const Instant& now,
                                           std::vector<Dead>& dead) {
  if (auto again = Repeat(taking, now)) return *std::move(again);
  std::vector<Received> taken;
  std::vector<Groups::Group*> touched;  // Ready again at the end: not twice in one answer.
  while (groups_.AnyReady() && taken.size() < taking.max) {
    Groups::Group* group = TakeFrom(groups_.TakeReady(), taking, now, taken, dead);
    if (group != nullptr) touched.push_back(group);
  }
  for (Groups::Group* group : touched) Refresh(*group);
  if (!taking.attempt.empty() && !taken.empty() && taking.visibility.count() > 0) {
    RememberAttempt(taking.attempt, {now.steady + kRecent, taken});
  }
  return taken;
}

// The group, if there is still something in it.
Groups::Group* Mailbox::TakeFrom(Groups::Group& group, const Taking& taking, const Instant& now,
                                 std::vector<Received>& taken, std::vector<Dead>& dead) {
  auto at = group.messages().begin();
  while (at != group.messages().end() && taken.size() < taking.max) {
    const Number number = *at++;
    Message& message = messages_.find(number)->second;
    if (message.state != State::kVisible) break;
    if (IsDead(message, taking)) {
      dead.push_back(Bury(message));
      if (Remove(number) == nullptr) return nullptr;
      continue;
    }
    taken.push_back(Receive(number, message, now));
    if (taking.visibility.count() == 0) continue;
    Hide(number, message, State::kInFlight, now.steady + taking.visibility);
  }
  return &group;
}

void Mailbox::RememberAttempt(const std::string& id, Attempt attempt) {
  const auto [at, fresh] = attempts_.emplace(id, std::move(attempt));
  if (!fresh) return;
  for (const Received& received : at->second.messages) {
    messages_.find(FromHandle(received.handle, key_)->message)->second.attempt = &at->first;
  }
}

// An attempt ends when any of its messages is deleted, visible again, or held for another time.
Mailbox::Attempt Mailbox::ForgetAttempt(const std::string& id) {
  const auto found = attempts_.find(id);
  Attempt attempt = std::move(found->second);
  attempts_.erase(found);
  for (const Received& received : attempt.messages) {
    const auto message = messages_.find(FromHandle(received.handle, key_)->message);
    if (message == messages_.end()) continue;
    message->second.attempt = nullptr;
    NoteChange(message->first);
  }
  return attempt;
}

// What the same attempt received before, held anew.
std::optional<std::vector<Received>> Mailbox::Repeat(const Taking& taking, const Instant& now) {
  if (taking.attempt.empty() || !attempts_.contains(taking.attempt)) return std::nullopt;
  Attempt attempt = ForgetAttempt(taking.attempt);
  if (attempt.until <= now.steady || taking.visibility.count() == 0) return std::nullopt;
  for (const Received& received : attempt.messages) {
    const Number number = FromHandle(received.handle, key_)->message;
    Message& message = messages_.find(number)->second;
    Unlist(number, message);
    Hide(number, message, State::kInFlight, now.steady + taking.visibility);
  }
  std::vector<Received> messages = attempt.messages;
  RememberAttempt(taking.attempt, std::move(attempt));
  return messages;
}

}  // namespace bauta::queue
