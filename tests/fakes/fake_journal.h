// A journal that takes its time, and fails as often as it is told to.
#pragma once

#include <cstdint>
#include <semaphore>
#include <vector>

#include "queue/journal.h"

namespace bauta::fakes {

class FakeJournal : public queue::Journal {
 public:
  Result<Saved> ReadQueues() override { return Saved{}; }
  Result<> ReadMessages(const MessageReader&) override { return Ok(); }
  Result<> Write(const queue::Changes& changes) override {
    begun.release();
    may_end.acquire();
    if (failures > 0) {
      --failures;
      return Retryable("SQLite: database or disk is full (13)");
    }
    written.push_back(changes.now_ms);
    return Ok();
  }

  std::counting_semaphore<> begun{0}, may_end{0};
  // Not while a Write is under way:
  int failures = 0;
  std::vector<std::int64_t> written;
};

}  // namespace bauta::fakes
