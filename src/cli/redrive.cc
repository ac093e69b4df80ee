#include "cli/redrive.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <thread>
#include <utility>

#include "aws/retry.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "sources/first_identity.h"

namespace bauta::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Refusals = std::vector<aws::Refused>;

constexpr std::size_t kEntries = 10;
constexpr std::size_t kBytes = 256 * 1024;  // Servers of before August 2025 take no more.
constexpr int kAttempts = 6;
constexpr seconds kVisibility{30};  // So long others wait for what we held when we were killed.

std::size_t BytesOf(const aws::SendEntry& entry) {
  std::size_t bytes = entry.body.size();
  for (const aws::MessageAttribute& a : entry.attributes) {
    bytes += a.name.size() + a.type.size() + a.value.size();
  }
  return bytes;
}

void Pause(milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Result<> Redrive::Run(const std::stop_token& stop) {
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < options_.workers; ++i) workers.emplace_back([&] { Work(stop); });
  }
  GiveBack();
  const std::lock_guard lock(mutex_);
  if (broken_) return *broken_;
  return Ok();
}

Redrive::Counts Redrive::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::string Redrive::last_refusal() const {
  const std::lock_guard lock(mutex_);
  return last_refusal_;
}

void Redrive::Work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Result<bool> more = MoveSome(stop);
    if (more.ok() && *more) continue;
    if (more.ok()) return;
    const std::lock_guard lock(mutex_);
    if (!broken_) broken_ = more.error();
    return;
  }
}

// False when nothing came, or enough has been moved.
Result<bool> Redrive::MoveSome(const std::stop_token& stop) {
  const std::size_t most = Reserve();
  if (most == 0) return false;
  aws::ReceiveOptions ask;
  ask.max = static_cast<int>(most);
  ask.wait = seconds(1);
  ask.visibility = kVisibility;
  ask.system_attributes = {"MessageGroupId"};
  Messages messages = TRY(Try<Messages>(
      [&](aws::Done<Messages> done) {
        client_.ReceiveMessage(options_.from, ask, std::move(done));
      },
      stop));
  if (messages.empty()) return false;
  std::vector<std::string> done;
  std::vector<Plan> plans = Sort(std::move(messages), done);
  {
    const std::lock_guard lock(mutex_);
    reserved_ -= most - plans.size();
  }
  Result<> sent = Ok();
  while (!plans.empty() && sent.ok()) {
    std::size_t n = 0, bytes = 0;
    while (n < plans.size() && n < kEntries) {
      bytes += BytesOf(plans[n].entry);
      if (n > 0 && bytes > kBytes) break;
      ++n;
    }
    const auto end = plans.begin() + static_cast<std::ptrdiff_t>(n);
    Result<std::vector<std::string>> receipts =
        Send({std::make_move_iterator(plans.begin()), std::make_move_iterator(end)}, stop);
    plans.erase(plans.begin(), end);
    if (receipts.ok()) {
      done.insert(done.end(), receipts->begin(), receipts->end());
    } else {
      sent = receipts.error();
    }
  }
  for (const Plan& plan : plans) Leave(plan.receipt, sent.error().message);
  TRY(Delete(done, stop));
  if (!sent.ok()) return sent.error();
  return true;
}

// `again`: receipts of those that were moved before, and are to be deleted once more.
std::vector<Redrive::Plan> Redrive::Sort(Messages messages, std::vector<std::string>& again) {
  std::vector<Plan> plans;
  std::set<std::string> blocked;  // Groups of which one is left: the others must not overtake it.
  for (aws::Received& message : messages) {
    const std::string receipt = message.receipt, group = message.group;
    std::optional<Plan> plan = PlanFor(message);
    const std::lock_guard lock(mutex_);
    if (plan && !blocked.contains(group)) {
      const Uuid id = crypto::LedgerId(plan->id);
      const auto [seen, is_new] = seen_.try_emplace(plan->key, Seen{id});
      if (is_new) {
        plans.push_back(std::move(*plan));
        continue;
      }
      if (seen->second.id == id && seen->second.moved) {
        again.push_back(receipt);
        continue;
      }
      if (seen->second.id != id) ++counts_.returned;
    } else if (plan) {
      ++counts_.failed;
    }
    left_.push_back(receipt);
    if (!group.empty()) blocked.insert(group);
  }
  return plans;
}

