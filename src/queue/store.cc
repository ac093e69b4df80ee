#include "queue/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

#include "queue/store_queue.h"
#include "queue/validate.h"

namespace bauta::queue {

namespace {
std::uint64_t RandomKey() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}
}  // namespace

Store::Store(const Options& options, const Clock& clock)
    : options_(options), clock_(clock), key_(RandomKey()), weather_(options_.bad_day) {}
Store::~Store() = default;

Instant Store::Now() const { return {clock_.SteadyNow(), ToEpochMillis(clock_.Now())}; }

std::string ToArn(const QueueName& queue) {
  const bool china = queue.region.starts_with("cn-");
  const bool government = queue.region.starts_with("us-gov-");
  return fmt::format("arn:{}:sqs:{}:{}:{}",
                     china        ? "aws-cn"
                     : government ? "aws-us-gov"
                                  : "aws",
                     queue.region, queue.account, queue.name);
}

Outcome<Store::Queue*> Store::Find(const QueueName& queue) const {
  const auto found = queues_.find(queue);
  if (found == queues_.end()) return QueueDoesNotExist();
  return found->second.get();
}

std::optional<QueueName> FromArn(std::string_view arn) {
  std::array<std::string_view, 6> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t colon = i + 1 < parts.size() ? arn.find(':') : arn.size();
    if (colon == std::string_view::npos) return std::nullopt;
    parts[i] = arn.substr(0, colon);
    arn.remove_prefix(std::min(colon + 1, arn.size()));
  }
  const bool good = parts[0] == "arn" && parts[2] == "sqs" && !parts[3].empty() &&
                    !parts[5].empty() && parts[5].find(':') == std::string_view::npos;
  if (!good) return std::nullopt;
  return QueueName{std::string(parts[4]), std::string(parts[3]), std::string(parts[5])};
}

// The dead-letter queue must be there, of the same kind and account, and let this one in.
Outcome<> Store::CheckRedrive(const QueueName& queue, const Attributes& changes) const {
  const auto policy = changes.find("RedrivePolicy");
  if (policy == changes.end()) return Unit{};
  const std::optional<Redrive> redrive = OR_FAIL(ParseRedrivePolicy(policy->second));
  if (!redrive) return Unit{};
  const auto refused = [&](std::string_view reason) {
    return InvalidValue(policy->second, "RedrivePolicy", reason);
  };
  const std::optional<QueueName> target = FromArn(redrive->target_arn);
  const auto found = target ? queues_.find(*target) : queues_.end();
  if (found == queues_.end() || target->region != queue.region ||
      target->account != queue.account || *found->second->arn != redrive->target_arn) {
    return refused("Dead letter target does not exist or is not in this account and region.");
  }
  if (found->second->settings.fifo() != queue.name.ends_with(".fifo")) {
    return refused("Dead-letter queue must be same type of queue as the source.");
  }
  if (!found->second->settings.LetsIn(ToArn(queue))) {
    return refused("The RedriveAllowPolicy of the dead letter target does not allow this queue.");
  }
  return Unit{};
}

Outcome<> Store::Create(const QueueName& name, const Attributes& given, const Attributes& tags) {
  const Attributes attributes = Settings::Trimmed(given);
  if (FromArn(ToArn(name)) != name) {
    return InvalidParameterValue("The region or the account is none that an ARN can hold.");
  }
  const Locked lock(*this);
  const bool fifo = name.name.ends_with(".fifo");
  Settings settings(fifo);
  OR_FAIL(settings.Apply(attributes));
  const auto found = queues_.find(name);
  if (found != queues_.end()) {
    const auto difference = found->second->settings.Difference(attributes);
    if (difference) return QueueNameExists(*difference);
    return Unit{};
  }
  OR_FAIL(CheckRedrive(name, attributes));
  const auto deleted = deleted_.find(name);
  if (deleted != deleted_.end()) {
    if (Now().steady < deleted->second + options_.delete_wait) return QueueDeletedRecently();
    deleted_.erase(deleted);
  }
  if (commit_ && last_id_ >= kLastKeptQueue) return InternalFailure();
  Mailbox mailbox(++last_id_, key_, fifo ? Mailbox::Kind::kFifo : Mailbox::Kind::kStandard);
  auto queue = std::make_unique<Queue>(name, ToArn(name), std::move(settings), std::move(mailbox),
                                       Now().wall_ms / 1000);
  queue->tags = tags;
  if (commit_) queue->mailbox.NoteChanges({});
  Changed(*queue);
  queues_.emplace(name, std::move(queue));
  return Unit{};
}

