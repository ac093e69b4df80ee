// All queues, their attributes and messages, and the pollers that wait for messages.  In memory;
// and in a journal, if it is given one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "queue/bad_day.h"
#include "queue/failure.h"
#include "queue/group_commit.h"
#include "queue/journal.h"
#include "queue/mailbox.h"
#include "queue/message.h"
#include "queue/move_task.h"
#include "queue/permissions.h"
#include "queue/settings.h"

namespace bauta::queue {

struct QueueName {
  std::string account, region, name;
  auto operator<=>(const QueueName&) const = default;
};
// arn:aws:sqs:REGION:ACCOUNT:NAME; nothing if it is of another form.
std::optional<QueueName> FromArn(std::string_view arn);
std::string ToArn(const QueueName& queue);

// Every function may be called from any thread.  Callbacks run without a lock held, on the thread
// whose call completed them: the receiver's own, a sender's, or the one in Run or Tick.
class Store {
 public:
  struct Options {
    std::size_t in_flight_limit = 120'000;
    std::chrono::milliseconds purge_wait{60'000};  // Between two purges of a queue.
    std::chrono::milliseconds delete_wait{0};      // Before a deleted queue's name is free again.
    BadDay bad_day = {};
  };
  explicit Store(const Options& options, const Clock& clock = SystemClock());
  ~Store();  // Waiting pollers are dropped uncalled.
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Weather& weather() { return weather_; }

  // Puts back what `journal` holds, and gives it what changes from here on, in Record.  Before any
  // other call.  kConfig: it cannot be read.
  Result<> Keep(std::unique_ptr<Journal> journal);
  // Null unless it keeps: then no answer may go out but through its WhenDurable.
  GroupCommit* commit() { return commit_.get(); }
  // Writes what changes until stopped; returns at once if nothing is kept.
  void Record(const std::stop_token& stop);

  // Idempotent if nothing in `attributes` differs from what there is.
  Outcome<> Create(const QueueName& queue, const Attributes& attributes, const Attributes& tags);
  Outcome<> Delete(const QueueName& queue);
  void DeleteAll();
  Outcome<> Exists(const QueueName& queue) const;
  // Those of the account and region with the prefix and after `after`, by name, at most `max`.
  std::vector<std::string> List(const QueueName& after, std::string_view prefix,
                                std::size_t max) const;
  Outcome<> SetAttributes(const QueueName& queue, const Attributes& changes);
  Outcome<Attributes> GetAttributes(const QueueName& queue);
  Outcome<> AddPermission(const QueueName& queue, const Permission& permission);
  Outcome<> RemovePermission(const QueueName& queue, const std::string& label);
  // Names of the queues of its account and region whose dead letters go to this one.
  Outcome<std::vector<std::string>> DeadLetterSources(const QueueName& queue) const;
  Outcome<> Tag(const QueueName& queue, const Attributes& tags);
  Outcome<> Untag(const QueueName& queue, std::span<const std::string> keys);
  Outcome<Attributes> Tags(const QueueName& queue) const;

  Outcome<Rules> RulesOf(const QueueName& queue) const;
  struct Sent {
    SharedContent content;
    std::optional<std::chrono::seconds> delay;  // Default: the queue's.
  };
  // To a FIFO queue: what the messages became, in their order; else nothing.
  Outcome<std::vector<Mailbox::Placed>> Send(const QueueName& queue, std::vector<Sent> messages);

  struct Poll {
    std::size_t max = 1;
    std::optional<std::chrono::seconds> visibility = {}, wait = {};  // Default: the queue's.
    std::string attempt = {};  // On FIFO queues: ReceiveRequestAttemptId, if any.
    std::function<bool()> gone = [] { return false; };  // True: nobody would read the answer.
  };
  using Messages = std::vector<Received>;
  using Deliver = std::function<void(Outcome<Messages>)>;
  // Calls `deliver` once: at once, or when messages are there or the wait is over.  Never if the
  // poller is found to be gone.
  void Receive(const QueueName& queue, Poll poll, Deliver deliver);

