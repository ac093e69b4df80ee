// The part of Mailbox that outlives the process: its messages as records, and what of them changed.
#include <algorithm>
#include <utility>

#include "queue/mailbox.h"

namespace bauta::queue {

using std::chrono::milliseconds;

namespace {

// What SQS allows at most; with a clock that was set back nothing is hidden for longer than it was
// to.
constexpr milliseconds kLongest = std::chrono::hours(12);

std::int64_t ToWall(SteadyTime time, const Instant& now) {
  return now.wall_ms + std::chrono::ceil<milliseconds>(time - now.steady).count();
}

SteadyTime FromWall(std::int64_t ms, const Instant& now, milliseconds latest) {
  return now.steady + std::min(milliseconds(ms - now.wall_ms), latest);
}

}  // namespace

void Mailbox::Restore(MessageRecord record, const Instant& now) {
  Message message;
  message.content = std::move(record.content);
  message.sent_ms = record.sent_ms;
  message.first_received_ms = record.first_received_ms;
  message.receives = record.receives;
  message.receives_here = record.receives_here;
  message.dead_letter_source = std::move(record.dead_letter_source);
  message.state = record.state;
  const bool in_flight = record.state == State::kInFlight;
  const milliseconds given(record.due_ms - (in_flight ? record.received_ms : record.sent_ms));
  message.due = FromWall(record.due_ms, now, std::min(given, kLongest));
  message.received_at = FromWall(record.received_ms, now, milliseconds(0));
  message.receipt = record.receipt;
  if (!record.attempt.empty()) {
    const auto at = attempts_.try_emplace(record.attempt).first;
    message.attempt = &at->first;
    at->second.until = FromWall(record.attempt_until_ms, now, kRecent);
    at->second.messages.push_back({.content = message.content,
                                   .handle = ToHandle({id_, record.number, record.receipt}, key_),
                                   .sent_ms = message.sent_ms,
                                   .first_received_ms = message.first_received_ms,
                                   .receives = message.receives,
                                   .dead_letter_source = message.dead_letter_source,
                                   .sequence = Sequence(record.number)});
  }
  next_ = record.number;
  Insert(std::move(message));
}

void Mailbox::Restore(const SentRecord& record, const Instant& now) {
  const SteadyTime until = FromWall(record.until_ms, now, kRecent);
  if (until <= now.steady) return;
  recent_.Remember(record.key, until - kRecent, {record.id, Sequence(record.number)});
}

void Mailbox::NoteChanges(const Counters& counters) {
  next_ = counters.next;
  receipts_ = counters.receipts;
  const auto receipt = [this](const Received& r) { return FromHandle(r.handle, key_)->receipt; };
  for (auto& [id, attempt] : attempts_) {
    std::sort(attempt.messages.begin(), attempt.messages.end(),
              [&](const Received& a, const Received& b) { return receipt(a) < receipt(b); });
  }
  changes_ = std::make_unique<Unsaid>();
}

MessageRecord Mailbox::ToRecord(Number number, const Message& message, const Instant& now) const {
  MessageRecord record{.number = number,
                       .content = message.content,
                       .sent_ms = message.sent_ms,
                       .dead_letter_source = message.dead_letter_source,
                       .state = message.state,
                       .due_ms = 0,
                       .receives = message.receives,
                       .receives_here = message.receives_here,
                       .first_received_ms = message.first_received_ms,
                       .received_ms = 0,
                       .receipt = message.receipt,
                       .attempt = {},
                       .attempt_until_ms = 0};
  if (message.state != State::kVisible) record.due_ms = ToWall(message.due, now);
  if (message.receipt != 0) record.received_ms = ToWall(message.received_at, now);
  if (message.attempt != nullptr) {
    record.attempt = *message.attempt;
    record.attempt_until_ms = ToWall(attempts_.find(*message.attempt)->second.until, now);
  }
  return record;
}

MailboxChanges Mailbox::TakeChanges(const Instant& now) {
  MailboxChanges out{.queue = id_,
                     .counters = {next_, receipts_},
                     .cleared = changes_->cleared,
                     .added = {},
                     .changed = {},
                     .gone = {},
                     .sent = {}};
  const auto& added = changes_->added;
  for (const Number number : added) {
    const auto found = messages_.find(number);
    if (found == messages_.end()) continue;
    out.added.push_back(ToRecord(number, found->second, now));
  }
  std::vector<Number>& changed = changes_->changed;
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  for (const Number number : changed) {
    if (std::binary_search(added.begin(), added.end(), number)) continue;
    const auto found = messages_.find(number);
    if (found == messages_.end()) {
      out.gone.push_back(number);
    } else {
      out.changed.push_back(ToRecord(number, found->second, now));
    }
  }
  for (Unsaid::Sent& sent : changes_->sent) {
    out.sent.push_back(
        {std::move(sent.key), std::move(sent.id), sent.number, ToWall(sent.until, now)});
  }
  *changes_ = {};
  return out;
}

}  // namespace bauta::queue
