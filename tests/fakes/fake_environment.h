// Variables and files that a test makes up and may change.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aws/environment.h"

namespace bauta::fakes {

// Any thread.  Copies, and the Environments made of them, share what is set.
class FakeEnvironment {
 public:
  using Texts = std::map<std::string, std::string>;

  explicit FakeEnvironment(Texts variables = {}, Texts files = {})
      : shared_(std::make_shared<Shared>()) {
    shared_->variables = std::move(variables);
    shared_->files = std::move(files);
  }

  void SetFile(const std::string& path, const std::string& text) {
    const std::lock_guard lock(shared_->mutex);
    shared_->files[path] = text;
  }
  void RemoveFile(const std::string& path) {
    const std::lock_guard lock(shared_->mutex);
    shared_->files.erase(path);
  }

  operator aws::Environment() const {  // NOLINT(google-explicit-constructor)
    const auto find = [](Shared& shared, Texts Shared::*in,
                         const std::string& key) -> std::optional<std::string> {
      const std::lock_guard lock(shared.mutex);
      const auto at = (shared.*in).find(key);
      if (at == (shared.*in).end() || at->second.empty()) return std::nullopt;
      return at->second;
    };
    return {
        [s = shared_, find](const std::string& name) { return find(*s, &Shared::variables, name); },
        [s = shared_, find](const std::string& path) { return find(*s, &Shared::files, path); }};
  }

 private:
  struct Shared {
    std::mutex mutex;  // Guards the rest.
    Texts variables, files;
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace bauta::fakes