// Nothing if it can't be moved.
std::optional<Redrive::Plan> Redrive::PlanFor(aws::Received& message) {
  auto attributes = aws::ParseAttributes(message.attributes);
  const auto refuse = [&](const char* why) {
    const std::lock_guard lock(mutex_);
    const bool is_new =
        seen_.try_emplace({message.sent_ms, crypto::LedgerId(message.id)}, Seen{}).second;
    if (is_new) ++counts_.failed;
    last_refusal_ = why;
    return std::nullopt;
  };
  if (!message.intact || !attributes) return refuse("a message came damaged");
  sources::FirstIdentity first{message.sent_ms, message.id};
  const auto note =
      std::ranges::find(*attributes, sources::kIdentityAttribute, &aws::MessageAttribute::name);
  if (note != attributes->end()) {
    if (const auto known = notes_.Read(note->value, message.body)) first = *known;
    attributes->erase(note);
  }
  if (attributes->size() >= aws::kMostAttributes) {
    return refuse("a message has ten attributes, so its identity has no room");
  }
  attributes->push_back(
      {std::string(sources::kIdentityAttribute), "String", notes_.Write(first, message.body)});
  Plan plan;
  plan.key = {first.sent_ms, crypto::LedgerId(first.id)};
  plan.id = message.id;
  plan.receipt = message.receipt;
  plan.entry = {std::move(message.body), *std::move(attributes), message.group, {}};
  // Another send of this very dead letter, and of no other, is a repetition.
  if (options_.to.ends_with(".fifo")) plan.entry.deduplication_id = "redrive-" + message.id;
  return plan;
}

// The receipts of those that were taken.
Result<std::vector<std::string>> Redrive::Send(std::vector<Plan> plans,
                                               const std::stop_token& stop) {
  std::vector<std::string> taken;
  for (int attempt = 0; !plans.empty(); ++attempt) {
    std::vector<aws::SendEntry> entries;
    for (const Plan& plan : plans) entries.push_back(plan.entry);
    const Result<Refusals> refused = Try<Refusals>(
        [&](aws::Done<Refusals> done) {
          client_.SendMessageBatch(options_.to, entries, std::move(done));
        },
        stop);
    if (!refused.ok()) {
      for (const Plan& plan : plans) Leave(plan.receipt, refused.error().message);
      if (taken.empty()) return refused.error();
      return taken;
    }
    std::vector<Plan> rest;
    std::vector<bool> is_refused(plans.size(), false);
    for (const aws::Refused& one : *refused) {
      is_refused[one.entry] = true;
      if (one.sender_fault || attempt + 1 >= kAttempts) {
        Leave(plans[one.entry].receipt, one.code);
      } else {
        rest.push_back(plans[one.entry]);
      }
    }
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < plans.size(); ++i) {
      if (is_refused[i]) continue;
      ++counts_.moved;
      seen_[plans[i].key].moved = true;
      taken.push_back(plans[i].receipt);
    }
    plans = std::move(rest);
  }
  return taken;
}

// One that is refused comes again, and is known then.
Result<> Redrive::Delete(const std::vector<std::string>& receipts, const std::stop_token& stop) {
  for (std::size_t from = 0; from < receipts.size(); from += kEntries) {
    const std::vector<std::string> some(
        receipts.begin() + static_cast<std::ptrdiff_t>(from),
        receipts.begin() + static_cast<std::ptrdiff_t>(std::min(from + kEntries, receipts.size())));
    const Refusals refused = TRY(Try<Refusals>(
        [&](aws::Done<Refusals> done) {
          client_.DeleteMessageBatch(options_.from, some, std::move(done));
        },
        stop));
    if (!refused.empty()) {
      log::Warn("redrive", "moved messages were not deleted, and will be dead letters again",
                {{"messages", refused.size()}, {"code", refused.front().code}});
    }
  }
  return Ok();
}

void Redrive::Leave(const std::string& receipt, const std::string& why) {
  const std::lock_guard lock(mutex_);
  ++counts_.failed;
  last_refusal_ = why;
  left_.push_back(receipt);
}

// So that whoever looks next sees them; without it they come by themselves.
void Redrive::GiveBack() {
  for (std::size_t from = 0; from < left_.size(); from += kEntries) {
    std::vector<aws::VisibilityChange> changes;
    for (std::size_t i = from; i < std::min(from + kEntries, left_.size()); ++i) {
      changes.push_back({left_[i], seconds(0)});
    }
    (void)aws::Await<Refusals>([&](aws::Done<Refusals> done) {
      client_.ChangeMessageVisibilityBatch(options_.from, changes, std::move(done));
    });
  }
}

// How many may be received now.
std::size_t Redrive::Reserve() {
  const std::lock_guard lock(mutex_);
  if (broken_) return 0;
  const std::uint64_t most =
      options_.most == 0 ? kEntries : std::min<std::uint64_t>(kEntries, options_.most - reserved_);
  reserved_ += most;
  return static_cast<std::size_t>(most);
}

template <class T, class Call>
Result<T> Redrive::Try(Call call, const std::stop_token& stop) {
  for (int attempt = 0;; ++attempt) {
    Result<T> result = aws::Await<T>(call);
    const bool again = !result.ok() && result.error().code == ErrorCode::kRetryable;
    if (!again || attempt + 1 >= kAttempts || stop.stop_requested()) return result;
    Pause(aws::Backoff(attempt, milliseconds(500)), stop);
  }
}

}  // namespace bauta::cli
