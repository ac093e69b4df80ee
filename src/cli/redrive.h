// Moves messages from a dead-letter queue back, each with a note of who it was first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/dead_letter.h"
#include "cli/redrive_ends.h"

namespace bauta::cli {

// A message is deleted only once its copy was taken, so whatever ends this, none is lost; a copy
// that was sent twice has the same note, and so one row.  Of a FIFO queue's group nothing overtakes
// what is left.  Run once; the counters may be read from any thread meanwhile.
class Redrive {
 public:
  struct Options {
    bool fifo = false;
    std::uint64_t most = 0;   // Messages; 0: all.
    std::size_t workers = 8;  // A FIFO queue gets one.
  };
  struct Counts {
    std::uint64_t moved = 0;
    std::uint64_t failed = 0;    // Left where they are: refused, or no copy could be made.
    std::uint64_t returned = 0;  // Left: they were moved, and are dead letters again.
  };

  // Both outlive it.
  Redrive(RedriveEnds& ends, const IdentityNotes& notes, Options options)
      : ends_(ends), notes_(notes), options_(options) {}

  // Blocks until nothing is left but what has to stay, or `stop`.  An Error: it gave up, and what
  // counts() says was done nevertheless.
  Result<> Run(const std::stop_token& stop);

  Counts counts() const;
  std::string last_refusal() const;  // Why one of the failed ones was left.

 private:
  using Letters = std::vector<DeadLetter>;
  // Of a message that was seen: under which id, and whether it has been sent.
  struct Seen {
    Uuid id;
    bool moved = false;
  };
  // What is to be done with what was received.
  struct Sorted {
    Letters letters;                 // To be moved.
    std::vector<std::string> again;  // Moved before: receipts that are to be deleted once more.
    bool news = false;               // Some had not been looked at before.
  };

  void Work(const std::stop_token& stop);
  Result<bool> MoveSome();
  Sorted Sort(std::vector<aws::Received> messages);
  void SortOne(aws::Received message, Sorted& sorted);
  bool MayGoOn(const Sorted& sorted, std::size_t received);
  Letters NextWave(Letters& letters);
  Result<> Send(Letters letters, std::vector<std::string>& taken);
  Result<> SendSingly(Letters letters, std::vector<std::string>& taken);
  Letters Settle(Letters sent, const RedriveEnds::Refusals& refused, bool again,
                 std::vector<std::string>& taken);
  Result<> Delete(const std::vector<std::string>& receipts);
  void Leave(const DeadLetter& letter, const std::string& why);
  bool Keep(const Uuid& id, std::string receipt, const std::string& group,
            std::uint64_t Counts::*counter);
  void GiveBack();
  std::size_t Reserve();

  RedriveEnds& ends_;
  const IdentityNotes& notes_;
  const Options options_;

  mutable std::mutex mutex_;  // Guards what follows.
  Counts counts_;
  std::uint64_t reserved_ = 0;
  std::map<LedgerKey, Seen> seen_;
  std::map<Uuid, std::string> left_;  // The newest receipt of each.
  std::set<Uuid> undeleted_;          // Moved, and received once more.
  std::set<std::string> blocked_;     // Groups of which one is left.
  std::uint64_t stale_ = 0;           // Received since there was news.
  std::string last_refusal_;
  std::optional<Error> broken_;
};

}  // namespace bauta::cli
