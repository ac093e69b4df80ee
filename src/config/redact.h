#pragma once

#include <string>
#include <string_view>

namespace bauta::config {

// A libpq URL or keyword string without its password: "postgresql://me:***@db/app".  Hides too much
// rather than too little.
std::string RedactUrl(std::string_view url);

// True if a line of the config may hold a secret, so that a message must not show it.
bool MayHoldSecret(std::string_view line);

}  // namespace bauta::config
