// The AWS tools' shared files: ~/.aws/config and ~/.aws/credentials.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.h"

namespace bauta::aws {

using Settings = std::map<std::string, std::string>;

// The settings of one profile, both files merged; the credentials file wins.
struct Profile {
  std::string name;
  bool found = false;      // In either file.
  bool explicit_ = false;  // AWS_PROFILE named it.
  Settings settings;
  Settings services;                 // Of its `services` section: "sqs.endpoint_url".
  bool keys_in_credentials = false;  // Its access key stands in the credentials file.

  // Nothing if absent or empty.
  std::optional<std::string> Get(const std::string& setting) const;
};

// Section name -> setting -> value.  A nested setting is "outer.inner".  Never fails: lines that
// say nothing are passed over.
using Sections = std::map<std::string, Settings>;
Sections ParseIni(std::string_view text);

// Both files as they were when they were read.  A value; any thread.
class Profiles {
 public:
  static Profiles Load(const Environment& environment);

  Profile Get(const std::string& name) const;
  // That of AWS_PROFILE, else "default".
  Profile Chosen() const;
  // A section "[sso-session NAME]"; nothing if there is none.
  std::optional<Settings> SsoSession(const std::string& name) const;

 private:
  Sections config_, credentials_;
  std::optional<std::string> chosen_;
};

// Profiles::Load(environment).Chosen()
Profile LoadProfile(const Environment& environment);

// A switch: the variable, else the profile's setting; true if it says "true" in any case.
bool IsSet(const Environment& environment, const Profile& profile, const char* variable,
           const char* setting);

// The certificates to trust: AWS_CA_BUNDLE, else the profile's ca_bundle; empty: the system's.
std::string CaFile(const Environment& environment, const Profile& profile);

}  // namespace bauta::aws
