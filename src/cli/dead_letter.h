#pragma once

#include <cstddef>
#include <string>

#include "aws/sqs_client.h"
#include "base/result.h"
#include "base/uuid.h"
#include "cli/identity_notes.h"
#include "core/message.h"

namespace bauta::cli {

// A dead letter that can go back, and the copy that is sent.
struct DeadLetter {
  aws::SendEntry copy;
  LedgerKey first;      // The identity in the copy's note.
  Uuid id;              // What SQS calls it as a dead letter.
  std::string receipt;  // Never logged.
  std::string group;    // Of a FIFO queue's: its copy may not overtake one of the same.
};

// SQS's count of a copy's size.
std::size_t BytesOf(const aws::SendEntry& entry);

// Makes the copy, with a note of who it was first: as its own note says, if it has a genuine one.
// kRejected: why it has to stay where it is.
Result<DeadLetter> MakeDeadLetter(aws::Received message, const IdentityNotes& notes, bool fifo);

}  // namespace bauta::cli
