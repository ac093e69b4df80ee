#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch.h"

namespace bauta {

// Stops a run in which too many events are refused, by the mapper or by the server: a sudden flood
// of refusals is a mistake of ours or of the producer's, not data.  Looks at any 1,000 events of
// all workers that follow each other, before they are written.  Safe for use by several threads.
class Brake {
 public:
  static constexpr std::size_t kWindow = 1000;

  // The most frequent refusal among the last events, when their share is too high.
  struct Tripped {
    std::size_t refused, seen;  // Of the last events, at most kWindow.
    Refusal most;               // The refusal that occurs most often among them.
    std::size_t most_count;
    // "826 of the last 1,000 events were refused; most often required_missing in column masked_ip"
    std::string Describe() const;
  };
  // Where each of a batch's events stands among all, in their order.
  using Place = std::vector<std::uint64_t>;

  // `stop_above`: share of kWindow, 0 to 1; 1 never trips.  `under_way`: events that may have been
  // counted and not yet written.
  explicit Brake(double stop_above, std::size_t under_way = 0);

  // Takes the events of a batch into account, before it is written.  Trips for good.
  std::optional<Tripped> Count(const std::vector<Event>& events, Place& place);
  // Those of `batch.rejected`, which were counted as rows at `place`, turned out to be refused.
  std::optional<Tripped> CountAgain(const Batch& batch, const Place& place);

 private:
  std::uint32_t KindOf(const Refusal& refusal);
  std::uint32_t& At(std::uint64_t event) { return ring_[event % ring_.size()]; }
  std::uint64_t Oldest() const { return next_ < ring_.size() ? 0 : next_ - ring_.size(); }
  void Check(std::uint64_t from, std::uint64_t to);
  Tripped Diagnose(std::uint64_t end);

  const std::size_t limit_;
  std::mutex mutex_;                 // Guards what follows.
  std::vector<Refusal> kinds_;       // Those that differ.
  std::vector<std::uint32_t> ring_;  // An event's kind and 1, or 0 for a row.
  std::uint64_t next_ = 0;
  std::optional<Tripped> tripped_;
};

}  // namespace bauta
