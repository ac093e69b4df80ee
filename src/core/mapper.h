#pragma once

#include <string>

#include "core/batch.h"
#include "core/message.h"

namespace bauta {

// Turns a message into the events of a batch.  A pure function of the message, the rules and the
// key: no I/O.  One thread at a time: every worker has a Mapper of its own.
class Mapper {
 public:
  virtual ~Mapper() = default;
  // Before the first message of a batch: takes up another key if there is one, and says which makes
  // the tokens from here on: Batch::kid.
  virtual std::string BeginBatch() { return {}; }
  // Appends one Delivery and its Events to `batch`.  Takes `message.body` and `.attributes` away
  // (they go into the delivery, sealed from view); the rest of `message` stays for Ack.
  // Never fails: what cannot be a row is an event with a refusal.
  virtual void Map(Message& message, Batch& batch) = 0;
};

}  // namespace bauta
