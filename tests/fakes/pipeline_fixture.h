// A pipeline between a queue, a mapper and a database that live in memory.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/pipeline.h"
#include "fakes/fake_source.h"

namespace bauta {

// Bodies that begin with "bad" are refused; Rows need mapping/, so good events are refusals of a
// kind that FakeSink counts as inserted.
class FakeMapper : public Mapper {
 public:
  explicit FakeMapper(const std::string& kid) : kid_(kid) {}
  std::string BeginBatch() override { return kid_; }
  void Map(Message& message, Batch& batch) override {
    const bool bad = message.body.starts_with("bad");
    batch.deliveries.push_back({message.key, batch.arena.Copy(message.id), message.receive_count,
                                Sealable("{}", std::move(message.body))});
    Event event{static_cast<std::uint32_t>(batch.deliveries.size() - 1), 0, {}, {}};
    if (bad) event.refusal = Refusal{Reason::kRequiredMissing, "masked_ip"};
    const std::size_t events = batch.deliveries.back().id.ends_with("many") ? 100 : 1;
    batch.events.insert(batch.events.end(), events, event);
  }

 private:
  const std::string& kid_;
};

struct FakeDatabase {
  std::mutex mutex;
  std::set<std::string> ids;  // The ledger.
  std::deque<Error> errors;   // What the next writes fail with.
  bool down = false;
  std::set<std::string> locked;   // In another's hands: they are set aside.
  std::set<std::string> retired;  // Keys whose tokens it does not take.
  bool strict = false;            // Refuses rows whose id ends with "7", as a constraint would.
  int writes = 0, patient_writes = 0;
  std::size_t most_events = 0;  // In one write.
  std::function<void()> on_write = [] {};
};

class FakeSink : public Sink {
 public:
  explicit FakeSink(FakeDatabase& db) : db_(db) {}

  Result<Written> Write(Batch& batch) override {
    const std::lock_guard lock(db_.mutex);
    ++db_.writes;
    db_.patient_writes += batch.hurried ? 0 : 1;
    db_.most_events = std::max(db_.most_events, batch.events.size());
    db_.on_write();
    if (db_.down) return Retryable("no route to the database");
    if (!db_.errors.empty()) {
      const Error error = db_.errors.front();
      db_.errors.pop_front();
      return error;
    }
    batch.outlived = db_.retired.contains(batch.kid);
    if (batch.outlived) return Retryable("retired");
    if (db_.strict && Refuses(batch)) return Rejected("constraint");
    Written written;
    batch.aside.clear();
    for (std::uint32_t i = 0; i < batch.deliveries.size(); ++i) {
      const bool locked = db_.locked.contains(std::string(batch.deliveries[i].id));
      if (locked) batch.aside.push_back(i);
    }
    for (const Event& event : batch.events) {
      if (std::count(batch.aside.begin(), batch.aside.end(), event.delivery) > 0) {
        written.fates.push_back(Fate::kNone);
      } else if (!db_.ids.insert(std::string(batch.deliveries[event.delivery].id)).second) {
        written.fates.push_back(Fate::kRedelivered);
        ++written.redelivered;
      } else if (event.refusal) {
        written.fates.push_back(Fate::kQuarantined);
        written.refusals.push_back(*event.refusal);
      } else {
        written.fates.push_back(Fate::kInserted);
      }
    }
    return written;
  }

 private:
  static bool Refuses(Batch& batch) {
    batch.rejected.clear();
    for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
      Event& event = batch.events[i];
      if (event.refusal || !batch.deliveries[event.delivery].id.ends_with('7')) continue;
      event.refusal = Refusal{Reason::kConstraint, {}, "23514", "not_seven"};
      batch.rejected.push_back(i);
    }
    return !batch.rejected.empty();
  }

  FakeDatabase& db_;
};

class PipelineTest : public testing::Test {
 protected:
  Pipeline Make(Pipeline::Options options = {}, std::size_t workers = 1) {
    std::vector<Pipeline::Worker> parts;
    for (std::size_t i = 0; i < workers; ++i) {
      parts.push_back({std::make_unique<FakeMapper>(kid_), std::make_unique<FakeSink>(db_)});
    }
    return Pipeline(source_, std::move(parts), options);
  }
  static Pipeline::Options UntilEmpty() {
    Pipeline::Options options;
    options.until_empty = true;
    return options;
  }

  FakeSource source_;
  FakeDatabase db_;
  std::string kid_ = "k1";  // That the mappers use.
};

}  // namespace bauta
