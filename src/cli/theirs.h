// Whether a message is of the person, or has the value, that is to be forgotten.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/erase_order.h"
#include "config/config.h"
#include "core/mapper.h"
#include "core/message.h"
#include "keys/key_ring.h"
#include "vault/erase.h"

namespace bauta::cli {

// Looks in the field that the config names; where that is not there or a body cannot be read, for
// the text anywhere in it, as a word.  One thread at a time.
class Theirs {
 public:
  // `order`: MakeOrder's of `whom`.
  static Result<Theirs> Make(const config::Config& config, const keys::KeyRing& ring, Whom whom,
                             const vault::EraseOrder& order);
  Theirs(Theirs&&) = default;

  bool operator()(Message& message);

 private:
  Theirs() = default;
  bool IsInText(const std::string& body) const;

  std::unique_ptr<MappingRules> rules_;  // Stays where it is: the mapper refers to it.
  std::unique_ptr<Mapper> mapper_;
  std::vector<std::string> texts_;  // What the field's column would hold; sorted.
  std::string word_;
};

}  // namespace bauta::cli
