#include "cli/identity_notes.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

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

}  // namespace

Result<IdentityNotes> IdentityNotes::Make(const keys::KeyRing& ring, std::string_view pipeline) {
  return IdentityNotes(TRY(ring.SubKey("r1", pipeline, "id1", 32)));
}

std::string IdentityNotes::Sign(std::int64_t sent_ms, std::string_view id,
                                std::string_view body) const {
  std::string signed_text = fmt::format("{}", sent_ms);
  signed_text.append(1, '\0').append(id).append(1, '\0').append(View(crypto::Sha256(body)));
  return HexEncode(View(crypto::HmacSha256(key_.bytes(), signed_text)));
}

// The id last: it may hold a colon.
std::string IdentityNotes::Write(const sources::FirstIdentity& first, std::string_view body) const {
  return fmt::format("{}{}:{}:{}", kVersion, first.sent_ms, Sign(first.sent_ms, first.id, body),
                     first.id);
}

std::optional<sources::FirstIdentity> IdentityNotes::Read(std::string_view note,
                                                          std::string_view body) const {
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
  // In the same time for every note.
  unsigned difference = 0;
  const std::string genuine = Sign(first.sent_ms, first.id, body);
  for (std::size_t i = 0; i < kHexMac; ++i) {
    difference |= static_cast<unsigned char>(genuine[i]) ^ static_cast<unsigned char>(mac[i]);
  }
  if (difference != 0) return std::nullopt;
  return first;
}

}  // namespace bauta::cli
