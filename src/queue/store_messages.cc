// The half of Store that moves messages: sending, receiving, waiting.
#include <algorithm>
#include <utility>

#include "queue/store.h"
#include "queue/store_queue.h"

namespace bauta::queue {

using std::chrono::seconds;

Outcome<Rules> Store::RulesOf(const QueueName& name) const {
  const std::lock_guard lock(mutex_);
  return OR_FAIL(Find(name))->settings.rules();
}

Outcome<std::vector<Mailbox::Placed>> Store::Send(const QueueName& name,
                                                  std::vector<Sent> messages) {
  Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  const Settings& settings = queue->settings;
  const Instant now = Now();
  std::vector<Mailbox::Placed> placed;
  for (Sent& sent : messages) {
    const seconds delay = sent.delay.value_or(settings.delay());
    if (settings.fifo()) {
      placed.push_back(queue->mailbox.AddOnce(std::move(sent.content), now, delay, queue->scope));
    } else {
      queue->mailbox.Add(std::move(sent.content), now, delay);
    }
  }
  MessagesChanged(*queue);
  ServeTouched(*queue, lock.deliveries);
  return placed;
}

void Store::Advance(Queue& queue) {
  queue.mailbox.Advance(Now(), queue.settings.retention());
  MessagesChanged(queue);
}

// Up to poll.max messages; those that came too often move on to the dead-letter queue.
Store::Messages Store::Take(Queue& queue, const Poll& poll) {
  const std::optional<Redrive>& redrive = queue.settings.redrive();
  Queue* target = nullptr;  // A policy whose queue was deleted is as none.
  if (redrive) {
    const auto found = queues_.find(FromArn(redrive->target_arn).value_or(QueueName()));
    if (found != queues_.end()) target = found->second.get();
  }
  if (target == &queue) target = nullptr;
  std::vector<Mailbox::Dead> dead;
  Mailbox::Taking taking{.max = poll.max,
                         .visibility = poll.visibility.value_or(queue.settings.visibility()),
                         .max_receives = std::nullopt,
                         .attempt = poll.attempt};
  if (target != nullptr) taking.max_receives = redrive->max_receives;
  const Instant now = Now();
  Messages taken = queue.mailbox.Take(taking, now, weather_, dead);
  for (Mailbox::Dead& message : dead) target->mailbox.Adopt(std::move(message), now, queue.arn);
  MessagesChanged(queue);
  if (!dead.empty()) MessagesChanged(*target);
  if (!dead.empty() && !target->pollers.empty()) touched_.insert(target);
  return taken;
}

// Gives what is visible to those who wait, in the order in which they came.
void Store::Serve(Queue& queue, Deliveries& out) {
  if (queue.pollers.empty()) return;
  Advance(queue);
  for (auto at = queue.pollers.begin();
       at != queue.pollers.end() && queue.mailbox.HasReady() &&
       queue.mailbox.counts().in_flight < options_.in_flight_limit;) {
    const bool gone = at->poll.gone();
    Messages messages = gone ? Messages() : Take(queue, at->poll);
    if (!gone && messages.empty()) break;  // All that was visible went to the dead letters.
    if (!gone) out.push_back({std::move(at->deliver), std::move(messages)});
    deadlines_.erase({at->deadline, &*at});
    at = queue.pollers.erase(at);
  }
  if (queue.pollers.empty()) awaited_.erase(&queue);
}

// Serves `queue`, and the dead-letter queues that messages went to meanwhile.
void Store::ServeTouched(Queue& queue, Deliveries& out) {
  Serve(queue, out);
  while (!touched_.empty()) {
    Queue* next = *touched_.begin();
    touched_.erase(touched_.begin());
    Serve(*next, out);
  }
}

void Store::Receive(const QueueName& name, Poll poll, Deliver deliver) {
  Locked lock(*this);
  const Outcome<Queue*> found = Find(name);
  if (!found.ok()) {
    lock.deliveries.push_back({std::move(deliver), found.failure()});
    return;
  }
  Queue& queue = *found.value();
  ServeTouched(queue, lock.deliveries);
  Advance(queue);
  const seconds wait = poll.wait.value_or(queue.settings.wait());
  const bool full = queue.mailbox.counts().in_flight >= options_.in_flight_limit;
  if (full && wait.count() == 0 && !queue.settings.fifo()) {
    lock.deliveries.push_back({std::move(deliver), OverLimit()});
    return;
  }
  const bool gone = poll.gone();  // Before its request was read.
  Messages messages = full || gone ? Messages() : Take(queue, poll);
  ServeTouched(queue, lock.deliveries);
  if (!messages.empty() || wait.count() == 0 || gone) {
    lock.deliveries.push_back({std::move(deliver), std::move(messages)});
    return;
  }
  const SteadyTime deadline = clock_.SteadyNow() + wait;
  Poller& poller =
      queue.pollers.emplace_back(Poller{&queue, std::move(poll), std::move(deliver), deadline});
  deadlines_.insert({deadline, &poller});
  awaited_.insert(&queue);
}

Outcome<Store::Messages> Store::List(const QueueName& name, const Mailbox::Peek& peek) {
  Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  Advance(*queue);
  ServeTouched(*queue, lock.deliveries);
  return queue->mailbox.List(peek);
}

Outcome<std::vector<Outcome<>>> Store::DeleteMessages(const QueueName& name,
                                                      std::span<const std::string> handles) {
  Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  Advance(*queue);
  std::vector<Outcome<>> outcomes;
  outcomes.reserve(handles.size());
  for (const std::string& handle : handles) outcomes.push_back(queue->mailbox.Delete(handle));
  MessagesChanged(*queue);
  ServeTouched(*queue, lock.deliveries);  // There is room again below the in-flight limit.
  return outcomes;
}

Outcome<std::vector<Outcome<>>> Store::ChangeVisibility(const QueueName& name,
                                                        std::span<const Visibility> changes) {
  Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  Advance(*queue);
  const Instant now = Now();
  std::vector<Outcome<>> outcomes;
  outcomes.reserve(changes.size());
  for (const Visibility& change : changes) {
    outcomes.push_back(queue->mailbox.ChangeVisibility(change.handle, now, change.timeout));
  }
  MessagesChanged(*queue);
  ServeTouched(*queue, lock.deliveries);
  return outcomes;
}

Outcome<> Store::Purge(const QueueName& name) {
  Locked lock(*this);
  Queue* queue = OR_FAIL(Find(name));
  const SteadyTime now = clock_.SteadyNow();
  if (queue->purged && now < *queue->purged + options_.purge_wait) {
    return PurgeQueueInProgress(name.name);
  }
  queue->purged = now;
  queue->mailbox.Clear();
  Changed(*queue);
  return Unit{};
}

void Store::EndOverdue(Deliveries& out) {
  const SteadyTime now = clock_.SteadyNow();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Poller* poller = deadlines_.begin()->second;
    Queue& queue = *poller->queue;
    deadlines_.erase(deadlines_.begin());
    out.push_back({std::move(poller->deliver), Messages()});
    queue.pollers.remove_if([&](const Poller& p) { return &p == poller; });
    if (queue.pollers.empty()) awaited_.erase(&queue);
  }
}