  // What there is, without receiving it.
  Outcome<Messages> List(const QueueName& queue, const Mailbox::Peek& peek);

  struct Visibility {
    std::string handle;
    std::chrono::seconds timeout;
  };
  // One outcome a handle, in their order.
  Outcome<std::vector<Outcome<>>> DeleteMessages(const QueueName& queue,
                                                 std::span<const std::string> handles);
  Outcome<std::vector<Outcome<>>> ChangeVisibility(const QueueName& queue,
                                                   std::span<const Visibility> changes);
  Outcome<> Purge(const QueueName& queue);

  // Moves the visible messages of a dead-letter queue, in Run or Tick; the task's handle.
  // `destination_arn` empty: each to the queue it came from.
  Outcome<std::string> StartMove(const std::string& source_arn, const std::string& destination_arn,
                                 std::optional<std::int64_t> per_second);
  // The last first.
  Outcome<std::vector<MoveTask>> Moves(const std::string& source_arn, std::size_t max) const;
  Outcome<std::uint64_t> CancelMove(const std::string& handle);  // How many it had moved.

  // Goes on with the move tasks, and serves the pollers for whom time has done something; the time
  // at which to call again.
  std::optional<SteadyTime> Tick();
  // Ticks whenever it is time, until stopped.  For the machine's own clock only.
  void Run(std::stop_token stop);

 private:
  struct Poller;
  struct Queue;
  struct Delivery {
    Deliver deliver;
    Outcome<Messages> messages;
  };
  using Deliveries = std::vector<Delivery>;
  class Locked;  // The lock; on release wakes Run if need be and delivers.

  Instant Now() const;
  Outcome<Queue*> Find(const QueueName& queue) const;  // Under the lock, like all below.
  Outcome<> CheckRedrive(const QueueName& queue, const Attributes& changes) const;
  void Remove(Queue& queue, Deliveries& out);
  void Advance(Queue& queue);
  Messages Take(Queue& queue, const Poll& poll);
  void Serve(Queue& queue, Deliveries& out);
  void ServeTouched(Queue& queue, Deliveries& out);
  void EndOverdue(Deliveries& out);
  std::optional<SteadyTime> NextWake() const;
  Outcome<Queue*> FindByArn(std::string_view arn, std::string_view parameter) const;
  bool IsDeadLetterQueue(const Queue& queue) const;
  Queue* DestinationOf(MoveTask& task, const std::string* origin) const;
  void Move(Queue& source);
  // To be called after a change of the queue itself, or of its messages.
  void Changed(Queue& queue);
  void MessagesChanged(Queue& queue);
  Result<Queue*> Restore(const Journal::SavedQueue& saved, const Instant& now);
  static QueueRecord ToRecord(const Queue& queue, const Instant& now);
  Changes Gather();  // Takes the lock.

  const Options options_;
  const Clock& clock_;
  std::uint64_t key_;  // Of receipt handles.
  Weather weather_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<GroupCommit> commit_;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable_any wake_;
  std::map<QueueName, std::unique_ptr<Queue>> queues_;
  std::map<QueueName, SteadyTime> deleted_;             // If there is a delete_wait.
  std::set<Queue*> awaited_;                            // Queues with pollers.
  std::set<Queue*> moving_;                             // Whose first move task runs.
  std::set<std::pair<SteadyTime, Poller*>> deadlines_;  // Of all pollers.
  std::set<Queue*> touched_;                            // Got dead letters; pollers to be served.
  std::set<Queue*> changed_;                            // Since Gather, if anything is kept;
  std::vector<std::uint64_t> removed_;                  // and the ids of those that are gone.
  std::uint64_t last_id_ = 0;
  std::optional<SteadyTime> armed_;  // When Run will look by itself.
};

}  // namespace bauta::queue
