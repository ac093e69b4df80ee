#include "masking/ipcrypt_mask.h"

#include <optional>

#include "base/text.h"

namespace bauta::masking {

Masked IpcryptMask::Mask(std::string_view value, std::int64_t sent_ms) {
  const std::string_view trimmed = TrimAscii(value);
  if (trimmed.empty()) return {Outcome::kEmpty, {}};
  const std::optional<Address> address = ParseIp(trimmed);
  Cipher* const cipher = address ? ciphers_.At(sent_ms) : nullptr;
  if (cipher == nullptr) return {Outcome::kInvalid, {}};
  const auto encrypt = [&](auto& with) { return with.Encrypt(*address); };
  return {Outcome::kMasked, WriteAddress(std::visit(encrypt, *cipher), text_)};
}

}  // namespace bauta::masking
