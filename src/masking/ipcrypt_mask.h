#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include "masking/by_month.h"
#include "masking/ipcrypt.h"
#include "masking/masked.h"

namespace bauta::masking {

// ipcrypt-deterministic and ipcrypt-pfx: the addresses of one column as other addresses.  What is
// no address is invalid.  One thread at a time: every worker has its own.
class IpcryptMask {
 public:
  using Cipher = std::variant<IpcryptDeterministic, IpcryptPfx>;
  explicit IpcryptMask(ByMonth<Cipher> ciphers) : ciphers_(std::move(ciphers)) {}

  // `value`: the decoded JSON string; `sent_ms`: when its message was sent, for the month.
  Masked Mask(std::string_view value, std::int64_t sent_ms);

 private:
  ByMonth<Cipher> ciphers_;
  AddressText text_{};
};

}  // namespace bauta::masking
