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
#include <vector>

#include "aws/sqs_client.h"
#include "base/result.h"
#include "cli/identity_notes.h"
#include "core/message.h"

namespace bauta::cli {

// A message is deleted only once its copy was taken, so whatever ends this, none is lost; a copy
// that was sent twice has the same note, and so one row.  Run once; the counters may be read from
// any thread meanwhile.
class Redrive {
 public:
  struct Options {
    std::string from, to;     // URLs.
    std::uint64_t most = 0;   // Messages; 0: all.
    std::size_t workers = 8;  // 1 keeps the order within the groups of a FIFO queue.
  };
  struct Counts {
    std::uint64_t moved = 0;
    std::uint64_t failed = 0;    // Left where they are: refused, damaged, or no room for the note.
    std::uint64_t returned = 0;  // Left: they were moved, and are dead letters again.
  };

  // Both outlive it.
  Redrive(aws::SqsClient& client, const IdentityNotes& notes, Options options)
      : client_(client), notes_(notes), options_(std::move(options)) {}

  // Blocks until nothing is left, or `stop`.  An Error: it gave up, and what counts() says was done
  // nevertheless.
  Result<> Run(const std::stop_token& stop);

  Counts counts() const;
  std::string last_refusal() const;  // Why one of the failed ones was left.

 private:
  using Messages = std::vector<aws::Received>;
  // What to do with a message.
  struct Plan {
    aws::SendEntry entry;
    LedgerKey key;
    std::string id, receipt;
  };
  // Of a message that was seen: under which id, and whether it has been sent.
  struct Seen {
    Uuid id;
    bool moved = false;
  };

  void Work(const std::stop_token& stop);
  Result<bool> MoveSome(const std::stop_token& stop);
  std::vector<Plan> Sort(Messages messages, std::vector<std::string>& again);
  std::optional<Plan> PlanFor(aws::Received& message);
  Result<std::vector<std::string>> Send(std::vector<Plan> plans, const std::stop_token& stop);
  Result<> Delete(const std::vector<std::string>& receipts, const std::stop_token& stop);
  void Leave(const std::string& receipt, const std::string& why);
  void GiveBack();
  std::size_t Reserve();
  template <class T, class Call>
  Result<T> Try(Call call, const std::stop_token& stop);

  aws::SqsClient& client_;
  const IdentityNotes& notes_;
  const Options options_;

  mutable std::mutex mutex_;  // Guards what follows.
  Counts counts_;
  std::uint64_t reserved_ = 0;
  std::map<LedgerKey, Seen> seen_;
  std::vector<std::string> left_;  // Receipts.
  std::string last_refusal_;
  std::optional<Error> broken_;
};

}  // namespace bauta::cli
