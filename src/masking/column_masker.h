#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include "masking/ipcrypt_mask.h"
#include "masking/legacy_sha256.h"
#include "masking/masked.h"
#include "masking/partial_masks.h"
#include "masking/token_mask.h"

namespace bauta::masking {

// The mask of one column, for those that look at the value.
// One thread at a time: every worker has its own.
class ColumnMasker {
 public:
  using Kind = std::variant<TokenMask, IpcryptMask, LegacySha256, Truncate, KeepLast>;
  explicit ColumnMasker(Kind mask) : mask_(std::move(mask)) {}

  // `value`: the decoded JSON string; `sent_ms`: when its message was sent.  Never fails otherwise.
  Masked Mask(std::string_view value, std::int64_t sent_ms) {
    if (auto* const token = std::get_if<TokenMask>(&mask_)) return token->Mask(value, sent_ms);
    if (auto* const ipcrypt = std::get_if<IpcryptMask>(&mask_))
      return ipcrypt->Mask(value, sent_ms);
    if (auto* const legacy = std::get_if<LegacySha256>(&mask_)) return legacy->Mask(value);
    if (auto* const truncate = std::get_if<Truncate>(&mask_)) return truncate->Mask(value);
    return std::get<KeepLast>(mask_).Mask(value);
  }

 private:
  Kind mask_;
};

}  // namespace bauta::masking
