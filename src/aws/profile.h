// The AWS tools' shared files: ~/.aws/config and ~/.aws/credentials.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.h"

namespace bauta::aws {

// The settings of one profile, both files merged; the credentials file wins.
struct Profile {
  std::string name;
  bool found = false;      // In either file.
  bool explicit_ = false;  // AWS_PROFILE named it.
  std::map<std::string, std::string> settings;
  std::map<std::string, std::string> sqs;  // Of its `services` section, under "sqs =".

  std::optional<std::string> Get(const std::string& setting) const;
};

// Section name -> setting -> value.  A nested setting is "outer.inner".  Never fails: lines that
// say nothing are passed over.
using Sections = std::map<std::string, std::map<std::string, std::string>>;
Sections ParseIni(std::string_view text);

// The profile of AWS_PROFILE, else "default".
Profile LoadProfile(const Environment& environment);

}  // namespace bauta::aws
