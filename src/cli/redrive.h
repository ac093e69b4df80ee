// Moves messages from a dead-letter queue back, each with a note of who it was first.
#pragma once

#include <condition_variable>
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
    // Moved, but not known to be deleted: at the end, dead letters whose copies are on their way.
    std::uint64_t undeleted = 0;
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
  class Share;
  // A message of which nothing but its deletion is left to do.
  struct Done {
    Uuid id;
    std::string receipt;
  };
  // Of a message that was seen: under which id, and whether it has been sent.
  struct Seen {
    Uuid id;
    bool moved = false;
  };
  // What is to be done with what was received.
  struct Sorted {
    Letters letters;          // To be moved.
    std::vector<Done> again;  // Moved before: to be deleted once more.
    bool news = false;        // Some had not been looked at before.
  };

  void Work(const std::stop_token& stop);
  Result<bool> MoveSome(const std::stop_token& stop);
  Sorted Sort(std::vector<aws::Received> messages);
  void SortOne(aws::Received message, Sorted& sorted);
  bool MayGoOn(const Sorted& sorted, std::size_t received);
  Letters NextWave(Letters& letters);
  Result<> Send(Letters letters, std::vector<Done>& taken);
  Result<> SendSingly(Letters letters, std::vector<Done>& taken);
  Letters Settle(Letters sent, const RedriveEnds::Refusals& refused, bool again,
                 std::vector<Done>& taken);
  Result<> Delete(std::vector<Done> done);
  Result<> DeleteTen(std::vector<Done> ten);
  std::vector<Done> SettleDeletes(std::vector<Done> ten, const RedriveEnds::Refusals& refused);
  void Leave(const DeadLetter& letter, const std::string& why);
  bool Keep(const Uuid& id, std::string receipt, const std::string& group,
            std::uint64_t Counts::*counter);
  void GiveBack();
  std::string NewestReceipt(const Uuid& id, std::string receipt);
  std::uint64_t Free() const;

  RedriveEnds& ends_;
  const IdentityNotes& notes_;
  const Options options_;

  mutable std::mutex mutex_;  // Guards what follows.
  Counts counts_;
  std::condition_variable shared_;  // Somebody has done with a share of `most`.
  std::uint64_t in_hand_ = 0;       // The sum of all shares.
  std::map<LedgerKey, Seen> seen_;
  std::map<Uuid, std::string> left_;   // The newest receipt of each.
  std::map<Uuid, std::string> newer_;  // Received once more while one is being moved.
  std::set<Uuid> undeleted_;           // Moved, and not known to be deleted.
  std::set<Uuid> came_again_;          // Moved, and received once more.
  std::set<std::string> blocked_;      // Groups of which one is left.
  std::uint64_t stale_ = 0;            // Received since there was news.
  std::string last_refusal_;
  std::optional<Error> broken_;
};

}  // namespace bauta::cli