std::optional<SteadyTime> Store::NextWake() const {
  if (deadlines_.empty() && moving_.empty()) return std::nullopt;
  SteadyTime next = SteadyTime::max();
  if (!deadlines_.empty()) next = deadlines_.begin()->first;
  for (const Queue* queue : awaited_) {
    if (const auto due = queue->mailbox.NextDue()) next = std::min(next, *due);
  }
  for (const Queue* queue : moving_) next = std::min(next, queue->moves.front().Due());
  return next;
}

std::optional<SteadyTime> Store::Tick() {
  Locked lock(*this);
  const std::set<Queue*> moving = moving_;
  for (Queue* queue : moving) {
    Move(*queue);
    ServeTouched(*queue, lock.deliveries);
  }
  const std::set<Queue*> queues = awaited_;
  for (Queue* queue : queues) ServeTouched(*queue, lock.deliveries);
  EndOverdue(lock.deliveries);
  armed_ = NextWake();
  return armed_;
}

void Store::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    Tick();
    std::unique_lock lock(mutex_);
    const auto earlier = [&, seen = armed_] { return armed_ != seen; };
    if (armed_) {
      wake_.wait_until(lock, stop, *armed_, earlier);
    } else {
      wake_.wait(lock, stop, earlier);
    }
  }
}

}  // namespace bauta::queue
