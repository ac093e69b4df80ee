#include "sinks/locked_keys.h"

#include <algorithm>
#include <span>
#include <string>

#include "sinks/event_keys.h"
#include "sinks/ledger.h"
#include "sinks/transaction.h"

namespace bauta::sinks {
namespace {

using Deliveries = std::span<const std::uint32_t>;

constexpr int kMostFailures = 100;  // Of 20 ms.

class Search {
 public:
  Search(pg::Connection& connection, const BatchPlan& plan, std::int16_t pipeline_id)
      : connection_(connection), plan_(plan), pipeline_id_(pipeline_id) {}

  Result<std::vector<std::uint32_t>> Run() {
    TRY(connection_.Run(Begin() + ";SET LOCAL lock_timeout = '20ms'"));
    TRY(Sift(plan_.NewByKey()));
    std::sort(locked_.begin(), locked_.end());
    return std::move(locked_);
  }

 private:
  Result<> Sift(Deliveries deliveries) {
    if (TRY(Free(deliveries))) return Ok();
    if (deliveries.size() == 1 || ++failures_ > kMostFailures) {
      locked_.insert(locked_.end(), deliveries.begin(), deliveries.end());
      return Ok();
    }
    const std::size_t half = deliveries.size() / 2;
    TRY(Sift(deliveries.first(half)));
    return Sift(deliveries.subspan(half));
  }

  Result<bool> Free(Deliveries deliveries) {
    TRY(connection_.Run("SAVEPOINT part"));
    const Result<> wrote = Write(deliveries);
    if (wrote.ok()) return true;
    if (connection_.last_failure().sqlstate != "55P03") return wrote.error();
    TRY(connection_.Run("ROLLBACK TO part"));
    return false;
  }

  Result<> Write(Deliveries deliveries) {
    const Batch& batch = plan_.batch();
    TRY(InsertLedger(connection_, batch, deliveries, pipeline_id_));
    std::vector<std::uint32_t> events;
    for (const std::uint32_t i : deliveries) {
      const auto first =
          std::partition_point(batch.events.begin(), batch.events.end(),
                               [i](const Event& event) { return event.delivery < i; });
      for (auto event = first; event != batch.events.end() && event->delivery == i; ++event) {
        events.push_back(static_cast<std::uint32_t>(event - batch.events.begin()));
      }
    }
    const KeyClaims claims(batch, events);
    if (!claims.empty()) TRY(WriteKeys(connection_, claims.Firsts(), pipeline_id_));
    return Ok();
  }

  pg::Connection& connection_;
  const BatchPlan& plan_;
  const std::int16_t pipeline_id_;
  std::vector<std::uint32_t> locked_;
  int failures_ = 0;
};

}  // namespace

Result<std::vector<std::uint32_t>> FindLocked(pg::Connection& connection, const BatchPlan& plan,
                                              std::int16_t pipeline_id) {
  Result<std::vector<std::uint32_t>> found = Search(connection, plan, pipeline_id).Run();
  if (!connection.Rollback() && found.ok()) return Retryable("lost the connection to PostgreSQL");
  return found;
}

}  // namespace bauta::sinks
