// The inside of Store: a queue, its pollers, the lock.  Only store*.cc include this.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "queue/store.h"

namespace bauta::queue {

struct Store::Poller {
  Queue* queue;
  Poll poll;
  Deliver deliver;
  SteadyTime deadline;
};

struct Store::Queue {
  Queue(QueueName queue_name, std::string queue_arn, Settings queue_settings, Mailbox queue_mailbox,
        std::int64_t now_s)
      : name(std::move(queue_name)),
        arn(std::make_shared<const std::string>(std::move(queue_arn))),
        settings(std::move(queue_settings)),
        scope(settings.deduplicates_by_group() ? Mailbox::Scope::kGroup : Mailbox::Scope::kQueue),
        mailbox(std::move(queue_mailbox)),
        created_s(now_s),
        modified_s(now_s) {}

  const QueueName name;
  const std::shared_ptr<const std::string> arn;
  Settings settings;
  Mailbox::Scope scope;  // SQS stays with the one that the queue was made with.
  Mailbox mailbox;
  Attributes tags;
  std::list<Poller> pollers;  // First come, first served.
  std::int64_t created_s, modified_s;
  std::optional<SteadyTime> purged;
  std::deque<MoveTask> moves;  // The last first.
  bool changed = false;        // More than its messages, since Gather.
};

class Store::Locked {
 public:
  explicit Locked(Store& store) : store_(store), lock_(store.mutex_) {}
  ~Locked() {
    const std::optional<SteadyTime> next = store_.NextWake();
    const bool early = next && (!store_.armed_ || *next < *store_.armed_);
    if (early) store_.armed_ = next;
    const bool changed = !store_.changed_.empty() || !store_.removed_.empty();
    if (changed) store_.commit_->Changed();
    lock_.unlock();
    if (early) store_.wake_.notify_one();
    for (Delivery& d : deliveries) d.deliver(std::move(d.messages));
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

  Deliveries deliveries;

 private:
  Store& store_;
  std::unique_lock<std::mutex> lock_;
};

}  // namespace bauta::queue
