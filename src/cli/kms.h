// AWS KMS, as keys/ asks it: where it is comes from the key's ARN and the AWS_* variables.
#pragma once

#include <string>

#include "keys/wrapping.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace bauta::cli {

// These functions block, for seconds if KMS is slow; one thread at a time.

// Remembers what it unwrapped for as long as it lives: KMS is asked once for each key.
keys::Unwrap UnwrapByKms();
// By the KMS key of that id, ARN or alias; an empty one makes an empty function.
keys::MakeWrapped WrapByKms(const std::string& key_id);

// --kms and --identity-kms.
CLI::Option* AddKmsFlag(CLI::App& command, std::string& key_id);
CLI::Option* AddIdentityKmsFlag(CLI::App& command, std::string& key_id);

}  // namespace bauta::cli
