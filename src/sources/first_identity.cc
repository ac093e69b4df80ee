#include "sources/first_identity.h"

#include <algorithm>
#include <utility>

namespace bauta::sources {

IdentityNote RestoreIdentity(aws::Received& message, const VerifyIdentity& verify) {
  if (message.attributes.find(kIdentityAttribute) == std::string::npos) return IdentityNote::kNone;
  auto attributes = aws::ParseAttributes(message.attributes);
  if (!attributes) {
    // Of a shape that is not SQS's, and a part may be the note.
    message.attributes = "{}";
    return IdentityNote::kFalse;
  }
  const auto note =
      std::ranges::find(*attributes, kIdentityAttribute, &aws::MessageAttribute::name);
  if (note == attributes->end()) return IdentityNote::kNone;
  const aws::MessageAttribute written = *note;
  attributes->erase(note);
  std::optional<FirstIdentity> first;
  if (verify && !written.binary) {
    first = verify(written.value, {message.body, *attributes, message.group});
  }
  message.attributes = aws::AttributesJson(*attributes);
  if (!first) return IdentityNote::kFalse;
  message.sent_ms = first->sent_ms;
  message.id = std::move(first->id);
  // It was received before, so the ledger is worth a look.
  message.receive_count = std::max(message.receive_count, 2);
  return IdentityNote::kGenuine;
}

}  // namespace bauta::sources
