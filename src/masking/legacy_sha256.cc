#include "masking/legacy_sha256.h"

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "masking/canonical.h"

namespace bauta::masking {

Masked LegacySha256::Mask(std::string_view value) {
  const CanonicalValue raw = Canonicalise(Form::kRaw1, value, scratch_);
  if (raw.kind == CanonicalValue::Kind::kEmpty) return {Outcome::kEmpty, {}};
  if (raw.kind == CanonicalValue::Kind::kInvalid) return {Outcome::kInvalid, {}};
  static constexpr char kDigits[] = "0123456789abcdef";
  char* to = hex_.data();
  for (const unsigned char byte : crypto::Sha256({raw.bytes, suffix_})) {
    *to++ = kDigits[byte >> 4];
    *to++ = kDigits[byte & 15];
  }
  return {Outcome::kMasked, {hex_.data(), hex_.size()}};
}

std::string LegacySha256::Fingerprint(std::string_view suffix) {
  const std::array<unsigned char, 32> hash =
      crypto::Sha256({"bauta-suffix-v1", std::string_view("\0", 1), suffix});
  return HexEncode(AsText(hash)).substr(0, 8);
}

}  // namespace bauta::masking
