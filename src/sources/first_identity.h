// The identity under which a message came first, for one that `bauta queue redrive` has sent again:
// SQS gave it another, but the ledger may know it by the first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "aws/message_attributes.h"
#include "aws/sqs_wire.h"

namespace bauta::sources {

// The message attribute that holds the note of it.
inline constexpr std::string_view kIdentityAttribute = "Bauta.Identity";

struct FirstIdentity {
  std::int64_t sent_ms;
  std::string id;
};

// What the note of a message is about: all that its sender chose.
struct Noted {
  std::string_view body;
  std::span<const aws::MessageAttribute> attributes;  // Without the note.
  std::string_view group;                             // Of a FIFO queue's.
};

// What the note says; nothing if it is not one of ours about this message.  Called on the source's
// own thread.
using VerifyIdentity =
    std::function<std::optional<FirstIdentity>(std::string_view note, const Noted& message)>;

enum class IdentityNote { kNone, kGenuine, kFalse };

// Takes the note away from `message`, and gives it the identity that it had first, if the note is
// genuine.  Nobody behind the source sees the attribute.
IdentityNote RestoreIdentity(aws::Received& message, const VerifyIdentity& verify);

}  // namespace bauta::sources
