// A list of texts as bytes: each after its length.  Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bauta::queue {

void Pack(std::string& to, std::string_view text);
// Nothing if it is not what Pack wrote.
std::optional<std::vector<std::string>> Unpack(std::string_view bytes);

}  // namespace bauta::queue
