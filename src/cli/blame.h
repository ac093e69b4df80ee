// Which setting of the config a failure is to be blamed on, so that every command tells it at its
// place.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace bauta::cli {

// Holds what the last call of On said.  One thread at a time.
class Blame {
 public:
  // Gives `result` back.  If it failed, `path` is to blame, with `code` of config/codes.h; what may
  // answer later has a code of its own.
  template <class T>
  Result<T> On(std::string_view code, std::string_view path, Result<T> result) {
    code_.clear();
    if (!result.ok()) Set(code, path, result.error());
    return result;
  }

  const std::string& code() const { return code_; }  // Empty: no setting is to blame.
  const std::string& path() const { return path_; }

 private:
  void Set(std::string_view code, std::string_view path, const Error& error);

  std::string code_, path_;
};

}  // namespace bauta::cli
