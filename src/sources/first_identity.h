// The identity under which a message came first, for one that `bauta queue redrive` has sent again:
// SQS gave it another, but the ledger may know it by the first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "aws/sqs_wire.h"

namespace bauta::sources {

// The message attribute that holds the note of it.
inline constexpr std::string_view kIdentityAttribute = "Bauta.Identity";

struct FirstIdentity {
  std::int64_t sent_ms;
  std::string id;
};

// What the note says; nothing if it is not one of ours about this body.  Called on the source's
// own thread.
using VerifyIdentity =
    std::function<std::optional<FirstIdentity>(std::string_view note, std::string_view body)>;

enum class IdentityNote { kNone, kGenuine, kFalse };

// Takes the note away from `message`, and gives it the identity that it had first, if the note is
// genuine.  Nobody behind the source sees the attribute.
IdentityNote RestoreIdentity(aws::Received& message, const VerifyIdentity& verify);

}  // namespace bauta::sources
