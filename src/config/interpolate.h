// ${V}, ${V:-default}, ${V:?why}, $$ and ${file:/path} in the scalars of the config.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace bauta::config {

using Environment = std::map<std::string, std::string, std::less<>>;
// The bytes of a file; errors name no path.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

struct Expanded {
  std::string text;
  bool changed = false;    // A variable or file took part: never quote the text in a message.
  bool from_file = false;  // A file took part: a secret.
};
struct InterpolationFault {
  std::string_view code;  // config/codes.h
  std::string message, hint;
};

// A '$' before anything but '{' and '$' stands for itself.  A default may hold interpolations.
// As in a shell, ${V:-d} and ${V:?why} treat an empty V as unset.  A file's last line end is cut.
std::variant<Expanded, InterpolationFault> Interpolate(std::string_view text,
                                                       const Environment& environment,
                                                       const ReadFile& read_file);

}  // namespace bauta::config
