// What the surroundings say: variables and files.  A value, so that tests bring their own.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace bauta::aws {

struct Environment {
  // Nothing if unset or empty.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // Nothing if it cannot be read.
  std::function<std::optional<std::string>(const std::string& path)> read_file;
};

Environment SystemEnvironment();

}  // namespace bauta::aws
