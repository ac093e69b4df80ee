#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch.h"

namespace bauta {

// Stops a run in which too many events are refused, by the mapper or by the server: a sudden flood
// of refusals is a mistake of ours or of the producer's, not data.  Looks at the last 1,000 events
// of all workers, before they are written.  Safe for use by several threads.
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

  // `stop_above`: share of kWindow, 0 to 1; 1 never trips.
  explicit Brake(double stop_above);

  // Takes the events of a batch into account, before it is written.  Trips for good.
  std::optional<Tripped> Count(const std::vector<Event>& events);
  // Some events that were counted as rows turned out to be refused.
  std::optional<Tripped> CountAgain(const std::vector<Refusal>& refusals);

 private:
  Tripped Diagnose() const;

  const std::size_t limit_;
  std::mutex mutex_;  // Guards what follows.
  std::vector<std::optional<Refusal>> window_;
  std::size_t next_ = 0, seen_ = 0;
  std::size_t refused_ = 0;
  std::optional<Tripped> tripped_;
};

}  // namespace bauta
