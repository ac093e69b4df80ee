#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "core/brake.h"
#include "core/mapper.h"
#include "core/sink.h"
#include "core/source.h"

namespace bauta {

// Why a run ended.
enum class Stopped { kEmpty, kIdle, kLimit, kSignal, kError };

// What a run did so far, in deliveries and in events.  received = committed + redelivered +
// released + held; seen = inserted + duplicate + quarantined.
struct RunCounts {
  std::uint64_t received = 0, committed = 0, redelivered = 0, released = 0;
  std::uint64_t inserted = 0, duplicate = 0, quarantined = 0;
  std::array<std::uint64_t, kReasonCodes.size()> by_reason{};
  std::uint64_t raw_tokens = 0;  // Values of inserted rows that `on_invalid: raw` let in.
  // Values in clear that look like personal data, by column: of the events that were looked at.
  std::map<std::string, std::uint64_t, std::less<>> leaks;
  std::uint64_t seen() const { return inserted + duplicate + quarantined; }
};

// Moves messages from a Source, through Mappers, into Sinks.
//
// Each worker is a loop of four lines: receive up to a batch, map each message, write, and only
// then ack.  While the sink is away its batch is held and written again.  Messages are released
// only when the run stops, or the brake does, or block_groups says so.
class Pipeline {
 public:
  struct Options {
    std::size_t batch_rows = 5000;
    std::size_t batch_bytes = 4 << 20;
    std::chrono::milliseconds batch_age{200};
    double stop_above = 0.5;                        // The Brake's share.
    bool until_empty = false;                       // Stop once the source is exhausted.
    std::optional<std::chrono::milliseconds> idle;  // Stop when nothing came for so long.
    std::uint64_t max_messages = 0;                 // Stop after so many deliveries; 0: never.
    std::optional<std::chrono::milliseconds> max_duration;
    std::chrono::milliseconds grace{25'000};      // For draining, after a stop.
    std::chrono::milliseconds aside_for{10'000};  // Until what a Write set aside is tried again.
    // FIFO: a refused message is not quarantined but given back, with what follows in its group.
    bool block_groups = false;
    bool release_all = false;  // A dry run: nothing is acked; all is released at the end.
  };
  // One worker's own parts.
  struct Worker {
    std::unique_ptr<Mapper> mapper;
    std::unique_ptr<Sink> sink;
  };
  struct Outcome {
    Stopped stopped;
    std::optional<Error> error;  // With kError: why.
    bool drained;                // False if something was still held when the grace was over.
  };

  // `source` and `clock` must outlive the pipeline.
  Pipeline(Source& source, std::vector<Worker> workers, Options options,
           const Clock& clock = SystemClock());

  // Runs until the options or `stop` end it, drains, and closes the source.  Call once.
  Outcome Run(std::stop_token stop);

  // Any thread, also during Run.
  RunCounts Counts() const;
  // First receipt to last ack.
  std::chrono::milliseconds Elapsed() const;

 private:
  // A batch on its way, and the messages that it still has to settle.
  struct Load {
    Batch batch;
    std::vector<Message> messages;      // One for each delivery.
    std::optional<Brake::Place> place;  // Nothing: the brake has not seen these events together.
    SteadyTime due{};                   // Not to be tried before.
  };

  void Work(Worker& worker, std::size_t number);
  bool SettleLeftover(Worker& worker);
  bool TakeAndSettle(Worker& worker);
  // Groups of which something was given back or left for later: nothing may overtake it.
  using Groups = std::unordered_set<std::string>;

  void Settle(Worker& worker, std::vector<Message> messages);
  Load MapSome(Worker& worker, std::vector<Message>& messages, std::size_t& next);
  void SettleSome(Worker& worker, Load load, Groups& behind);
  void TellLeaks(const std::vector<Leak>& leaks);
  static void NoteGroups(const std::vector<Message>& messages, Groups& behind);
  void GiveBackBehind(std::vector<Message>& messages, std::size_t from, const Groups& behind);
  bool MustGiveUp();
  void Write(Worker& worker, Load load, Groups& behind);
  Load TakeLeftover(Load& load);
  void Leave(Load leftover);
  std::optional<Load> DueLeftover();
  bool Fit(const Load& a, const Load& b) const;
  enum class Refused { kEarlier, kAll };  // kEarlier: on an earlier delivery, too.
  void GiveBackRefused(Load& load, Refused which, Groups& behind);
  void SayWhatHoldsUp(const Batch& batch, std::uint64_t held_back) const;
  std::optional<Brake::Tripped> CountRejected(Load& load);
  void Brakes(const Brake::Tripped& tripped);
  std::optional<Written> WriteUntilDone(Worker& worker, Load& load, Groups& behind);
  void GiveBackOutlived(Load& load, Groups& behind);
  void GoesOn(SteadyTime since);
  void Committed(std::vector<Message> messages, const Written& written, std::uint64_t raw_tokens);
  void GiveBack(std::vector<Message> messages, bool now);
  void LookForTheEnd();
  void Finish(Stopped why, std::optional<Error> error = {});
  bool GraceIsOver() const;
  std::chrono::steady_clock::duration GraceLeft() const;
  std::size_t Reserve();
  void Unreserve(std::size_t n);

  Source& source_;
  std::vector<Worker> workers_;
  const Options options_;
  const Clock& clock_;
  Brake brake_;
  log::RateLimit waiting_log_{std::chrono::seconds(10)};
  log::RateLimit going_log_{std::chrono::seconds(10)};
  log::RateLimit leak_log_{std::chrono::seconds(60)};
  std::stop_source stop_;

  std::atomic<std::uint64_t> reserved_{0};  // Deliveries taken or about to be, for max_messages.
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::int64_t> last_message_ms_{0};  // Steady clock; for idle.

  mutable std::mutex mutex_;  // Guards what follows.
  std::optional<Outcome> end_;
  std::optional<SteadyTime> grace_ends_;
  std::optional<SteadyTime> first_receipt_, last_ack_;
  RunCounts counts_;            // Without what the source counts: received, its own releases.
  std::vector<Message> kept_;   // A dry run's messages, until the end.
  std::deque<Load> leftovers_;  // What Writes set aside, in the order of `due`.
  bool settling_ = false;       // A worker writes a leftover: one at a time.
};

}  // namespace bauta
