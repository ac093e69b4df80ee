// Receipt handles: opaque to clients, and without a table to look them up in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bauta::queue {

struct Receipt {
  std::uint64_t mailbox = 0, message = 0, receipt = 0;
};

// Letters and digits only.  A different receipt gives a different handle.
std::string ToHandle(const Receipt& receipt, std::uint64_t key);
// Nothing unless ToHandle made it with this key.
std::optional<Receipt> FromHandle(std::string_view handle, std::uint64_t key);

}  // namespace bauta::queue
