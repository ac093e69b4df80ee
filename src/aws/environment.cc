#include "aws/environment.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace bauta::aws {
namespace {

std::optional<std::string> Variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

Environment SystemEnvironment() { return {Variable, ReadFile}; }

}  // namespace bauta::aws
