// What must not come back: messages that were sent before the person or the value in them was
// erased.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/row.h"
#include "pg/connection.h"

namespace bauta::vault {

// The tokens in events that have rows.  Refers to their texts.
class TokensOfEvents {
 public:
  // `subject`: the person's, or empty.
  void Add(std::uint32_t event, std::int64_t sent_ms, std::string_view subject, const Row& row);
  // While keys rotate: what another key would have made of a value of the event.
  void AddOld(std::uint32_t event, std::int64_t sent_ms, std::string_view token) {
    all_.push_back({event, sent_ms, token});
  }

 private:
  friend class Erasures;
  struct Sent {
    std::uint32_t event;
    std::int64_t ms;
    std::string_view token;
  };
  std::vector<Sent> all_;
};

// Knows only when the last erasure was: what was sent later cannot have been erased, and needs no
// look at the list.  What was sent before is asked for, batch by batch; so its memory does not grow
// with the list.  One thread at a time: every worker has its own.
//
// Who writes rows holds a lock in their database, that an erasure takes alone; what it reads here
// after it has the lock is so until its COMMIT, also where schema pii is in another database.
class Erasures {
 public:
  // `apart`: where schema pii has a database of its own; else it is `connection`'s.  Nothing if
  // there is none.  kConfig if this user may not read the list.
  static Result<std::optional<Erasures>> Open(pg::Connection& connection,
                                              const std::optional<pg::ConnectOptions>& apart);

  bool is_apart() const { return apart_.has_value(); }
  // Before a transaction: fails where the database apart is known to be away.
  Result<> Prepare();
  // Only of one that is apart.
  Result<std::int64_t> ReadGeneration();

  bool IsOf(std::int64_t generation) const { return generation_ == generation; }
  void Forget() { generation_.reset(); }
  // Also true while nothing is known.
  bool MayConcern(std::int64_t sent_ms) const { return !generation_ || sent_ms <= latest_ms_; }

  // These in a transaction that holds the lock, and has read the generation since.  `connection`:
  // the transaction's.
  Result<> Read(pg::Connection& connection, std::int64_t generation);
  // The events of which a token was erased after they were sent; sorted, each once.
  Result<std::vector<std::uint32_t>> Find(pg::Connection& connection, const TokensOfEvents& tokens);

 private:
  Error Explain(Error error) const;
  Result<pg::Connection*> Own();
  Result<pg::Connection*> ListIn(pg::Connection& connection);

  std::optional<pg::ConnectOptions> apart_;
  std::optional<pg::Connection> own_;  // For apart_.
  std::optional<std::int64_t> generation_;
  std::int64_t latest_ms_ = 0;
};

}  // namespace bauta::vault