// Its pollers learn that it does not exist.
void Store::Remove(Queue& queue, Deliveries& out) {
  for (Poller& poller : queue.pollers) {
    deadlines_.erase({poller.deadline, &poller});
    out.push_back({std::move(poller.deliver), QueueDoesNotExist()});
  }
  awaited_.erase(&queue);
  moving_.erase(&queue);
  changed_.erase(&queue);
  if (commit_) removed_.push_back(queue.mailbox.id());
  queues_.erase(QueueName(queue.name));
}

Outcome<> Store::Delete(const QueueName& name) {
  Locked lock(*this);
  Remove(*OR_FAIL(Find(name)), lock.deliveries);
  if (options_.delete_wait.count() > 0) deleted_[name] = Now().steady;
  return Unit{};
}

void Store::DeleteAll() {
  Locked lock(*this);
  while (!queues_.empty()) Remove(*queues_.begin()->second, lock.deliveries);
  deleted_.clear();
}

Outcome<> Store::Exists(const QueueName& name) const {
  const std::lock_guard lock(mutex_);
  OR_FAIL(Find(name));
  return Unit{};
}

std::vector<std::string> Store::List(const QueueName& after, std::string_view prefix,
                                     std::size_t max) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (auto at = queues_.upper_bound(after);
       at != queues_.end() && at->first.account == after.account &&
       at->first.region == after.region && names.size() < max;
       ++at) {
    if (at->first.name.starts_with(prefix)) names.push_back(at->first.name);
  }
  return names;
}

Outcome<> Store::SetAttributes(const QueueName& name, const Attributes& given) {
  const Attributes changes = Settings::Trimmed(given);
  Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  Settings settings = queue->settings;
  OR_FAIL(settings.Apply(changes));
  OR_FAIL(CheckRedrive(name, changes));
  queue->settings = std::move(settings);
  queue->modified_s = Now().wall_ms / 1000;
  Changed(*queue);
  return Unit{};
}

Outcome<Attributes> Store::GetAttributes(const QueueName& name) {
  Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  Advance(*queue);
  ServeTouched(*queue, lock.deliveries);
  const Mailbox::Counts counts = queue->mailbox.counts();
  Attributes all = queue->settings.All();
  all["QueueArn"] = *queue->arn;
  all["CreatedTimestamp"] = std::to_string(queue->created_s);
  all["LastModifiedTimestamp"] = std::to_string(queue->modified_s);
  all["ApproximateNumberOfMessages"] = std::to_string(counts.visible);
  all["ApproximateNumberOfMessagesNotVisible"] = std::to_string(counts.in_flight);
  all["ApproximateNumberOfMessagesDelayed"] = std::to_string(counts.delayed);
  return all;
}

Outcome<> Store::AddPermission(const QueueName& name, const Permission& permission) {
  const Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  const std::string policy =
      OR_FAIL(queue::AddPermission(queue->settings.policy(), *queue->arn, permission));
  OR_FAIL(queue->settings.Apply({{"Policy", policy}}));
  Changed(*queue);
  return Unit{};
}

Outcome<> Store::RemovePermission(const QueueName& name, const std::string& label) {
  const Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  const std::string policy = OR_FAIL(queue::RemovePermission(queue->settings.policy(), label));
  OR_FAIL(queue->settings.Apply({{"Policy", policy}}));
  Changed(*queue);
  return Unit{};
}

Outcome<std::vector<std::string>> Store::DeadLetterSources(const QueueName& name) const {
  const std::lock_guard lock(mutex_);
  const std::string& arn = *OR_FAIL(Find(name))->arn;
  std::vector<std::string> names;
  for (const auto& [source, queue] : queues_) {
    const std::optional<Redrive>& redrive = queue->settings.redrive();
    if (redrive && redrive->target_arn == arn) names.push_back(source.name);
  }
  return names;
}

Outcome<> Store::Tag(const QueueName& name, const Attributes& tags) {
  const Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  Attributes all = queue->tags;
  for (const auto& [key, value] : tags) all[key] = value;
  OR_FAIL(CheckTags(all, name.name));
  queue->tags = std::move(all);
  Changed(*queue);
  return Unit{};
}

Outcome<> Store::Untag(const QueueName& name, std::span<const std::string> keys) {
  const Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  for (const std::string& key : keys) queue->tags.erase(key);
  Changed(*queue);
  return Unit{};
}

Outcome<Attributes> Store::Tags(const QueueName& name) const {
  const std::lock_guard lock(mutex_);
  return OR_FAIL(Find(name))->tags;
}

}  // namespace bauta::queue
