#include "sinks/culprits.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "pg/copy_buffer.h"
#include "sinks/attempt.h"

namespace bauta::sinks {
namespace {

using Events = std::span<const std::uint32_t>;

// How often the line that the server names is believed: when many rows are bad, halving is cheaper.
constexpr int kGuesses = 16;

class Search {
 public:
  Search(pg::Connection& connection, const RowEncoder& encoder, const Batch& batch)
      : connection_(connection), encoder_(encoder), batch_(batch) {}

  Result<std::vector<Culprit>> Run(Events events) {
    TRY(connection_.Run(Begin()));
    TRY(Sift(events));
    TRY(SiftAgain());
    if (denied_ && !any_passed_) {
      denied_->hint =
          "every row meets it: grant what the table, its triggers and their functions need";
      return *denied_;
    }
    return std::move(culprits_);
  }

 private:
  Result<> Sift(Events events) {
    if (events.empty()) return Ok();
    std::optional<pg::Failure> failure = TRY(Try(events));
    if (!failure) {
      any_passed_ = true;
      return Ok();
    }
    if (events.size() == 1) {
      culprits_.push_back({events.front(), *std::move(failure)});
      return Ok();
    }
    const bool guess =
        failure->copy_line > 0 && failure->copy_line <= events.size() && guesses_ < kGuesses;
    if (!guess) {
      const std::size_t half = events.size() / 2;
      TRY(Sift(events.first(half)));
      return Sift(events.subspan(half));
    }
    ++guesses_;
    const std::size_t at = failure->copy_line - 1;
    TRY(Sift(events.first(at)));
    TRY(Sift(events.subspan(at, 1)));
    return Sift(events.subspan(at + 1));
  }

  // A foreign key may lead to a row that came later: once all others are in, it is tried again.
  Result<> SiftAgain() {
    const auto refers = [](const Culprit& c) { return c.failure.sqlstate == "23503"; };
    if (std::none_of(culprits_.begin(), culprits_.end(), refers)) return Ok();
    std::vector<std::uint32_t> again;
    for (const Culprit& culprit : culprits_) {
      if (refers(culprit)) again.push_back(culprit.event);
    }
    std::erase_if(culprits_, refers);
    return Sift(again);
  }

  // Nothing if the server takes them; they stay, within the transaction.
  Result<std::optional<pg::Failure>> Try(Events events) {
    buffer_.Begin();
    for (const std::uint32_t i : events) TRY(encoder_.Encode(*batch_.events[i].row, buffer_));
    buffer_.End();
    TRY(connection_.Run("SAVEPOINT part;" + encoder_.copy_sql() +
                        ";SET CONSTRAINTS ALL IMMEDIATE"));
    const Result<pg::Connection::Progress> done = connection_.Feed(buffer_.data());
    std::optional<pg::Failure> failure;
    if (!done.ok()) {
      failure = connection_.last_failure();
      if (!pg::MayBlameRow(*failure)) return done.error();
      if (failure->sqlstate == "42501") denied_ = done.error();
    } else if (done->results.empty() ||
               done->results[0].affected() != static_cast<std::int64_t>(events.size())) {
      failure.emplace();
    }
    TRY(connection_.Run(failure ? "ROLLBACK TO part"
                                : "RELEASE part;SET CONSTRAINTS ALL DEFERRED"));
    return failure;
  }

  pg::Connection& connection_;
  const RowEncoder& encoder_;
  const Batch& batch_;
  pg::CopyBuffer buffer_;
  std::vector<Culprit> culprits_;
  int guesses_ = 0;
  std::optional<Error> denied_;  // A privilege was missing: no row's fault if it stops them all.
  bool any_passed_ = false;
};

}  // namespace

Result<std::vector<Culprit>> FindCulprits(pg::Connection& connection, const RowEncoder& encoder,
                                          const Batch& batch, Events events) {
  Result<std::vector<Culprit>> found = Search(connection, encoder, batch).Run(events);
  if (!connection.Rollback() && found.ok()) return Retryable("lost the connection to PostgreSQL");
  return found;
}

}  // namespace bauta::sinks
