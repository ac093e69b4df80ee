#include "cli/identity_notes.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "aws/attribute_digest.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"

namespace bauta::cli {
namespace {

constexpr std::string_view kVersion = "1:";
constexpr std::size_t kHexMac = 64;

std::string_view View(const std::array<unsigned char, 32>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The bytes that are signed.  The group comes last: all before it ends where it ends.
std::optional<std::string> TextOf(const sources::FirstIdentity& first,
                                  const sources::Noted& message) {
  std::map<std::string, aws::AttributeValue> attributes;
  for (const aws::MessageAttribute& a : message.attributes) {
    attributes[a.name] = {a.type, a.value};
  }
  const std::optional<std::string> bytes = aws::AttributeBytes(attributes);
  if (!bytes) return std::nullopt;
  std::string text = fmt::format("{}", first.sent_ms);
  text.append(1, '\0').append(first.id).append(1, '\0');
  text.append(View(crypto::Sha256(message.body))).append(View(crypto::Sha256(*bytes)));
  return text.append(message.group);
}

std::string Sign(const crypto::SecretBytes& key, std::string_view text) {
  return HexEncode(View(crypto::HmacSha256(key.bytes(), text)));
}

// In the same time for every note.
bool IsSame(std::string_view genuine, std::string_view mac) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < kHexMac; ++i) {
    difference |= static_cast<unsigned char>(genuine[i]) ^ static_cast<unsigned char>(mac[i]);
  }
  return difference == 0;
}

}  // namespace

Result<IdentityNotes> IdentityNotes::Make(const keys::KeyRing& ring, std::string_view pipeline) {
  const auto sub_key = [&](const keys::KeyRing::Key& key) {
    return keys::KeyRing::SubKeyOf(key, "r1", pipeline, "id1", 32);
  };
  // The eldest is the one that every instance knows in the middle of a rotation.
  std::vector<crypto::SecretBytes> keys;
  keys.push_back(TRY(sub_key(ring.eldest())));
  for (const keys::KeyRing::Key& key : ring.keys()) {
    // A message may be on its way for longer than its key is in use.
    const bool other = key.status != keys::KeyStatus::kDestroyed && &key != &ring.eldest();
    if (other) keys.push_back(TRY(sub_key(key)));
  }
  return IdentityNotes(std::move(keys));
}

// The id last: it may hold a colon.
std::optional<std::string> IdentityNotes::Write(const sources::FirstIdentity& first,
                                                const sources::Noted& message) const {
  const std::optional<std::string> text = TextOf(first, message);
  if (!text) return std::nullopt;
  return fmt::format("{}{}:{}:{}", kVersion, first.sent_ms, Sign(keys_.front(), *text), first.id);
}

std::optional<sources::FirstIdentity> IdentityNotes::Read(std::string_view note,
                                                          const sources::Noted& message) const {
  if (!note.starts_with(kVersion)) return std::nullopt;
  note.remove_prefix(kVersion.size());
  sources::FirstIdentity first{};
  const auto [end, error] = std::from_chars(note.data(), note.data() + note.size(), first.sent_ms);
  note.remove_prefix(static_cast<std::size_t>(end - note.data()));
  if (error != std::errc() || first.sent_ms < 0 || note.size() < kHexMac + 3) return std::nullopt;
  if (note[0] != ':' || note[kHexMac + 1] != ':') return std::nullopt;
  const std::string_view mac = note.substr(1, kHexMac);
  first.id = note.substr(kHexMac + 2);
  if (first.id.find('\0') != std::string::npos) return std::nullopt;
  const std::optional<std::string> text = TextOf(first, message);
  if (!text) return std::nullopt;
  for (const crypto::SecretBytes& key : keys_) {
    if (IsSame(Sign(key, *text), mac)) return first;
  }
  return std::nullopt;
}

}  // namespace bauta::cli
