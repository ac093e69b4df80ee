#include "cli/dead_letter.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "crypto/digest.h"
#include "sources/first_identity.h"

namespace bauta::cli {
namespace {

constexpr const char* kDamaged = "a message came damaged";

}  // namespace

std::size_t BytesOf(const aws::SendEntry& entry) {
  std::size_t bytes = entry.body.size();
  for (const aws::MessageAttribute& a : entry.attributes) {
    bytes += a.name.size() + a.type.size() + a.value.size();
  }
  return bytes;
}

Result<DeadLetter> MakeDeadLetter(aws::Received message, const IdentityNotes& notes, bool fifo) {
  auto attributes = aws::ParseAttributes(message.attributes);
  if (!message.intact || !attributes) return Rejected(kDamaged);
  sources::FirstIdentity first{message.sent_ms, message.id};
  std::optional<aws::MessageAttribute> written;
  const auto note =
      std::ranges::find(*attributes, sources::kIdentityAttribute, &aws::MessageAttribute::name);
  if (note != attributes->end()) {
    written = std::move(*note);
    attributes->erase(note);
  }
  const sources::Noted noted{message.body, *attributes, fifo ? message.group : std::string_view()};
  if (written) {
    // Signed anew it would be another message, and have a second row.
    const auto known = written->binary ? std::nullopt : notes.Read(written->value, noted);
    if (!known) return Rejected("the note of an earlier redrive is not of this key ring's making");
    first = *known;
  }
  if (attributes->size() >= aws::kMostAttributes) {
    return Rejected("a message has ten attributes, so its identity has no room");
  }
  const std::optional<std::string> signed_note = notes.Write(first, noted);
  if (!signed_note) return Rejected(kDamaged);
  DeadLetter letter;
  letter.first = {first.sent_ms, crypto::LedgerId(first.id)};
  letter.id = crypto::LedgerId(message.id);
  if (fifo) letter.group = message.group;
  // Another send of this very dead letter, and of no other, is a repetition.
  if (fifo) letter.copy.deduplication_id = "redrive-" + message.id;
  attributes->push_back({std::string(sources::kIdentityAttribute), "String", *signed_note});
  letter.copy.attributes = *std::move(attributes);
  letter.copy.group = std::move(message.group);
  letter.copy.body = std::move(message.body);
  letter.receipt = std::move(message.receipt);
  return letter;
}

}  // namespace bauta::cli
