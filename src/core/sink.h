#pragma once

#include "base/result.h"
#include "core/batch.h"

namespace bauta {

// Where batches go.  One thread at a time: every worker has a Sink of its own.
class Sink {
 public:
  virtual ~Sink() = default;

  // Commits a fate for every event of `batch`, or for none.  Ok means durable.  Left out are the
  // deliveries of `batch.aside`: a transaction that does not end holds their keys.  Take them, and
  // call again with them in a while.  Writing a batch again changes nothing, so a caller that is
  // unsure may repeat the call with the same batch.
  //
  // kRetryable: the database is away or busy; hold the batch and call again.  With
  // `batch.outlived` that helps only once its messages were mapped under another key.
  // kRejected: some of its rows can never be written; they are refusals of the batch now, see
  // `batch.rejected`, and nothing was written.  Call again to commit the rest and to quarantine
  // these.
  // kConfig, kFatal, and kRejected without such rows: no retry can help; stop.
  virtual Result<Written> Write(Batch& batch) = 0;
};

}  // namespace bauta
