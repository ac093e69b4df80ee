// The half of Calls that moves messages.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <type_traits>

#include "base/uuid.h"
#include "queue/calls.h"
#include "queue/digest.h"
#include "queue/validate.h"

namespace bauta::queue {
namespace {

using std::chrono::seconds;

constexpr std::string_view kVisibilityRange = "Must be >= 0 and <= 43200, if provided.";

std::optional<seconds> Seconds(const std::optional<std::int64_t>& value) {
  if (!value) return std::nullopt;
  return seconds(*value);
}

SentMessage Describe(const Content& content) {
  return {.id = content.id.str(),
          .body_md5 = content.body_md5.str(),
          .attributes_md5 = Md5(content.extras->attributes),
          .system_attributes_md5 = Md5(content.extras->system_attributes),
          .sequence = {}};
}

struct Prepared {
  Store::Sent message;
  SentMessage answer;
};

// A checked message, ready to be stored.
Prepared Prepare(Entry& entry, const Rules& rules, const Origin& origin) {
  auto content = std::make_shared<Content>();
  content->id = ToString(RandomUuid());
  content->body = std::move(*entry.body);
  content->body_md5 = Md5(std::string_view(content->body));
  Rarely<Content::Extras>& extras = content->extras;
  if (!entry.attributes.empty()) extras.Set().attributes = std::move(entry.attributes);
  if (!entry.system_attributes.empty()) {
    extras.Set().system_attributes = std::move(entry.system_attributes);
  }
  if (entry.group_id) extras.Set().group_id = std::move(*entry.group_id);
  SentMessage answer = Describe(*content);
  if (!origin.trace.empty()) {  // Not of the message, so in no digest.
    extras.Set().system_attributes.try_emplace("AWSTraceHeader",
                                               MessageAttribute{"String", origin.trace});
  }
  if (!rules.fifo) return {{std::move(content), Seconds(entry.delay)}, std::move(answer)};
  extras.Set().deduplication_id =
      entry.deduplication_id ? *entry.deduplication_id : Sha256(std::string_view(content->body));
  return {{std::move(content), std::nullopt},  // A delay of 0 means the queue's, too.
          std::move(answer)};
}

// As a FIFO queue knows it.
void Place(const Mailbox::Placed& placed, SentMessage& sent) {
  sent.id = placed.id;
  sent.sequence = std::to_string(placed.sequence);
}

Failure TooLong(std::string_view subject, std::size_t max) {
  return InvalidParameterValue(fmt::format(
      "One or more parameters {}. Reason: Message must be shorter than {} bytes.", subject, max));
}

Outcome<> CheckEntry(const Entry& entry, const Rules& rules) {
  OR_FAIL(CheckMessage(entry, rules));
  if (SizeOf(entry) > rules.max_size) return TooLong("cannot be validated", rules.max_size);
  return Unit{};
}

Outcome<> CheckVisibilityChange(const Entry& entry) {
  if (!entry.handle || entry.handle->empty()) return MissingParameter("ReceiptHandle");
  if (!entry.visibility) return MissingParameter("VisibilityTimeout");
  return CheckRange(entry.visibility, "VisibilityTimeout", 0, 43200, kVisibilityRange);
}

Outcome<> CheckDeletion(const Entry& entry) {
  if (!entry.handle || entry.handle->empty()) return MissingParameter("ReceiptHandle");
  return Unit{};
}

// Has `act` do the entries that `check` lets through; the outcomes of all, in their order.
template <class Check, class Item, class Act>
Outcome<Batch<Unit>> ForEach(const std::vector<Entry>& entries, std::string_view kind, Check check,
                             Item item, Act act) {
  OR_FAIL(CheckBatch(entries, kind));
  Batch<Unit> batch;
  std::vector<decltype(item(entries[0]))> items;
  for (const Entry& entry : entries) {
    batch.push_back({*entry.id, check(entry)});
    if (batch.back().outcome.ok()) items.push_back(item(entry));
  }
  const std::vector<Outcome<>> outcomes = OR_FAIL(act(items));
  auto next = outcomes.begin();
  for (BatchEntry<Unit>& entry : batch) {
    if (entry.outcome.ok()) entry.outcome = *next++;
  }
  return batch;
}

}  // namespace

Outcome<SentMessage> Calls::SendMessage(Request request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  const Rules rules = OR_FAIL(store_.RulesOf(queue));
  OR_FAIL(CheckMessage(request, rules));
  OR_FAIL(CheckFifo(request, rules));
  if (SizeOf(request) > rules.max_size) return TooLong("are invalid", rules.max_size);
  std::vector<Store::Sent> messages;
  auto [message, sent] = Prepare(request, rules, origin);
  messages.push_back(std::move(message));
  const auto placed = OR_FAIL(store_.Send(queue, std::move(messages)));
  if (!placed.empty()) Place(placed[0], sent);
  return sent;
}

Outcome<Batch<SentMessage>> Calls::SendMessageBatch(Request request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  const Rules rules = OR_FAIL(store_.RulesOf(queue));
  OR_FAIL(CheckBatch(request.entries, "SendMessageBatchRequestEntry"));
  std::size_t total = 0;
  for (const Entry& entry : request.entries) total += SizeOf(entry);
  if (total > kMaxRequest) return BatchRequestTooLong(total);
  for (const Entry& entry : request.entries) {  // SQS refuses the batch for one of them.
    const Outcome<> fifo = CheckFifo(entry, rules);
    if (!fifo.ok()) return InvalidParameterValue(fifo.failure().message);
  }

  Batch<SentMessage> batch;
  std::vector<Store::Sent> messages;
  for (Entry& entry : request.entries) {
    const Outcome<> checked = CheckEntry(entry, rules);
    if (!checked.ok()) {
      batch.push_back({*entry.id, checked.failure()});
      continue;
    }
    auto [message, sent] = Prepare(entry, rules, origin);
    messages.push_back(std::move(message));
    batch.push_back({*entry.id, std::move(sent)});
  }
  const auto placed = OR_FAIL(store_.Send(queue, std::move(messages)));
  auto next = placed.begin();
  for (BatchEntry<SentMessage>& entry : batch) {
    if (entry.outcome.ok() && next != placed.end()) Place(*next++, entry.outcome.value());
  }
  return batch;
}

namespace {

Outcome<Store::Poll> MakePoll(const Request& request, const Origin& origin, const Rules& rules) {
  OR_FAIL(CheckRange(request.max_messages, "MaxNumberOfMessages", 1, 10,
                     "Must be between 1 and 10, if provided."));
  OR_FAIL(
      CheckRange(request.wait, "WaitTimeSeconds", 0, 20, "Must be >= 0 and <= 20, if provided."));
  OR_FAIL(CheckRange(request.visibility, "VisibilityTimeout", 0, 43200, kVisibilityRange));
  OR_FAIL(CheckAttempt(request.attempt, rules.fifo));
  return Store::Poll{.max = static_cast<std::size_t>(request.max_messages.value_or(1)),
                     .visibility = Seconds(request.visibility),
                     .wait = Seconds(request.wait),
                     .attempt = request.attempt.value_or(""),
                     .gone = origin.gone};
}

}  // namespace

void Calls::ReceiveMessage(const Request& request, const Origin& origin, Store::Deliver deliver) {
  const Outcome<QueueName> queue = QueueOf(request, origin);
  if (!queue.ok()) return deliver(queue.failure());
  const Outcome<Rules> rules = store_.RulesOf(queue.value());
  if (!rules.ok()) return deliver(rules.failure());
  Outcome<Store::Poll> poll = MakePoll(request, origin, rules.value());
  if (!poll.ok()) return deliver(poll.failure());
  store_.Receive(queue.value(), std::move(poll).value(), std::move(deliver));
}

Outcome<> Calls::DeleteMessage(const Request& request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  OR_FAIL(store_.Exists(queue));
  OR_FAIL(CheckDeletion(request));
  const auto outcomes = OR_FAIL(store_.DeleteMessages(queue, std::array{*request.handle}));
  return outcomes[0];
}

Outcome<Batch<Unit>> Calls::DeleteMessageBatch(const Request& request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  OR_FAIL(store_.Exists(queue));
  return ForEach(
      request.entries, "DeleteMessageBatchRequestEntry", CheckDeletion,
      [](const Entry& entry) { return *entry.handle; },
      [&](const std::vector<std::string>& handles) {
        return store_.DeleteMessages(queue, handles);
      });
}

Outcome<> Calls::ChangeMessageVisibility(const Request& request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  OR_FAIL(store_.Exists(queue));
  OR_FAIL(CheckVisibilityChange(request));
  const Store::Visibility change{*request.handle, seconds(*request.visibility)};
  const auto outcomes = OR_FAIL(store_.ChangeVisibility(queue, std::array{change}));
  return outcomes[0];
}

Outcome<Batch<Unit>> Calls::ChangeMessageVisibilityBatch(const Request& request,
                                                         const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  OR_FAIL(store_.Exists(queue));
  return ForEach(
      request.entries, "ChangeMessageVisibilityBatchRequestEntry", CheckVisibilityChange,
      [](const Entry& entry) {
        return Store::Visibility{*entry.handle, seconds(*entry.visibility)};
      },
      [&](const std::vector<Store::Visibility>& changes) {
        return store_.ChangeVisibility(queue, changes);
      });
}

Attributes SystemAttributes(const Received& message, const std::vector<std::string>& names,
                            const std::string& sender) {
  if (names.empty()) return {};
  const Content::Extras& extras = *message.content->extras;
  const bool all = std::find(names.begin(), names.end(), "All") != names.end();
  Attributes asked;
  const auto add = [&](std::string_view name, const auto& value) {
    if (!all && std::find(names.begin(), names.end(), name) == names.end()) return;
    if constexpr (std::is_integral_v<std::decay_t<decltype(value)>>) {
      asked.emplace(name, std::to_string(value));
    } else {
      asked.emplace(name, value);
    }
  };
  add("SenderId", sender);
  add("SentTimestamp", message.sent_ms);
  add("ApproximateReceiveCount", message.receives);
  add("ApproximateFirstReceiveTimestamp", message.first_received_ms);
  for (const auto& [name, attribute] : extras.system_attributes) add(name, attribute.value);
  if (!extras.group_id.empty()) add("MessageGroupId", extras.group_id);
  if (message.sequence != 0) {
    add("MessageDeduplicationId", extras.deduplication_id);
    add("SequenceNumber", message.sequence);
  }
  if (message.dead_letter_source) add("DeadLetterQueueSourceArn", *message.dead_letter_source);
  if (message.place != Received::Place::kHanded) {
    add("IsVisible", message.place == Received::Place::kVisible ? "true" : "false");
    add("IsDelayed", message.place == Received::Place::kDelayed ? "true" : "false");
  }
  return asked;
}

MessageAttributes Filter(const MessageAttributes& all, const std::vector<std::string>& names) {
  MessageAttributes asked;
  for (const std::string& name : names) {
    if (name == "All" || name == ".*" || name == "*") return all;
    const bool prefix = name.ends_with(".*");
    const std::string_view stem = std::string_view(name).substr(0, name.size() - (prefix ? 2 : 0));
    for (const auto& item : all) {
      if (prefix ? item.first.starts_with(stem) : item.first == name) asked.insert(item);
    }
  }
  return asked;
}

}  // namespace bauta::queue
